#include "admin/router.h"

#include <utility>

#include "admin/access.h"
#include "admin/index_page.h"
#include "admin/session_query.h"
#include "admin/sessions_json.h"
#include "core/base/words.h"
#include "output/json.h"
#include "output/live_json.h"

namespace lastframe::admin {
namespace {

// Prometheus' text exposition format, version 0.0.4.
constexpr std::string_view kMetricsText = "text/plain; version=0.0.4; charset=utf-8";

Response text(unsigned status, std::string_view word) {
  return {.status = status, .content_type = kPlainText, .body = std::string(word) + "\n"};
}

Response json_of(std::string body) { return {.content_type = kJson, .body = std::move(body)}; }

void reply_now(const Router::Reply& reply, Response response) {
  reply([response = std::move(response)] { return response; });
}

Response unknown_id(std::string_view id) {
  return refusal(404, "no session is called " + in_quotes(id),
                 "write what a record has as \"session\", such as 0123456789abcdef");
}

// The session that was asked for, or null.
const net::LiveSession* only_one(const net::LiveAnswer& live, unsigned attempt) {
  if (live.sessions.empty() || live.sessions.front().so_far.attempt != attempt) return nullptr;
  return &live.sessions.front();
}

Response one_live(const net::LiveAnswer& live, unsigned attempt) {
  const net::LiveSession* const seen = only_one(live, attempt);
  if (seen == nullptr) {
    return refusal(404, "this session is not open, and not among the last that ended",
                   "look into the log, which has them all");
  }
  return json_of(output::live_json({seen->so_far, seen->stage, seen->idle, seen->pending}) + "\n");
}

Response no_recording() {
  return refusal(404, "nothing is kept of this session",
                 "ask for one that is open, or for one of the last that ended badly (capture: of)");
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

Response stalled() { return text(503, "stalled"); }

}  // namespace

std::optional<Response> Router::objection(const Request& request, const Options& options) {
  if (auto refused = access_refusal(request, options)) return refused;
  if (!find_route(request.path)) return not_found();
  if (request.method == Method::other) return method_refusal();
  if (!request.has_body) return std::nullopt;
  return refusal(400, "the request has a body, and nothing here takes one", "send none");
}

void Router::answer(const Request& request, const Options& options, Reply reply) const {
  if (auto objected = objection(request, options)) return reply_now(reply, *std::move(objected));
  const RouteMatch match = *find_route(request.path);
  if (match.route == Route::sessions) return answer_sessions(request, reply);
  if (match.route == Route::session) return answer_session(match.id, reply);
  if (match.route == Route::recording) return answer_recording(request, match.id, reply);
  if (match.route == Route::summary) return answer_summary(reply);
  reply_now(reply, answer_now(match.route));
}

std::optional<Response> Router::upgrade_refusal(const Request& request,
                                                const Options& options) const {
  if (auto objected = objection(request, options)) return objected;
  if (find_route(request.path)->route == Route::events) return std::nullopt;
  return refusal(400, "this path is no WebSocket", "ask without Upgrade, or for /api/v1/events");
}

Response Router::answer_now(Route route) const {
  switch (route) {
    case Route::index:
      return {.content_type = kHtml, .body = index_page()};
    case Route::healthz:
      return sources_.is_stalled() ? stalled() : text(200, "ok");
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
    case Route::recording:
      break;  // answered by name
  }
  return not_found();
}

void Router::answer_sessions(const Request& request, const Reply& reply) const {
  const auto query = parse_session_query(request.query);
  if (!query) return reply_now(reply, query.error());
  const auto answer = [reply, query = *query, recent = sources_.recent](net::LiveAnswer live) {
    reply([query, recent, live = std::move(live)] {
      return json_of(sessions_json(live, recent->all(), query));
    });
  };
  query->wants_live() ? sources_.live(query->live(), answer) : answer({});
}

void Router::answer_session(std::string_view id, const Reply& reply) const {
  const auto parsed = parse_session_id(id);
  if (!parsed) return reply_now(reply, unknown_id(id));
  if (const auto ended = sources_.recent->find(id)) {
    return reply_now(reply, json_of(output::ended_json(ended->record) + "\n"));
  }
  net::LiveQuery query;
  query.id = parsed->id;
  query.limit = 1;
  sources_.live(query, [reply, attempt = parsed->attempt](net::LiveAnswer live) {
    reply([attempt, live = std::move(live)] { return one_live(live, attempt); });
  });
}

void Router::answer_recording(const Request& request, std::string_view id,
                              const Reply& reply) const {
  const auto format = parse_recording_format(request.query);
  if (!format) return reply_now(reply, format.error());
  const auto parsed = parse_session_id(id);
  if (!parsed) return reply_now(reply, unknown_id(id));
  if (!sources_.recorder) {
    return reply_now(reply, refusal(404, "nothing is recorded, for capture is off",
                                    "take \"capture: off\" out of the configuration"));
  }
  if (sources_.recorder->is_whole) {
    return reply_now(reply, refusal(409, "connections are recorded whole, to files, as they go on",
                                    "read the files in the folder of capture"));
  }
  const auto file = [id = std::string(id), format = *format,
                     recorder = *sources_.recorder](std::string_view blocks) {
    return blocks.empty() ? no_recording() : recording_file(id, blocks, format, recorder);
  };
  if (const auto ended = sources_.recent->find_recording(id)) {
    return reply([file, ended = *ended] {
      return file(ended.recording->last_blocks(ended.session->record, &ended.texts));
    });
  }
  net::LiveQuery query;
  query.id = parsed->id;
  query.limit = 1;
  query.wants_recording = true;
  sources_.live(query, [reply, file, attempt = parsed->attempt](net::LiveAnswer live) {
    reply([file, attempt, live = std::move(live)] {
      const net::LiveSession* const seen = only_one(live, attempt);
      return file(seen == nullptr ? std::string_view() : seen->recording);
    });
  });
}

void Router::answer_summary(const Reply& reply) const {
  net::LiveQuery query;
  query.limit = 0;
  sources_.live(query, [reply, uptime_s = sources_.uptime_s(), open = sources_.connections_open(),
                        recent = sources_.recent](net::LiveAnswer live) {
    reply([uptime_s, open, recent, live = std::move(live)] {
      return json_of(summary_json({uptime_s, open, live, recent->all()}));
    });
  });
}

Response Router::readiness() const {
  if (sources_.is_stalled()) return stalled();
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
