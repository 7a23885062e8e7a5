#include "output/known_code.h"

#include <doctest/doctest.h>

#include <vector>

#include "support/sample_catalogue.h"

namespace lastframe::output {
namespace {

using catalogue::Language;

TEST_CASE("all that is known of a code is found in the catalogue's lists") {
  const auto rows = test::sample_catalogue();
  const auto known = known_code(rows, 1002);
  REQUIRE(known);
  CHECK(known->row->codes.first == 1002);
  CHECK(known->has_own_row());
  REQUIRE(known->reasons.size() == 1);
  CHECK(known->reasons[0]->id == "python_websockets_keepalive");
  REQUIRE(known->differences.size() == 1);
  CHECK(comparisons_of(*known) == std::vector<std::string>{"lastframe compare 1002 1008"});
  CHECK(known_code(rows, 1008)->differences.size() == 1);
  CHECK(known_code(rows, 1006)->differences.empty());
}

TEST_CASE("a code of a range has what each application says of it") {
  const auto rows = test::sample_catalogue();
  const Wording wording(rows, Language::en);
  const auto known = known_code(rows, 4401);
  REQUIRE(known);
  CHECK_FALSE(known->has_own_row());
  CHECK(known->applications.size() == 2);
  CHECK(meaning_of(*known, wording) ==
        "graphql-transport-ws, Unauthorized: It subscribed before it was acknowledged.\n"
        "Other Service, Token expired: The token has expired.");
  CHECK(fix_of(*known, wording) ==
        "graphql-transport-ws, Unauthorized: Send connection_init first.\n"
        "Other Service, Token expired: Log in again.");
  CHECK(known_code(rows, 4402)->applications.size() == 1);
  CHECK(meaning_of(*known_code(rows, 4500), wording) == "The application knows.");
}

TEST_CASE("numbers that nobody has given a meaning are not in use") {
  const auto rows = test::sample_catalogue();
  for (const unsigned code : {1000u, 1006u, 1008u, 4000u, 4401u, 4999u}) {
    CAPTURE(code);
    CHECK(known_code(rows, code)->is_in_use());
  }
  for (const unsigned code : {0u, 108u, 999u, 1016u, 1088u, 2999u}) {
    CAPTURE(code);
    CHECK_FALSE(known_code(rows, code)->is_in_use());
  }
  for (const unsigned code : {1001u, 3000u, 5000u, 65535u, 65536u, 66544u}) {
    CAPTURE(code);
    CHECK_FALSE(known_code(rows, code));
  }
}

TEST_CASE("a mistyped code is near the one that was meant") {
  const auto rows = test::sample_catalogue();
  CHECK(nearest_code(rows, "1088") == "1008");
  CHECK(nearest_code(rows, "108") == "1008");
  CHECK(nearest_code(rows, "1808") == "1008");
  CHECK(nearest_code(rows, "2") == "");
  CHECK(nearest_code(rows, "47") == "");
}

TEST_CASE("a title has the name in both languages where they differ") {
  const auto rows = test::sample_catalogue();
  const auto title = [&](unsigned code, Language language) {
    return title_of(*known_code(rows, code), Wording(rows, language));
  };
  CHECK(title(1008, Language::en) == "1008 Policy Violation");
  CHECK(title(1008, Language::fr) == "1008 Policy Violation (Violation de politique)");
  CHECK(title(1008, Language::es) == "1008 Policy Violation");
}

}  // namespace
}  // namespace lastframe::output
