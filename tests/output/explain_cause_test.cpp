#include "output/explain_cause.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "support/sample_catalogue.h"

namespace lastframe::output {
namespace {

using catalogue::Language;
using Json = nlohmann::json;

TEST_CASE("a cause's page says all that is known of it, and the time-outs that lead to it") {
  const auto rows = test::sample_catalogue();
  const Wording wording(rows, Language::en);
  CHECK(cause_page(*rows.cause("idle_timeout"), wording, Colour::off) ==
        R"(idle_timeout: Idle time-out

  An idle time-out on the closer's side ended it, not the other side.

meaning
  Nothing passed for as long as a hop waits.

found by
  The silence before the end is as long as a known time-out.

How to Fix
  Send a Ping more often.

products
  - nginx: Raise proxy_read_timeout.
  - code: Turn keepalive on.

  who has to act  a hop on the side that closed
  close codes     1006, 1000-1001
  Source          nginx 1.22.1 ngx_http_proxy_module.c, 2026-11-20

time limits
  nginx  60s  idle  proxy_read_timeout

see also
  keepalive_unanswered  Keepalive Ping unanswered
  FR-01
)");
}

TEST_CASE("each cause has the rows of other lists that lead to it") {
  const auto rows = test::sample_catalogue();
  const auto found = [&](std::string_view id) { return rows_of(rows, *rows.cause(id)); };
  CHECK(found("idle_timeout").timeouts.size() == 1);
  CHECK(found("idle_timeout").limits.empty());
  CHECK(found("message_too_big").limits.size() == 1);
  CHECK(found("message_too_big").reasons.size() == 1);
  CHECK(found("message_too_big").timeouts.empty());
  CHECK(found("keepalive_unanswered").reasons.size() == 1);

  auto others = rows;
  others.causes[0].id = "lifetime_limit";
  CHECK(rows_of(others, others.causes[0]).timeouts.front()->id == "nginx_shutdown");
  others.causes[0].id = "stale_flow";
  CHECK(rows_of(others, others.causes[0]).timeouts.empty());
  others.timeouts[0].kind = catalogue::TimeoutKind::silent;
  CHECK(rows_of(others, others.causes[0]).timeouts.size() == 1);
  others.causes[0].id = "access_denied";
  REQUIRE(rows_of(others, others.causes[0]).applications.size() == 1);
  CHECK(rows_of(others, others.causes[0]).applications[0].code->name == "Forbidden");
}

TEST_CASE("headings are in the language, and JSON says which it is") {
  const auto rows = test::sample_catalogue();
  const catalogue::CauseRow& row = *rows.cause("idle_timeout");
  const std::string arabic = cause_page(row, Wording(rows, Language::ar), Colour::off);
  CHECK(arabic.contains("\u200Fكيفية الإصلاح\n  Send a Ping more often.\n"));
  const Json json = Json::parse(cause_json(row, Wording(rows, Language::fr)));
  CHECK(json["lang"] == "fr");
  CHECK(json["kind"] == "cause");
  CHECK(json["id"] == "idle_timeout");
  CHECK(json["party"] == "hop_at_closer");
  CHECK(json["summary"] == "An idle time-out on the closer's side ended it, not the other side.");
  CHECK(json["fixes"][0] == Json{{"product", "nginx"}, {"text", "Raise proxy_read_timeout."}});
  CHECK(json["codes"][1] == Json{{"first", 1000}, {"last", 1001}});
  CHECK(json["timeouts"][0]["after_s"] == 60.0);
  CHECK(json["limits"].empty());
  CHECK(json["see_also"] == Json{"keepalive_unanswered", "FR-01"});
  CHECK(json["rule"].is_null());
}

TEST_CASE("a rule of the same name goes into the JSON of the cause") {
  const auto rows = test::sample_catalogue();
  const Json json = Json::parse(cause_json(*rows.cause("upgrade_stripped"),
                                           Wording(rows, Language::en), R"({"id":"HS-05"})"));
  CHECK(json["rule"]["id"] == "HS-05");
}

TEST_CASE("the list has a line for each cause, and JSON an object") {
  const auto rows = test::sample_catalogue();
  const Wording wording(rows, Language::en);
  CHECK(cause_list(wording, Colour::off).starts_with("  idle_timeout          Idle time-out\n"));
  const Json json = Json::parse(cause_list_json(wording));
  REQUIRE(json.size() == 4);
  CHECK(json[0] == Json::parse(cause_json(rows.causes[0], wording)));
}

}  // namespace
}  // namespace lastframe::output
