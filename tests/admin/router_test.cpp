#include "admin/router.h"

#include <doctest/doctest.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace lastframe::admin {
namespace {

Sources sources(std::string_view unready = {}) {
  return {.version = "1.2.3",
          .libwebsockets = "4.1.6",
          .openssl = "3.0.15",
          .metrics = [] { return std::string("lastframe_workers 2\n"); },
          .unready = [unready] { return unready; }};
}

Request asking(std::string_view path, Method method = Method::get) {
  Request request;
  request.method = method;
  request.path = path;
  request.host = "localhost:9464";
  return request;
}

Response answer(const Router& router, const Request& request) {
  std::optional<Response> response;
  router.answer(request, {}, [&](Response given) { response = std::move(given); });
  REQUIRE(response);
  return *response;
}

TEST_CASE("what is known at once is answered at once") {
  struct Row {
    std::string_view path;
    std::string_view content_type;
    std::string_view body;  // its beginning
  };
  const auto rows = std::to_array<Row>({
      {"/", "text/html; charset=utf-8", "<!doctype html>"},
      {"/healthz", "text/plain; charset=utf-8", "ok\n"},
      {"/readyz", "text/plain; charset=utf-8", "ready\n"},
      {"/metrics", "text/plain; version=0.0.4; charset=utf-8", "lastframe_workers 2\n"},
      {"/version", "application/json",
       "{\"name\":\"lastframe\",\"version\":\"1.2.3\",\"libwebsockets\":\"4.1.6\",\"openssl\":"
       "\"3.0.15\"}\n"},
  });
  const Router router(sources());
  for (const Row& row : rows) {
    CAPTURE(row.path);
    const Response response = answer(router, asking(row.path));
    CHECK(response.status == 200);
    CHECK(response.content_type == row.content_type);
    CHECK(response.body.starts_with(row.body));
    CHECK(answer(router, asking(row.path, Method::head)) == response);
  }
}

TEST_CASE("while it is not ready, readiness is a 503 with one word, and life goes on") {
  const Router router(sources("draining"));
  CHECK(answer(router, asking("/readyz")).status == 503);
  CHECK(answer(router, asking("/readyz")).body == "draining\n");
  CHECK(answer(router, asking("/healthz")).status == 200);
}

TEST_CASE("what cannot be answered is refused by kind") {
  Request with_body = asking("/healthz");
  with_body.has_body = true;
  Request from_elsewhere = asking("/metrics");
  from_elsewhere.host = "evil.example";
  struct Row {
    std::string_view name;
    Request request;
    unsigned status;
  };
  const auto rows = std::to_array<Row>({
      {"no such path", asking("/nothing"), 404},
      {"no such path, by another method", asking("/nothing", Method::other), 404},
      {"another method", asking("/healthz", Method::other), 405},
      {"a body", with_body, 400},
      {"a foreign Host", from_elsewhere, 403},
      {"the feed without an upgrade", asking("/api/v1/events"), 426},
  });
  const Router router(sources());
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const Response response = answer(router, row.request);
    CHECK(response.status == row.status);
    CHECK(response.content_type == "application/json");
    const bool has_allow = !response.fields.empty() && response.fields.front().first == "allow:";
    CHECK(has_allow == (row.status == 405));
  }
}

TEST_CASE("only the feed is a WebSocket, and for whom it is open") {
  const Router router(sources());
  CHECK_FALSE(router.upgrade_refusal(asking("/api/v1/events"), {}));
  CHECK(router.upgrade_refusal(asking("/healthz"), {})->status == 400);
  CHECK(router.upgrade_refusal(asking("/nothing"), {})->status == 404);
  Request foreign = asking("/api/v1/events");
  foreign.origin = "http://evil.example";
  CHECK(router.upgrade_refusal(foreign, {})->status == 403);
  Options with_token;
  with_token.token = "0123456789abcdef";
  CHECK(router.upgrade_refusal(asking("/api/v1/events"), with_token)->status == 401);
}

}  // namespace
}  // namespace lastframe::admin
