#include "diff/trace_collector.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "core/http/head_text.h"
#include "core/ws/extensions.h"

namespace lastframe::diff {
namespace {

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};

std::string text_of(const http::ResponseHead& head) {
  return http::head_text("HTTP/" + std::to_string(head.version / 10) + "." +
                             std::to_string(head.version % 10) + " " + std::to_string(head.status),
                         head.fields);
}

}  // namespace

struct TraceCollector::Connection {
  explicit Connection(ws::InflatePool& inflaters) : pool(inflaters) {}

  void take(Direction direction, ByteView bytes);
  void take_head(const session::HeadRelayed& head);
  void miss(const session::BytesMissed& missed);
  bool is_early(Direction direction) const;
  void take_early(const session::BytesMissed& missed);
  void pass_early();
  void follow(Direction direction, ByteView bytes);
  bool heed(Direction direction, const http::WatchEvent& event, ByteView rest);
  void note_request(const http::RequestSeen& seen);
  void note_response(const http::ResponseHead& head, std::string text);
  void switch_over(const ws::NegotiatedExtensions& negotiated);
  void join_inside();

  ws::InflatePool& pool;
  Trace trace;
  Moment now{};
  std::optional<http::ExchangeWatcher> watcher{kMostBytesOfHead};
  std::array<std::unique_ptr<DirectionCollector>, 2> frames;
  // What the client sent before the answer, from the first payload on that was not kept.
  std::vector<std::variant<std::string, session::BytesMissed>> early;
  std::size_t early_size = 0;
};

void TraceCollector::Connection::take(Direction direction, ByteView bytes) {
  if (frames[index(direction)]) return frames[index(direction)]->take(now, bytes);
  if (!watcher) return;
  if (!is_early(direction) || early.empty()) return follow(direction, bytes);
  early_size += bytes.size();
  if (early_size > kMostBytesOfHead) return join_inside();
  early.emplace_back(std::string(as_text(bytes)));
}

void TraceCollector::Connection::take_head(const session::HeadRelayed& head) {
  if (!watcher) return;
  const auto event = watcher->next_head(head.direction, head.text);
  if (event) heed(head.direction, *event, {});
}

// Whether frames may come in this direction although the 101 has not.
bool TraceCollector::Connection::is_early(Direction direction) const {
  return watcher && direction == Direction::client_to_server && trace.stage == Stage::requested;
}

void TraceCollector::Connection::take_early(const session::BytesMissed& missed) {
  if (early.empty()) early.emplace_back(watcher->take_held_client_bytes());
  early.emplace_back(missed);
  early_size += sizeof missed;
  if (early_size > kMostBytesOfHead) join_inside();
}

void TraceCollector::Connection::pass_early() {
  for (const auto& piece : std::exchange(early, {})) {
    if (const auto* missed = std::get_if<session::BytesMissed>(&piece)) {
      miss(*missed);
    } else {
      take(Direction::client_to_server, as_bytes(std::get<std::string>(piece)));
    }
  }
}

void TraceCollector::Connection::miss(const session::BytesMissed& missed) {
  if (is_early(missed.direction)) return take_early(missed);
  if (watcher) join_inside();
  if (frames[index(missed.direction)]) frames[index(missed.direction)]->miss(now, missed);
}

void TraceCollector::Connection::follow(Direction direction, ByteView bytes) {
  while (watcher) {
    const auto event = watcher->next(direction, bytes);
    if (!event || !heed(direction, *event, bytes)) return;
  }
}

// Returns whether the watcher goes on with what is left of the input.
bool TraceCollector::Connection::heed(Direction direction, const http::WatchEvent& event,
                                      ByteView rest) {
  return std::visit(
      Overloaded{[&](const http::RequestSeen& seen) {
                   if (seen.asks == http::Asks::websocket) note_request(seen);
                   return true;
                 },
                 [&](const http::ResponseSeen& seen) {
                   const bool is_final = seen.head.status >= 200;
                   if (seen.asks == http::Asks::websocket && is_final) {
                     note_response(seen.head, text_of(seen.head));
                     trace.stage = Stage::refused;
                   }
                   return true;
                 },
                 [&](const http::SwitchedToWebSocket& seen) {
                   note_response(seen.head, std::string(seen.place.text));
                   trace.stage = Stage::open;
                   const std::string accepted =
                       seen.head.fields.joined("Sec-WebSocket-Extensions").value_or("");
                   const std::string held = watcher->take_held_client_bytes();
                   switch_over(ws::negotiated(accepted));
                   if (!held.empty()) take(Direction::client_to_server, as_bytes(held));
                   pass_early();
                   if (!rest.empty()) take(direction, rest);
                   return false;
                 },
                 [&](const http::HeldBytesAreHttp&) {
                   const std::string held = watcher->take_held_client_bytes();
                   follow(Direction::client_to_server, as_bytes(held));
                   return true;
                 },
                 [&](http::LostTrack) {
                   watcher.reset();
                   return false;
                 }},
      event);
}

