#include "admin/router.h"

#include <fmt/core.h>

#include "admin/access.h"
#include "admin/index_page.h"
#include "admin/route.h"
#include "output/json.h"

namespace lastframe::admin {
namespace {

// Prometheus' text exposition format, version 0.0.4.
constexpr std::string_view kMetricsText = "text/plain; version=0.0.4; charset=utf-8";

Response text(unsigned status, std::string_view word) {
  return {.status = status, .content_type = kPlainText, .body = std::string(word) + "\n"};
}

Response not_found() {
  return refusal(404, "there is no such path", "see / for those that there are");
}

Response method_refusal() {
  Response response = refusal(405, "only GET and HEAD are answered here", "ask with GET");
  response.fields.emplace_back("allow:", "GET, HEAD");
  return response;
}

Response upgrade_required() {
  Response response = refusal(426, "this is a WebSocket", "ask with Upgrade: websocket");
  response.fields.emplace_back("upgrade:", "websocket");
  return response;
}

}  // namespace

void Router::answer(const Request& request, const Options& options, Reply reply) const {
  reply(answer_now(request, options));
}

std::optional<Response> Router::upgrade_refusal(const Request& request,
                                                const Options& options) const {
  if (auto refused = access_refusal(request, options)) return refused;
  const auto match = find_route(request.path);
  if (!match) return not_found();
  if (match->route == Route::events) return std::nullopt;
  return refusal(400, "this path is no WebSocket", "ask without Upgrade, or for /api/v1/events");
}

Response Router::answer_now(const Request& request, const Options& options) const {
  if (auto refused = access_refusal(request, options)) return *std::move(refused);
  const auto match = find_route(request.path);
  if (!match) return not_found();
  if (request.method == Method::other) return method_refusal();
  if (request.has_body) {
    return refusal(400, "the request has a body, and nothing here takes one", "send none");
  }
  switch (match->route) {
    case Route::index:
      return {.content_type = kHtml, .body = index_page()};
    case Route::healthz:
      return text(200, "ok");
    case Route::readyz:
      return readiness();
    case Route::metrics:
      return {.content_type = kMetricsText, .body = sources_.metrics()};
    case Route::version:
      return version();
    case Route::events:
      return upgrade_required();
    case Route::summary:
    case Route::sessions:
    case Route::session:
      break;
  }
  return not_found();
}

Response Router::readiness() const {
  const std::string_view reason = sources_.unready();
  return reason.empty() ? text(200, "ready") : text(503, reason);
}

Response Router::version() const {
  Response response{.content_type = kJson, .body = {}};
  output::JsonWriter json(response.body);
  json.begin_object()
      .field("name", "lastframe")
      .field("version", sources_.version)
      .field("libwebsockets", sources_.libwebsockets)
      .field("openssl", sources_.openssl)
      .end_object();
  response.body += '\n';
  return response;
}

}  // namespace lastframe::admin
