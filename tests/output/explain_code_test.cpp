#include "output/explain_code.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "output/columns.h"
#include "output/direction.h"
#include "output/rule_examples.h"
#include "support/sample_catalogue.h"

namespace lastframe::output {
namespace {

using catalogue::Language;
using Json = nlohmann::json;

std::string page(unsigned code, Language language, Colour colour = Colour::off) {
  const auto rows = test::sample_catalogue();
  return code_page(*known_code(rows, code), Wording(rows, language), colour);
}

TEST_CASE("a code's page says all that is known of it") {
  CHECK(page(1002, Language::en) == R"(1002 Protocol Error

Description
  The peer broke RFC 6455.

When You See It
  A frame had a reserved bit.

How to Fix
  Look for a proxy between.

  sent by      either side
  On the wire  yes
  Source       RFC 6455 section 7.4, 2026-11-20

causes
  protocol_violation

reason texts
  - "keepalive ping timeout" (websockets (Python)): python_websockets_keepalive

see also
  lastframe compare 1002 1008
)");
}

TEST_CASE("a code of a range says which, and what each application means by it") {
  const std::string text = page(4401, Language::en);
  CAPTURE(text);
  CHECK(text.starts_with("4401 Application Code\n"));
  CHECK(text.contains("  registered range  4000-4999\n"));
  CHECK(
      text.contains("application codes\n"
                    "  - graphql-transport-ws, Unauthorized: It subscribed before it was\n"
                    "    acknowledged. Send connection_init first.\n"
                    "  - Other Service, Token expired: The token has expired. Log in again.\n"));
  CHECK_FALSE(page(1002, Language::en).contains("range"));
  CHECK_FALSE(page(4500, Language::en).contains("application codes"));
}

TEST_CASE("a code's page is in the language that is asked for") {
  const std::string french = page(1002, Language::fr);
  CHECK(french.starts_with("1002 Protocol Error (Erreur de protocole)\n"));
  CHECK(french.contains("\nQuand vous le voyez\n  Une trame portait un bit réservé.\n"));
  CHECK(french.contains("\nComment résoudre\n  Cherchez un proxy.\n"));
  CHECK(french.contains("les deux côtés"));
  // What is not translated is said in English.
  CHECK(page(1006, Language::fr).contains("\nQuand vous le voyez\n  The stream ended alone.\n"));
  CHECK(page(1002, Language::es).contains("\nCuándo lo verás\n  A frame had a reserved bit.\n"));
}

TEST_CASE("an Arabic page begins each Arabic line with the mark and isolates what is not") {
  const std::string text = page(1002, Language::ar);
  CAPTURE(text);
  CHECK(text.starts_with("\u200F\u20661002 Protocol Error\u2069 (خطأ في البروتوكول)\n"));
  CHECK(
      text.contains("\n\u200Fالوصف\n\u200F  خالف الطرف الآخر \u2066RFC 6455\u2069 "
                    "(القسم \u20665\u2069).\n"));
  CHECK(text.contains("\u200F  المصدر"));
  for (const std::string_view line : split_lines(text)) {
    CAPTURE(line);
    CHECK(columns(line) <= 80);
    if (has_right_to_left(line)) CHECK(line.starts_with("\u200F"));
  }
}

TEST_CASE("JSON has the texts without marks of direction, in the language, and the English name") {
  const auto rows = test::sample_catalogue();
  const auto known = known_code(rows, 1002);
  for (const Language language : catalogue::kLanguages) {
    CAPTURE(name(language));
    const std::string text = code_json(*known, Wording(rows, language));
    CHECK_FALSE(text.contains('\n'));
    CHECK_FALSE(text.contains("\u200F"));
    CHECK_FALSE(text.contains("\u2066"));
    CHECK_FALSE(text.contains("\\u"));
    const Json json = Json::parse(text);
    CHECK(json["kind"] == "code");
    CHECK(json["lang"] == name(language));
    CHECK(json["code"] == 1002);
    CHECK(json["name"] == "Protocol Error");
    CHECK(json["meaning"] == in(language, known->row->meaning));
    CHECK(json["when"] == in(language, known->row->when));
    CHECK(json["fix"] == in(language, known->row->fix));
  }
  const Json json = Json::parse(code_json(*known, Wording(rows, Language::ar)));
  CHECK(json["local_name"] == "خطأ في البروتوكول");
  CHECK(json["sent_by"] == "either");
  CHECK(json["may_be_sent"] == true);
  CHECK(json["range"].is_null());
  CHECK(json["causes"][0]["id"] == "protocol_violation");
  CHECK(json["reasons"][0]["text"] == "keepalive ping timeout");
  CHECK(json["see_also"] == Json{"lastframe compare 1002 1008"});
  CHECK(json["source"]["source"] == "RFC 6455 section 7.4");
  CHECK(json["did_you_mean"].is_null());
}

TEST_CASE("JSON of a code in a range names the range and the applications") {
  const auto rows = test::sample_catalogue();
  const Wording wording(rows, Language::en);
  const Json json = Json::parse(code_json(*known_code(rows, 4401), wording));
  CHECK(json["code"] == 4401);
  CHECK(json["range"] == Json{{"first", 4000}, {"last", 4999}});
  CHECK(json["applications"].size() == 2);
  CHECK(json["applications"][1]["application"] == "other_service");
  CHECK(Json::parse(code_json(*known_code(rows, 1088), wording, "1008"))["did_you_mean"] == "1008");
}

TEST_CASE("the list has a line for each row, and JSON an object") {
  const auto rows = test::sample_catalogue();
  const Wording wording(rows, Language::fr);
  const std::string list = code_list(wording, Colour::off);
  CHECK(list.starts_with("  0-999      Not Used\n  1000       Normal Closure\n"));
  CHECK(list.contains("  1008       Violation de politique\n"));
  const Json json = Json::parse(code_list_json(wording));
  REQUIRE(json.size() == rows.codes.size());
  CHECK(json[2] == Json::parse(code_json(*known_code(rows, 1002), wording)));
}

}  // namespace
}  // namespace lastframe::output