void TraceCollector::Connection::note_request(const http::RequestSeen& seen) {
  trace.stage = Stage::requested;
  trace.request = seen.place.text;
  trace.is_http2 = http::is_http2(seen.head.version);
  trace.key = seen.head.fields.first("Sec-WebSocket-Key").value_or("");
  trace.response.clear();
  trace.accept.clear();
  trace.status = 0;
}

void TraceCollector::Connection::note_response(const http::ResponseHead& head, std::string text) {
  trace.response = std::move(text);
  trace.status = head.status;
  trace.accept = head.fields.first("Sec-WebSocket-Accept").value_or("");
}

void TraceCollector::Connection::switch_over(const ws::NegotiatedExtensions& negotiated) {
  watcher.reset();
  for (const Direction direction : kDirections) {
    frames[index(direction)] = std::make_unique<DirectionCollector>(
        direction, negotiated, pool, trace.directions[index(direction)]);
  }
}

// Its handshake was not seen, so that RSV1 may have its meaning.
void TraceCollector::Connection::join_inside() {
  trace.is_partial = true;
  trace.stage = Stage::open;
  switch_over({.has_deflate = true});
  for (const auto& collector : frames) collector->begin_inside();
}

TraceCollector::TraceCollector(std::function<void(Trace)> done, std::uint64_t most_frames)
    : done_(std::move(done)), frames_left_(std::make_shared<std::uint64_t>(most_frames)) {}

TraceCollector::~TraceCollector() = default;

void TraceCollector::on_start(const capture::ConnectionStart& start) {
  auto& connection = open_[start.id];
  connection = std::make_unique<Connection>(inflaters_);
  Trace& trace = connection->trace;
  trace.id = start.id;
  trace.client = start.client;
  trace.server = start.server;
  trace.tap = start.tap;
  trace.accepted = trace.last = start.accepted;
  trace.accepted_wall = start.accepted_wall;
  for (DirectionTrace& direction : trace.directions) {
    direction.share = std::make_shared<FrameShare>(frames_left_);
  }
  ++connections_;
}

void TraceCollector::on_input(std::uint64_t id, Moment now, const session::Input& input) {
  const auto found = open_.find(id);
  if (found == open_.end()) return;
  Connection& connection = *found->second;
  Trace& trace = connection.trace;
  connection.now = trace.last = now;
  if (const auto* relayed = std::get_if<session::BytesRelayed>(&input)) {
    connection.take(relayed->direction, relayed->bytes);
  } else if (const auto* head = std::get_if<session::HeadRelayed>(&input)) {
    connection.take_head(*head);
  } else if (const auto* missed = std::get_if<session::BytesMissed>(&input)) {
    connection.miss(*missed);
  } else if (const auto* ended = std::get_if<session::StreamEnded>(&input)) {
    auto& end = trace.ends[index(ended->endpoint)];
    if (end && ended->how == session::EndKind::reset) trace.has_left[index(ended->endpoint)] = true;
    if (!end) end = End{ended->how, now};
    if (!trace.ended_first) trace.ended_first = ended->endpoint;
  } else if (const auto* established = std::get_if<session::TlsEstablished>(&input)) {
    trace.is_tls[index(established->peer)] = true;
  } else if (const auto* failed = std::get_if<session::ConnectFailed>(&input)) {
    trace.connect_error = failed->error;
  } else if (const auto* connected = std::get_if<session::UpstreamConnected>(&input)) {
    trace.server = connected->address;
  } else if (const auto* named = std::get_if<session::ClientNamed>(&input)) {
    trace.client = named->address;
  } else if (std::holds_alternative<session::GivenUp>(input)) {
    trace.is_given_up = true;
  } else if (std::holds_alternative<session::Finished>(input)) {
    trace.is_finished = true;
    auto ended_connection = std::move(found->second);
    open_.erase(found);
    end(std::move(ended_connection));
  }
}

void TraceCollector::on_flaw(const capture::Flaw& flaw) {
  FlawCount& count = flaws_[static_cast<std::size_t>(flaw.kind)];
  if (++count.count == 1) count.first = flaw.text;
  if (!flaw.connection) return;
  const auto found = open_.find(*flaw.connection);
  if (found == open_.end()) return;
  if (flaw.kind != capture::FlawKind::joined_late) return;
  found->second->trace.is_partial = true;
  if (found->second->watcher) {
    found->second->join_inside();
  }
}

void TraceCollector::end(std::unique_ptr<Connection> connection) {
  for (const auto& frames : connection->frames) {
    if (frames) frames->finish();
  }
  Trace& trace = connection->trace;
  const auto is_frame = [](const Item& item) { return item.kind != ItemKind::gap; };
  const bool has_frames = std::ranges::any_of(trace.directions, [&](const DirectionTrace& side) {
    return std::ranges::any_of(side.items, is_frame);
  });
  if (trace.stage == Stage::no_upgrade || (trace.request.empty() && !has_frames)) {
    ++others_;
    return;
  }
  done_(std::move(trace));
}

void TraceCollector::finish() {
  std::vector<std::uint64_t> ids;
  for (const auto& [id, connection] : open_) ids.push_back(id);
  std::ranges::sort(ids);
  for (const std::uint64_t id : ids) end(std::move(open_.extract(id).mapped()));
}

}  // namespace lastframe::diff
