#include "tools/file_analysis.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "capture/input_codec.h"
#include "capture/recording_format.h"
#include "settings/catalogue_file.h"
#include "support/frames.h"
#include "support/handshake.h"
#include "support/temporary_file.h"
#include "support/temporary_folder.h"

namespace lastframe::tools {
namespace {

using ws::Opcode;

// Blocks of a connection that ends with `code`; `more`: what the client sends before it.
std::string recorded(std::uint64_t id, unsigned code, std::string_view more = "",
                     const std::string& blocks = "") {
  std::string entries;
  const auto say = [&](Endpoint from, std::string_view bytes) {
    std::string body;
    capture::append_input(
        session::BytesRelayed{.direction = direction_from(from), .bytes = as_bytes(bytes)}, body);
    capture::write_entry(body, 1, entries);
  };
  say(Endpoint::client, test::kUpgradeRequest);
  say(Endpoint::server, test::kAcceptingResponse);
  if (!more.empty()) say(Endpoint::client, more);
  for (const Endpoint endpoint : kEndpoints) {
    say(endpoint, test::frame(endpoint, Opcode::close, test::close_payload(code)));
  }
  return capture::start_block({.id = id, .client = "192.0.2.1:1", .server = "10.0.0.7:9000"}) +
         capture::inputs_block(id, 0, entries) + blocks + capture::end_block(id, 10);
}

struct Analyzed {
  explicit Analyzed(std::optional<ws::Severity> fail_on = ws::Severity::violation)
      : analysis(
            {.catalogue = *settings::load_catalogue({}), .is_json = true, .fail_on = fail_on},
            [this](const std::string& line) { lines.push_back(line); },
            [this](const Error& error) { errors.push_back(to_text(error)); }) {}

  // The error of reading `content`, or "".
  std::string read(std::string_view content) {
    const TemporaryFile file(content);
    const auto done = analysis.read(file.path());
    return done ? "" : done.error().what;
  }

  std::vector<std::string> lines;
  std::vector<std::string> errors;
  FileAnalysis analysis;
};

const std::string kHead = capture::recording_head("tap", "test");

TEST_CASE("a recording's connections get the records that they have live") {
  Analyzed analyzed;
  CHECK(analyzed.read(kHead + recorded(71, 1000) + recorded(72, 1011)) == "");
  CHECK(analyzed.errors.empty());
  REQUIRE(analyzed.lines.size() == 2);
  CHECK(analyzed.lines[0].starts_with("{\"event\":\"session_end\""));
  const AnalysisTotals& totals = analyzed.analysis.totals();
  CHECK(totals.connections == 2);
  CHECK(totals.records == 2);
  CHECK(totals.codes == std::map<unsigned, std::uint64_t>{{1000, 1}, {1011, 1}});
  CHECK_FALSE(totals.has_found_something);
}

TEST_CASE("a broken rule is something only from the asked severity on") {
  const std::string unmasked = test::frame(Endpoint::server, Opcode::text, "x");
  for (const auto& fail_on : {std::optional(ws::Severity::violation),
                              std::optional(ws::Severity::info), std::optional<ws::Severity>()}) {
    Analyzed analyzed(fail_on);
    CHECK(analyzed.read(kHead + recorded(1, 1000, unmasked)) == "");
    CHECK(analyzed.analysis.totals().with_violations == 1);
    CHECK(analyzed.analysis.totals().has_found_something == fail_on.has_value());
  }
}

TEST_CASE("where a recording does not hold all, the record that was written live counts") {
  const std::string gap = capture::dropped_block(
      {.kind = capture::FlawKind::not_kept, .connection = 1, .text = "gone"});
  const std::string json = R"({"event":"session_end","close":{"code":1006},"live":true})";
  Analyzed analyzed;
  CHECK(analyzed.read(kHead + recorded(1, 1000, "", gap + capture::record_block(1, json))) == "");
  CHECK(analyzed.lines == std::vector<std::string>{json});
  CHECK(analyzed.analysis.totals().codes == std::map<unsigned, std::uint64_t>{{1006, 1}});
  // Of a whole one, what is seen counts.
  Analyzed whole;
  CHECK(whole.read(kHead + recorded(1, 1000, "", capture::record_block(1, json))) == "");
  REQUIRE(whole.lines.size() == 1);
  CHECK(whole.lines[0] != json);
}

TEST_CASE("a log's lines are told again; what is none is told to be none") {
  Analyzed analyzed;
  const std::string end =
      R"({"event":"session_end","close":{"code":1000},"violations":[{"severity":"violation"}]})";
  const std::string other = R"({"event":"violation","severity":"info"})";
  CHECK(analyzed.read(end + "\n\n" + other + "\nnonsense\n" + end) == "");
  CHECK(analyzed.lines == std::vector<std::string>{end, other, end});
  REQUIRE(analyzed.errors.size() == 1);
  CHECK(analyzed.errors[0].find("a line is no record of a session log") != std::string::npos);
  CHECK(analyzed.analysis.totals().records == 2);
  CHECK(analyzed.analysis.totals().connections == 0);
  CHECK(analyzed.analysis.totals().with_violations == 2);
  CHECK(analyzed.analysis.totals().has_found_something);
}

TEST_CASE("what cannot be analyzed is an error that says what to do") {
  for (const std::string_view content : {"", "hello",
                                         "\x7F"
                                         "ELF",
                                         "{\"other\":1}"}) {
    CAPTURE(content);
    Analyzed analyzed;
    CHECK(analyzed.read(content) == "this is none of the files that can be analyzed");
    CHECK(analyzed.lines.empty());
  }
  const test::TemporaryFolder folder;
  Analyzed analyzed;
  const auto missing = analyzed.analysis.read(folder.file("none"));
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().what == "this file cannot be read: No such file or directory");
  CHECK(missing.error().remedy == "look at the spelling of its name");
  const auto is_folder = analyzed.analysis.read(folder.file(""));
  REQUIRE_FALSE(is_folder.has_value());
  CHECK(is_folder.error().what == "this file cannot be read: Is a directory");
  CHECK(is_folder.error().remedy == "name the files in it");
}

TEST_CASE("a file that ends early is told, with the connections that stay open") {
  Analyzed analyzed;
  const std::string file = kHead + recorded(1, 1000);
  CHECK(analyzed.read(std::string_view(file).substr(0, file.size() - 3)) == "");
  CHECK(analyzed.analysis.totals().still_open == 1);
  CHECK(analyzed.analysis.totals().records == 0);
  CHECK(analyzed.errors.size() == 2);
}

TEST_CASE("damage without end is told twenty times") {
  Analyzed analyzed;
  std::string file = kHead;
  for (int i = 0; i < 100; ++i) file += "damage" + capture::end_block(9, 0);
  CHECK(analyzed.read(file) == "");
  CHECK(analyzed.errors.size() == 20);
  CHECK(analyzed.errors.back().find("further ones are only counted") != std::string::npos);
}

}  // namespace
}  // namespace lastframe::tools
