#include "report/json_text.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "support/log_lines.h"
#include "support/sample_catalogue.h"

namespace lastframe::report {
namespace {

using test::LogLine;
using test::ParsedLines;

nlohmann::json json_of(const Tally& tally) {
  const catalogue::Catalogue rows = test::sample_catalogue();
  Inputs inputs;
  inputs.files = {"-"};
  inputs.lines = 4;
  const std::string text =
      json_text(summarise(tally, inputs, rows, 10), {rows, catalogue::Language::en});
  CHECK_FALSE(text.contains('\n'));
  return nlohmann::json::parse(text);
}

TEST_CASE("an empty tally is a whole object") {
  const nlohmann::json json = json_of(Tally{});
  CHECK(json["kind"] == "report");
  CHECK(json["judgement"] == "nothing_closed");
  CHECK(json["main_cause"].is_null());
  CHECK(json["span"]["begin"].is_null());
  CHECK(json["connections"]["clean_ratio"].is_null());
  CHECK(json["causes"] == nlohmann::json::parse(R"({"rows":[],"more":0,"forgotten":0})"));
}

TEST_CASE("numbers are those that were counted") {
  Tally tally;
  ParsedLines lines;
  for (int i = 0; i < 4; ++i) lines.count(tally, test::silent_end(60.0, 100 + 50 * i));
  lines.count(tally, LogLine{});
  const nlohmann::json json = json_of(tally);
  CHECK(json["read"]["files"] == nlohmann::json::array({"-"}));
  CHECK(json["read"]["events"]["session_end"] == 5);
  CHECK(json["connections"]["all"] == 5);
  CHECK(json["connections"]["abnormal"] == 4);
  CHECK(json["connections"]["clean_ratio"] == 0.2);
  CHECK(json["causes"]["rows"][0]["id"] == "idle_timeout");
  CHECK(json["causes"]["rows"][0]["count"] == 4);
  CHECK(json["timeouts"]["rows"][0]["measure"] == "idle");
  CHECK(json["timeouts"]["rows"][0]["mean_s"] == 60.0);
  CHECK(json["timeouts"]["rows"][0]["code"].is_null());
  CHECK(json["paths"]["rows"][0] ==
        nlohmann::json::parse(R"({"path":"/chat","count":5,"abnormal":4})"));
  CHECK(json["series"]["steps"][0]["unclean"] == 4);
  CHECK(json["codes"]["rows"][0]["code"] == 1006);
}

}  // namespace
}  // namespace lastframe::report
