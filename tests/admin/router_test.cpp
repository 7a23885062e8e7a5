#include "admin/router.h"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "admin/ended.h"

namespace lastframe::admin {
namespace {

const RecentSessions kNoRecords;

Sources sources(std::string_view unready = {}, const RecentSessions& recent = kNoRecords) {
  return {.version = "1.2.3",
          .libwebsockets = "4.1.6",
          .openssl = "3.0.15",
          .metrics = [] { return std::string("lastframe_workers 2\n"); },
          .is_stalled = [] { return false; },
          .unready = [unready] { return unready; },
          .uptime_s = [] { return 1.5; },
          .connections_open = [] { return std::uint64_t{3}; },
          .live =
              [](const net::LiveQuery& query, const net::LiveGathering::Done& done) {
                net::LiveAnswer answer;
                if (!query.id || *query.id == 1) {
                  answer.matching = {{"chat", 1}};
                  answer.sessions.resize(query.limit > 0 ? 1 : 0);
                  if (query.limit > 0) answer.sessions.front().so_far = ended(1, 1006);
                }
                done(std::move(answer));
              },
          .recent = &recent};
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
  router.answer(request, {}, [&](const std::function<Response()>& made) { response = made(); });
  REQUIRE(response);
  return *response;
}

TEST_CASE("a stalled worker fails both probes") {
  Sources stalled = sources();
  stalled.is_stalled = [] { return true; };
  const Router router(stalled);
  for (const std::string_view path : {"/healthz", "/readyz"}) {
    CAPTURE(path);
    const Response response = answer(router, asking(path));
    CHECK(response.status == 503);
    CHECK(response.body == "stalled\n");
  }
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

TEST_CASE("one session is found while it lasts and after its end, by its attempt") {
  RecentSessions recent;
  recent.add(ended(2, 1000), R"({"session":"0000000000000002"})");
  const Router router(sources({}, recent));
  const auto found = [&](const std::string& id) {
    return answer(router, asking("/api/v1/sessions/" + id));
  };
  CHECK(found("0000000000000002").body ==
        "{\"state\":\"ended\",\"session\":\"0000000000000002\"}\n");
  CHECK(found("0000000000000001").body.starts_with("{\"state\":\"opening\""));
  CHECK(found("0000000000000001-2").status == 404);
  CHECK(found("0000000000000003").status == 404);
  CHECK(found("x").status == 404);
}

TEST_CASE("a recording is found while its session lasts and after its end") {
  RecentSessions recent;
  recent.add(ended(2, 1000), "{}");
  recent.add(ended_with_recording(3), R"({"n":3})");
  Sources recording = sources({}, recent);
  recording.recorder = RecorderFacts{.version = "1.2.3"};
  recording.live = [](const net::LiveQuery& query, const net::LiveGathering::Done& done) {
    net::LiveAnswer answer;
    if (query.id == 1 && query.wants_recording) {
      answer.sessions.resize(1);
      answer.sessions.front().so_far = ended(1, 1006);
      answer.sessions.front().recording = "blocks so far";
    }
    done(std::move(answer));
  };
  const Router router(recording);
  const auto found = [&](const std::string& id, std::vector<std::string> query = {}) {
    Request request = asking("/api/v1/sessions/" + id + "/recording");
    request.query = std::move(query);
    return answer(router, request);
  };
  CHECK(found("0000000000000003").body.ends_with(R"(last blocks of {"n":3})"));
  CHECK(found("0000000000000001").body.ends_with("blocks so far"));
  CHECK(found("0000000000000001-2").status == 404);
  CHECK(found("0000000000000002").status == 404);
  CHECK(found("0000000000000009").status == 404);
  CHECK(found("x").status == 404);
  CHECK(found("0000000000000003", {"format=pcap"}).status == 400);
}

TEST_CASE("who asks for a recording where none is made is told why") {
  Sources recording = sources();
  const Request request = asking("/api/v1/sessions/0000000000000001/recording");
  CHECK(answer(Router(recording), request).body.contains("capture is off"));
  recording.recorder = RecorderFacts{.version = "1.2.3", .is_whole = true};
  CHECK(answer(Router(recording), request).status == 409);
}

TEST_CASE("lists and counts join what lasts with what has ended") {
  RecentSessions recent;
  recent.add(ended(2, 1000), R"({"session":"0000000000000002"})");
  const Router router(sources({}, recent));
  CHECK(answer(router, asking("/api/v1/sessions"))
            .body.contains("\"matching\":{\"live\":1,\"ended\":1}"));
  Request filtered = asking("/api/v1/sessions");
  filtered.query = {"code=1000"};
  CHECK(answer(router, filtered).body.contains("\"matching\":{\"live\":0,\"ended\":1}"));
  filtered.query = {"code=x"};
  CHECK(answer(router, filtered).status == 400);
  CHECK(
      answer(router, asking("/api/v1/summary"))
          .body.starts_with("{\"uptime_s\":1.500000,\"connections_open\":3,\"live\":{\"count\":1"));
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
