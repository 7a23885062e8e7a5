#include "output/lookup.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/catalogue/cause.h"
#include "output/error_names.h"
#include "output/likeness.h"
#include "support/sample_catalogue.h"

namespace lastframe::output {
namespace {

using catalogue::Language;
using Json = nlohmann::json;

// "reason python_websockets_keepalive" of the best one, or "".
std::string best(std::string_view text) {
  const auto rows = test::sample_catalogue();
  const auto found = findings_for(text, Wording(rows, Language::en));
  return found.empty() ? "" : std::string(name(found.front().kind)) + " " + found.front().id;
}

TEST_CASE("what people paste is found") {
  struct Row {
    std::string_view text;
    std::string_view wanted;
  };
  constexpr Row kRows[] = {
      {"keepalive ping timeout", "reason python_websockets_keepalive"},
      {"KEEPALIVE PING TIMEOUT.", "reason python_websockets_keepalive"},
      {"keepalive ping timout", "reason python_websockets_keepalive"},
      {"received 1011 (internal error) keepalive ping timeout; then sent 1011",
       "reason python_websockets_keepalive"},
      {"frame exceeds limit of 1048576 bytes, got 2097152", "reason too_big_prefix"},
      {"no close frame received or sent", "log python_websockets"},
      {"websockets.exceptions.ConnectionClosedError: no close frame received or sent",
       "log python_websockets"},
      {"Invalid frame header", "log chromium"},
      {"WebSocket connection to 'wss://example.org/' failed: Invalid frame header", "log chromium"},
      {"ECONNRESET", "error_name ECONNRESET"},
      {"Error: read ECONNRESET", "error_name ECONNRESET"},
      {"Connection refused", "error_name ECONNREFUSED"},
      {"idle timeout", "cause idle_timeout"},
      {"idle_timeout", "cause idle_timeout"},
      {"nginx", "product nginx"},
      {"Policy Violation", "code 1008"},
      {"1008", "code 1008"},
      {"4401", "application_code graphql_transport_ws"},
      {"Forbidden", "application_code graphql_transport_ws"},
      {"FR-01", "rule FR-01"},
      {"server_frame_masked", "rule FR-02"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    CHECK(best(row.text) == row.wanted);
  }
}

TEST_CASE("what nobody has ever said is not found") {
  for (const std::string_view text : {"quetzalcoatl", "the of or", "...", "7"}) {
    CAPTURE(text);
    CHECK(best(text) == "");
  }
  CHECK(best(std::string(1 << 20, 'x')) == "");
}

TEST_CASE("each text that is known finds itself first") {
  const auto rows = test::sample_catalogue();
  for (const auto& row : rows.reasons) CHECK(best(row.text) == "reason " + row.id);
  for (const auto& row : rows.causes) CHECK(best(row.id) == "cause " + row.id);
  for (const auto& row : rows.products) CHECK(best(row.id) == "product " + row.id);
  for (const ErrorName& row : kErrorNames) {
    CHECK(best(row.name) == "error_name " + std::string(row.name));
  }
}

TEST_CASE("what a cause's paragraph quotes is found") {
  auto rows = test::sample_catalogue();
  rows.causes[0].meaning =
      "Libraries say \"RSV1 must be clear\" or \"Bad frame\", others \" nothing.";
  const Wording wording(rows, Language::en);
  const auto found =
      findings_for("RangeError: Invalid WebSocket frame: RSV1 must be clear", wording);
  REQUIRE_FALSE(found.empty());
  CHECK(found.front().id == "idle_timeout");
  CHECK(found.front().text == "RSV1 must be clear");
  CHECK(findings_for("bad frame", wording).front().text == "Bad frame");
  // A row of its own says more of a text than a paragraph that quotes it.
  rows.causes[0].meaning = "As in \"keepalive ping timeout\".";
  const auto once = findings_for("keepalive ping timeout", wording);
  CHECK(std::ranges::count(once, "keepalive ping timeout", &Finding::text) == 1);
}

TEST_CASE("farewells and refusals are found by their texts") {
  auto rows = test::sample_catalogue();
  rows.farewells = {{"cable",
                     "nginx",
                     Endpoint::server,
                     "{\"type\":\"disconnect\"",
                     "reason",
                     {{"server_restart", "service_restart", {}, "The server restarts.", "Wait."},
                      {"*", "application_close", {}, "Another reason.", ""}},
                     {}}};
  catalogue::RefusalRow refusal;
  refusal.id = "session_unknown";
  refusal.body_contains = "Session ID unknown";
  refusal.cause = "sticky_session_missing";
  rows.refusals = {refusal};
  const Wording wording(rows, Language::en);
  const auto farewell = findings_for("server_restart", wording).front();
  CHECK(farewell.kind == FoundAs::farewell);
  CHECK(farewell.fix == "Wait.");
  CHECK(findings_for("{\"type\":\"disconnect\"}", wording).front().says == "Another reason.");
  CHECK(findings_for("{\"message\":\"Session ID unknown\"}", wording).front().id ==
        "session_unknown");
}

TEST_CASE("the best are shown, at most five, each with its cause and fix") {
  const auto rows = test::sample_catalogue();
  const Wording wording(rows, Language::en);
  const auto found = findings_for("a client frame of the server", wording);
  CHECK(found.size() <= kFindingsShown);
  CHECK(std::ranges::is_sorted(found, std::ranges::greater(), &Finding::likeness));

  const std::string text = "keepalive ping timeout";
  const std::string page = findings_page(text, findings_for(text, wording), wording, Colour::off);
  CAPTURE(page);
  CHECK(page.starts_with(R"(1. "keepalive ping timeout" (reason, websockets (Python))
  The sender's keepalive Ping was not answered in time.

  close codes   1011, 1002
  likely cause  keepalive_unanswered: Keepalive Ping unanswered
  How to Fix    Find out what blocks the other side.
  see also      lastframe explain keepalive_unanswered

2. )"));
}

TEST_CASE("nothing found is said in one sentence") {
  const auto rows = test::sample_catalogue();
  const Wording wording(rows, Language::en);
  CHECK(findings_page("zzz\x1b", {}, wording, Colour::off) ==
        "Nothing known matches \"zzz\\x1b\".\n");
  const Json json = Json::parse(findings_json("zzz", {}, wording));
  CHECK(json["text"] == "zzz");
  CHECK(json["matches"].empty());
}

TEST_CASE("JSON has every part of a match, null for what it lacks") {
  const auto rows = test::sample_catalogue();
  const Wording wording(rows, Language::fr);
  const auto written = [&](std::string_view text) {
    return Json::parse(findings_json(text, findings_for(text, wording), wording));
  };
  const Json reason = written("keepalive ping timeout");
  CHECK(reason["kind"] == "lookup");
  CHECK(reason["lang"] == "fr");
  CHECK(reason["matches"][0]["kind"] == "reason");
  CHECK(reason["matches"][0]["cause"]["title"] == "Keepalive Ping unanswered");
  CHECK(reason["matches"][0]["fix"] == "Find out what blocks the other side.");
  CHECK(reason["matches"][0]["likeness"] == kLikenessOfEquals);
  const Json product = written("nginx");
  CHECK(product["matches"][0]["cause"].is_null());
  CHECK(product["matches"][0]["says"].is_null());
  CHECK(product["matches"][0]["see_also"] == "lastframe explain nginx");
}

TEST_CASE("each system error has a cause and a sentence") {
  for (const ErrorName& row : kErrorNames) {
    CAPTURE(row.name);
    CHECK(row.says.ends_with('.'));
    CHECK(row.cause != catalogue::Cause::unknown);
  }
}

}  // namespace
}  // namespace lastframe::output
