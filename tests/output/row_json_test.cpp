#include "output/row_json.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "support/sample_catalogue.h"

namespace lastframe::output {
namespace {

using Json = nlohmann::json;

template <typename Append>
Json written(const Append& append) {
  std::string text;
  JsonWriter json(text);
  append(json);
  CAPTURE(text);
  return Json::parse(text);
}

TEST_CASE("a time-out has its time in seconds and null for what it lacks") {
  auto rows = test::sample_catalogue();
  rows.timeouts[0].codes = {1000, 1001};
  const Json json = written([&](JsonWriter& w) { append_timeout(w, rows.timeouts[0]); });
  CHECK(json["id"] == "nginx_proxy_read");
  CHECK(json["product"] == "nginx");
  CHECK(json["after_s"] == 60.0);
  CHECK(json["kind"] == "idle");
  CHECK(json["counts"] == "either");
  CHECK(json["is_default"] == true);
  CHECK(json["setting"] == "proxy_read_timeout");
  CHECK(json["how"] == "fin");
  CHECK(json["codes"] == Json{1000, 1001});
  CHECK(json["source"]["source"] == "nginx 1.22.1");
  rows.timeouts[0].setting.clear();
  CHECK(written([&](JsonWriter& w) { append_timeout(w, rows.timeouts[0]); })["setting"].is_null());
}

TEST_CASE("a reason has its codes, its sender and how it is compared") {
  const auto rows = test::sample_catalogue();
  const Json first = written([&](JsonWriter& w) { append_reason(w, rows.reasons[0]); });
  CHECK(first["match"] == "exact");
  CHECK(first["sender"] == "server");
  CHECK(first["codes"][1] == Json{{"first", 1002}, {"last", 1002}});
  CHECK(first["cause"] == "keepalive_unanswered");
  CHECK(first["confidence"] == "likely");
  CHECK(first["fix"].is_null());
  const Json second = written([&](JsonWriter& w) { append_reason(w, rows.reasons[1]); });
  CHECK(second["match"] == "prefix");
  CHECK(second["sender"].is_null());
  CHECK(second["product"].is_null());
  CHECK(second["codes"].empty());
}

TEST_CASE("limits, heartbeats and application codes have their numbers as numbers") {
  const auto rows = test::sample_catalogue();
  const Json limit = written([&](JsonWriter& w) { append_limit(w, rows.limits[0]); });
  CHECK(limit["bytes"] == 1048576);
  CHECK(limit["of"] == "message");
  CHECK(limit["inflated"] == true);
  const Json heartbeat = written([&](JsonWriter& w) { append_heartbeat(w, rows.heartbeats[0]); });
  CHECK(heartbeat["carrier"] == "ping");
  CHECK(heartbeat["every_s"] == 20.0);
  CHECK(heartbeat["patience_s"] == 20.0);
  CHECK(heartbeat["starts"].is_null());
  const auto& graphql = rows.applications[0];
  const Json code =
      written([&](JsonWriter& w) { append_application_code(w, graphql, graphql.codes[0]); });
  CHECK(code["application"] == "graphql_transport_ws");
  CHECK(code["first"] == 4401);
  CHECK(code["name"] == "Unauthorized");
  CHECK(code["party"] == "client");
  CHECK(written(
            [&](JsonWriter& w) { append_application_code(w, graphql, graphql.codes[1]); })["party"]
            .is_null());
}

TEST_CASE("a cause without a row has no title") {
  const auto rows = test::sample_catalogue();
  CHECK(written([&](JsonWriter& w) { append_cause(w, rows, "idle_timeout"); }) ==
        Json{{"id", "idle_timeout"}, {"title", "Idle time-out"}});
  CHECK(written([&](JsonWriter& w) { append_cause(w, rows, "no_such"); })["title"].is_null());
  CHECK(or_null("") == std::nullopt);
  CHECK(or_null("x") == "x");
}

}  // namespace
}  // namespace lastframe::output
