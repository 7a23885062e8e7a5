#include "output/wording.h"

#include <doctest/doctest.h>

#include "core/catalogue/words.h"
#include "support/sample_catalogue.h"

namespace lastframe::output {
namespace {

using catalogue::Language;
using catalogue::PartyRule;
using namespace std::chrono_literals;

TEST_CASE("a heading is said in the language, else in English, else by its id") {
  const auto rows = test::sample_catalogue();
  CHECK(Wording(rows, Language::fr).heading("how_to_fix") == "Comment résoudre");
  CHECK(Wording(rows, Language::ar).heading("how_to_fix") == "كيفية الإصلاح");
  CHECK(Wording(rows, Language::fr).heading("on_the_wire") == "On the wire");
  CHECK(Wording(rows, Language::fr).heading("who_has_to_act") == "who has to act");
  CHECK(Wording(rows, Language::fr).heading("habits", "Habits") == "Habits");
  CHECK(Wording(rows, Language::en).sentence("means", "{a}", "1008") == "1008 means:");
}

TEST_CASE("words that rows share have headings") {
  const auto rows = test::sample_catalogue();
  const Wording english(rows, Language::en);
  CHECK(english.party(PartyRule::client) == "the client");
  CHECK(english.party(PartyRule::hop_before) == "hop before");
  CHECK(english.party(PartyRule::operators) == "operator");
  CHECK(english.party(PartyRule::closer) == "the side that closed");
  CHECK(english.party(PartyRule::hop_at_other_side) == "a hop on the side that did not close");
  CHECK(Wording(rows, Language::es).sent_by(*rows.code(1008)) == "cualquiera de los dos");
  CHECK(english.on_the_wire(*rows.code(1008)) == "yes");
  CHECK(english.on_the_wire(*rows.code(1006)) == "no");
  CHECK(english.product("python_websockets") == "websockets (Python)");
  CHECK(english.product("code") == "code");
  CHECK(english.product("") == "");
}

TEST_CASE("each rule of who has to act has its own word") {
  CHECK(word(PartyRule::operators) == "operator");
  CHECK(word(PartyRule::unknown) == "unknown");
  CHECK(word(PartyRule::closer) == "closer");
  CHECK(word(PartyRule::other_side) == "other_side");
  CHECK(word(PartyRule::hop_at_closer) == "hop_at_closer");
  CHECK(word(PartyRule::hop_at_other_side) == "hop_at_other_side");
}

TEST_CASE("a sentence about the closer reads without one") {
  CHECK(for_any_closer("The {closer} left, the {other} did not, says the {closer}.") ==
        "The closer left, the other side did not, says the closer.");
  CHECK(filled("{a}{a}", "{a}", "{a}b") == "{a}b{a}b");
}

TEST_CASE("quantities are said in the unit that people write") {
  CHECK(duration_text(250ms) == "250ms");
  CHECK(duration_text(1500ms) == "1500ms");
  CHECK(duration_text(60s) == "60s");
  CHECK(duration_text(100s) == "100s");
  CHECK(duration_text(10min) == "10m");
  CHECK(duration_text(350s) == "350s");
  CHECK(duration_text(2h) == "2h");
  CHECK(duration_text(0ms) == "0s");
  CHECK(size_text(1) == "1 byte");
  CHECK(size_text(125) == "125 bytes");
  CHECK(size_text(65536) == "64KiB");
  CHECK(size_text(1 << 20) == "1MiB");
  CHECK(size_text(1'000'000) == "1000000 bytes");
  CHECK(size_text(std::uint64_t{1} << 31) == "2GiB");
  CHECK(code_range({1008, 1008}) == "1008");
  CHECK(code_ranges({{1006, 1006}, {3000, 3999}}) == "1006, 3000-3999");
  CHECK(code_ranges({}) == "");
}

}  // namespace
}  // namespace lastframe::output
