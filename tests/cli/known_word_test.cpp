#include "cli/known_word.h"

#include <doctest/doctest.h>

#include <cctype>
#include <string>
#include <string_view>

#include "core/ws/rule_table.h"
#include "support/sample_catalogue.h"

namespace lastframe::cli {
namespace {

std::string found(std::string_view word) {
  const auto row = rule_named(word);
  return row ? std::string(row->id) : "";
}

TEST_CASE("each rule is found by its id and by its name, however they are written") {
  const auto lower = [](std::string_view text) {
    std::string result;
    for (const char c : text) {
      result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return result;
  };
  for (const ws::RuleRow& row : ws::kRules) {
    CAPTURE(row.id);
    const std::string id(row.id);
    CHECK(found(id) == row.id);
    CHECK(found(lower(id)) == row.id);
    CHECK(found(lower(id.substr(0, 2) + id.substr(3))) == row.id);
    CHECK(found(row.name) == row.id);
    CHECK(is_id_of(row, lower(id)));
    CHECK_FALSE(is_id_of(row, row.name));
  }
  CHECK(found("fr_01") == "FR-01");
  CHECK(found("Client-Frame-Unmasked") == "FR-01");
  CHECK(found("") == "");
  CHECK(found("FR") == "");
}

TEST_CASE("causes and products are found likewise") {
  const auto rows = test::sample_catalogue();
  CHECK(cause_named(rows, "idle_timeout") == &rows.causes[0]);
  CHECK(cause_named(rows, "Idle Timeout") == &rows.causes[0]);
  CHECK(cause_named(rows, "") == nullptr);
  CHECK(product_named(rows, "python_websockets") == "python_websockets");
  CHECK(product_named(rows, "Websockets (Python)") == "python_websockets");
  CHECK(product_named(rows, "Other Service") == "other_service");
  CHECK(product_named(rows, "") == "");
  CHECK(product_named(rows, "squid") == "");
}

TEST_CASE("a code is a number of a row") {
  const auto rows = test::sample_catalogue();
  const auto said = [&](std::string_view word) {
    const auto known = code_named(rows, word, "compare");
    return known ? std::to_string(known->code) : to_text(known.error());
  };
  CHECK(said("1008") == "1008");
  CHECK(said("4999") == "4999");
  CHECK(said("1088") == "1088");
  CHECK(said("0") == "0");
  CHECK(said("65536") == "compare: 65536 is no close code; they are numbers from 0 to 65535");
  CHECK(said("10088") == "compare: nothing is known of the close code 10088; did you mean 1008?");
  CHECK(said("12345") ==
        "compare: nothing is known of the close code 12345; `lastframe explain --list codes` names "
        "all that are");
  CHECK(said("1008x") == "compare: \"1008x\" is no close code; write a number as in 1008");
  CHECK(is_number("0123"));
  CHECK_FALSE(is_number(""));
  CHECK_FALSE(is_number("-1"));
}

TEST_CASE("a mistyped word is near what was meant") {
  const auto rows = test::sample_catalogue();
  CHECK(suggestion(rows, "1088") == "did you mean 1008?");
  CHECK(suggestion(rows, "idle_timout") == "did you mean idle_timeout?");
  CHECK(suggestion(rows, "FR-001") == "did you mean FR-01?");
  CHECK(suggestion(rows, "python_websocket") == "did you mean python_websockets?");
  CHECK(suggestion(rows, "grapql_transport_ws") == "did you mean graphql_transport_ws?");
  CHECK(suggestion(rows, "nonsense") == "");
}

}  // namespace
}  // namespace lastframe::cli
