#include "capture/http2_connection.h"

#include <utility>
#include <variant>

namespace lastframe::capture {

using session::BytesMissed;
using session::BytesRelayed;
using session::EndKind;
using session::HeadRelayed;
using session::StreamEnded;

// Tells what becomes of streams.
class Http2Connection::Teller final : public http2::StreamEvents {
 public:
  Teller(Http2Connection& connection, Moment now) : connection_(connection), now_(now) {}

  void on_request(std::uint32_t stream, std::string_view head) override {
    connection_.begin(now_, stream, head);
  }
  void on_response(std::uint32_t stream, std::string_view head) override {
    tell(stream, HeadRelayed{.direction = Direction::server_to_client, .text = head});
  }
  void on_data(std::uint32_t stream, Direction direction, ByteView data) override {
    tell(stream, BytesRelayed{.direction = direction, .bytes = data});
  }
  void on_missed(std::uint32_t stream, Direction direction, std::uint64_t count) override {
    tell(stream, BytesMissed{.direction = direction, .count = count});
  }
  void on_end(std::uint32_t stream, Endpoint sender, bool is_over) override {
    end(stream, {.endpoint = sender, .how = EndKind::fin});
    if (is_over) finish(stream);
  }
  // With NO_ERROR a side leaves a stream that it has no more use for (RFC 9113 section 8.1): an end
  // in order, behind which it does not listen.
  void on_reset(std::uint32_t stream, Endpoint sender, std::uint32_t code) override {
    if (code == 0) end(stream, {.endpoint = sender, .how = EndKind::fin});
    const std::string_view error = http2::error_name(code);
    end(stream, {.endpoint = sender,
                 .how = EndKind::reset,
                 .http2_error = error.empty() ? "UNKNOWN" : error});
    finish(stream);
  }
  void on_passed_over(std::uint32_t stream, std::string_view why) override {
    const OwnedStart& start = connection_.start_;
    connection_.sink_.on_flaw({.kind = FlawKind::not_kept,
                               .text = start.client + " to " + start.server + ": HTTP/2 stream " +
                                       std::to_string(stream) +
                                       " is passed over: " + std::string(why)});
    const auto found = connection_.streams_.find(stream);
    if (found == connection_.streams_.end()) return;
    connection_.leave_open(found->second, "the stream that carries it is passed over");
    connection_.streams_.erase(found);
  }

 private:
  void tell(std::uint32_t stream, const session::Input& input) {
    const auto found = connection_.streams_.find(stream);
    if (found != connection_.streams_.end()) {
      connection_.sink_.on_input(found->second.id, now_, input);
    }
  }
  void end(std::uint32_t stream, const StreamEnded& end) {
    const auto found = connection_.streams_.find(stream);
    if (found != connection_.streams_.end()) connection_.end(now_, found->second, end);
  }
  void finish(std::uint32_t stream) {
    const auto found = connection_.streams_.find(stream);
    if (found != connection_.streams_.end()) connection_.finish(now_, found);
  }

  Http2Connection& connection_;
  Moment now_;
};

Http2Connection::Http2Connection(const OwnedStart& start, InputSink& sink, ConnectionIds& ids)
    : start_(start), sink_(sink), ids_(ids) {}

void Http2Connection::take(Moment now, const session::Input& input) {
  if (const auto* relayed = std::get_if<BytesRelayed>(&input)) {
    take_bytes(now, *relayed);
  } else if (const auto* missed = std::get_if<BytesMissed>(&input)) {
    miss(now, *missed);
  } else if (const auto* ended = std::get_if<StreamEnded>(&input)) {
    end_all(now, *ended);
  } else {
    if (comes_before_bytes(input)) common_.emplace_back(now, input);
    tell_all(now, input);
    if (std::holds_alternative<session::Finished>(input)) streams_.clear();
  }
}

std::size_t Http2Connection::memory() const {
  std::size_t bytes = sizeof *this + streams_.size() * 96;
  if (demultiplexer_) bytes += demultiplexer_->memory();
  for (const HeldInput& input : common_) bytes += input.size();
  return bytes;
}

void Http2Connection::take_bytes(Moment now, const BytesRelayed& relayed) {
  if (!demultiplexer_) return;
  Teller teller(*this, now);
  demultiplexer_->take(relayed.direction, relayed.bytes, teller);
  heed_obstacle(FlawKind::not_understood);
}

void Http2Connection::miss(Moment now, const BytesMissed& missed) {
  if (!demultiplexer_) return;
  Teller teller(*this, now);
  demultiplexer_->miss(missed.direction, missed.count, teller);
  heed_obstacle(FlawKind::lost);
}

void Http2Connection::heed_obstacle(FlawKind kind) {
  const std::string_view obstacle = demultiplexer_->obstacle();
  if (!obstacle.empty()) give_up(kind, obstacle);
}

void Http2Connection::give_up(FlawKind kind, std::string_view why) {
  if (!demultiplexer_) return;
  sink_.on_flaw({.kind = kind,
                 .text = start_.client + " to " + start_.server +
                         ": HTTP/2 is not followed any further: " + std::string(why)});
  demultiplexer_.reset();
  leave_open("the HTTP/2 connection that carries it is not followed any further");
}

void Http2Connection::leave_open(std::string_view why) {
  for (const auto& [number, stream] : std::exchange(streams_, {})) leave_open(stream, why);
}

void Http2Connection::leave_open(const Stream& stream, std::string_view why) {
  sink_.on_flaw({.kind = FlawKind::still_open, .connection = stream.id, .text = std::string(why)});
}

// RFC 8441 section 5: streams end as connections do; with the connection they all end.
void Http2Connection::end_all(Moment now, const StreamEnded& ended) {
  StreamEnded end_of_each = ended;
  const auto code = demultiplexer_ ? demultiplexer_->goodbye(ended.endpoint) : std::nullopt;
  if (code.value_or(0) != 0) end_of_each.http2_error = http2::error_name(*code);
  for (auto& [number, stream] : streams_) end(now, stream, end_of_each);
}

void Http2Connection::begin(Moment now, std::uint32_t number, std::string_view head) {
  const std::uint64_t id = ids_.next();
  streams_.insert_or_assign(number, Stream{.id = id});
  ConnectionStart start = start_.view();
  start.id = id;
  start.accepted_wall += now - start.accepted;
  start.accepted = now;
  sink_.on_start(start);
  for (const HeldInput& input : common_) sink_.on_input(id, now, input.input());
  sink_.on_input(id, now, HeadRelayed{.direction = Direction::client_to_server, .text = head});
}

// A FIN behind an end is no news; a reset is.
void Http2Connection::end(Moment now, Stream& stream, const StreamEnded& ended) {
  const bool has_ended = std::exchange(stream.has_ended[index(ended.endpoint)], true);
  if (!has_ended || ended.how != EndKind::fin) sink_.on_input(stream.id, now, ended);
}

void Http2Connection::finish(Moment now, Streams::iterator found) {
  sink_.on_input(found->second.id, now, session::Finished{});
  streams_.erase(found);
}

void Http2Connection::tell_all(Moment now, const session::Input& input) {
  for (const auto& [number, stream] : streams_) sink_.on_input(stream.id, now, input);
}

}  // namespace lastframe::capture
