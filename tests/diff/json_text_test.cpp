#include "diff/json_text.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "support/diff_report.h"

namespace lastframe::diff {
namespace {

TEST_CASE("the comparison as JSON has all that the page says") {
  const auto json = nlohmann::json::parse(json_text(test::sample_diff_report()));
  CHECK(json["kind"] == "diff");
  CHECK(json["severity"] == "corrupted");
  CHECK(json["counts"] ==
        nlohmann::json{{"transparent", 1}, {"reframed", 0}, {"altered", 1}, {"corrupted", 1}});
  CHECK(json["captures"]["before"]["name"] == "edge");
  CHECK(json["captures"]["before"]["others"] == 1);
  CHECK(json["only_before"].size() == 1);
  CHECK(json["only_after"].empty());
  const auto& worst = json["connections"][0];
  CHECK(worst["paired_by"] == "key");
  CHECK(worst["guessed"] == false);
  CHECK(worst["before"]["status"] == 101);
  const auto& finding = worst["findings"][0];
  CHECK(finding["kind"] == "stray_bytes_inserted");
  CHECK(finding["direction"] == "server_to_client");
  CHECK(finding["count"] == 1);
  CHECK(finding["after"].is_null());
  CHECK(finding["before"]["offset"] == 7);
  CHECK(finding["before"]["size"] == 66);
  CHECK(finding["before"]["hex"].get<std::string>().starts_with("485454502f312e31"));
  CHECK(worst["directions"]["client_to_server"]["severity"] == "transparent");
  CHECK(worst["directions"]["server_to_client"]["severity"] == "corrupted");
}

TEST_CASE("one pair alone is one line") {
  const Report report = test::sample_diff_report();
  const std::string line = json_of_pair(report.pairs[1], {"A", "B"});
  CHECK(line.find('\n') == std::string::npos);
  const auto json = nlohmann::json::parse(line);
  CHECK(json["event"] == "connection");
  CHECK(json["severity"] == "altered");
  CHECK(json["findings"][0]["kind"] == "close_code_changed");
}

}  // namespace
}  // namespace lastframe::diff
