#include "output/compare.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "output/explain_code.h"
#include "support/sample_catalogue.h"

namespace lastframe::output {
namespace {

using catalogue::Language;
using Json = nlohmann::json;

std::string page(unsigned a, unsigned b, Language language = Language::en) {
  const auto rows = test::sample_catalogue();
  return comparison_page(*known_code(rows, a), *known_code(rows, b), Wording(rows, language),
                         Colour::off);
}

TEST_CASE("two codes are explained one after the other, then what sets them apart") {
  CHECK(page(1002, 1008) == R"(1002 Protocol Error vs 1008 Policy Violation

  Both 1002 (Protocol Error) and 1008 (Policy Violation) are WebSocket close
  codes.

1002 Protocol Error

Description
  The peer broke RFC 6455.

When You See It
  A frame had a reserved bit.

How to Fix
  Look for a proxy between.

  sent by      either side
  On the wire  yes
  Source       RFC 6455 section 7.4, 2026-11-20

1008 Policy Violation

Description
  A message is against the receiver's rules.

When You See It
  The server refused a message.

How to Fix
  Read the service's rules.

  sent by      either side
  On the wire  yes
  Source       RFC 6455 section 7.4, 2026-11-20

Key Differences
  1. 1002 is about bytes, 1008 about meaning.
  2. 1002 means: The peer broke RFC 6455.
  3. 1008 means: A message is against the receiver's rules.
  4. You see 1002 when: A frame had a reserved bit.
  5. You see 1008 when: The server refused a message.

When to Use Which
  Send 1008 for a frame that is legal.
  For 1002 (Protocol Error): Look for a proxy between.
  For 1008 (Policy Violation): Read the service's rules.

  Source  RFC 6455 section 7.4.1, 2026-11-20
)");
}

TEST_CASE("codes are compared in the order in which they are named") {
  const std::string text = page(1008, 1002);
  CHECK(text.starts_with("1008 Policy Violation vs 1002 Protocol Error\n"));
  CHECK(text.contains("  1. 1002 is about bytes, 1008 about meaning.\n  2. 1008 means:"));
}

TEST_CASE("a pair that no row sets apart has the plain statements") {
  const std::string text = page(1006, 1008);
  CHECK(text.contains("Key Differences\n  1. 1006 means: No Close frame came.\n"));
  CHECK(
      text.contains("When to Use Which\n  For 1006 (Abnormal Closure): Find out who ended it.\n"));
  CHECK_FALSE(text.contains("about bytes"));
}

TEST_CASE("application codes are compared by what applications say of them") {
  const std::string text = page(4401, 4403);
  CAPTURE(text);
  CHECK(text.starts_with("4401 Application Code vs 4403 Application Code\n"));
  CHECK(text.contains("4403 means: graphql-transport-ws, Forbidden: The server refused\n"));
  CHECK_FALSE(text.contains("You see 4401"));
  CHECK(page(4500, 4600).contains("1. 4500 means: The application knows.\n"));
}

TEST_CASE("headings and texts are in the language") {
  const std::string french = page(1002, 1008, Language::fr);
  CHECK(french.starts_with("1002 Protocol Error ou 1008 Policy Violation\n"));
  CHECK(french.contains("\n1002 Protocol Error (Erreur de protocole)\n"));
  CHECK(french.contains("\nDifférences clés\n  1. 1002 : octets, 1008 : sens.\n"));
  CHECK(french.contains("  Pour 1002 (Protocol Error) : Cherchez un proxy.\n"));
  CHECK(page(1002, 1008, Language::ar).contains("\u200Fالفروق الرئيسية\n"));
}

TEST_CASE("JSON has both codes and the same sentences") {
  const auto rows = test::sample_catalogue();
  const Wording wording(rows, Language::fr);
  const std::string text =
      comparison_json(*known_code(rows, 1002), *known_code(rows, 1008), wording);
  CHECK_FALSE(text.contains('\n'));
  const Json json = Json::parse(text);
  CHECK(json["kind"] == "comparison");
  CHECK(json["lang"] == "fr");
  CHECK(json["title"] == "1002 Protocol Error ou 1008 Policy Violation");
  REQUIRE(json["codes"].size() == 2);
  Json explained = Json::parse(code_json(*known_code(rows, 1002), wording));
  for (const char* key : {"kind", "lang", "did_you_mean"}) explained.erase(key);
  CHECK(json["codes"][0] == explained);
  CHECK(json["key_differences"].size() == 5);
  CHECK(json["key_differences"][0] == "1002 : octets, 1008 : sens.");
  CHECK(json["when_to_use_which"].size() == 3);
  CHECK(json["source"]["source"] == "RFC 6455 section 7.4.1");
  CHECK(Json::parse(
            comparison_json(*known_code(rows, 1006), *known_code(rows, 1008), wording))["source"]
            .is_null());
}

}  // namespace
}  // namespace lastframe::output
