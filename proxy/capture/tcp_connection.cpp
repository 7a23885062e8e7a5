#include "capture/tcp_connection.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "capture/packet_fields.h"
#include "core/proxying/authority.h"

namespace lastframe::capture {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

// A capture may hold an acknowledgement in front of what it acknowledges, by a little.
constexpr milliseconds kDisorder{200};
constexpr std::uint32_t kDisorderPackets = 64;
// How long bytes may be missing that nobody acknowledges: a retransmission can take so long.
constexpr seconds kPatience{60};
// On its way through several interfaces of one machine, a packet is captured more than once.
constexpr milliseconds kCopy{1};
// What late packets of a connection that is over can come within (RFC 9293: 2 MSL).
constexpr std::chrono::minutes kTimeWait{4};

std::string text_of(const TcpEnd& end) {
  return proxying::authority_text(ip_text(end.address), end.port);
}

// Whether these bytes can only be a client's first ones: an HTTP request or a TLS ClientHello.
bool begins_request(ByteView bytes) {
  constexpr std::array kMethods{"GET ",     "POST ",   "PUT ",   "HEAD ",
                                "OPTIONS ", "DELETE ", "PATCH ", "CONNECT "};
  const std::string_view text = as_text(bytes);
  if (std::ranges::any_of(kMethods, [&](const char* method) { return text.starts_with(method); })) {
    return true;
  }
  return bytes.size() > 5 && text.starts_with("\x16\x03") && byte_at(bytes, 5) == 1;
}

}  // namespace

// Tells what comes of one side's stream.
class TcpConnection::Teller final : public TcpStreamEvents {
 public:
  Teller(TcpConnection& connection, std::size_t side, TcpContext& context)
      : connection_(connection), side_(side), context_(context) {}

  void on_bytes(ByteView bytes) override {
    connection_.tell(
        session::BytesRelayed{.direction = connection_.direction_of(side_), .bytes = bytes},
        context_);
  }

  void on_missed(std::uint64_t offset, std::uint64_t count, Missed why) override {
    if (why == Missed::lost) {
      flaw(FlawKind::lost, offset, count, "packets are missing from the capture");
    } else if (!std::exchange(connection_.is_snapped_[side_], true)) {
      flaw(FlawKind::snapped, offset, count,
           "packets were cut short when they were captured; capture with a larger snapshot length "
           "(tcpdump -s 0)");
    }
    connection_.tell(
        session::BytesMissed{.direction = connection_.direction_of(side_), .count = count},
        context_);
  }

  void on_contradiction(std::uint64_t offset, std::uint64_t count) override {
    if (std::exchange(connection_.is_contradicted_[side_], true)) return;
    flaw(FlawKind::contradiction, offset, count,
         "bytes were sent again and were not the same; the first ones count");
  }

  void on_end() override {
    connection_.tell(session::StreamEnded{.endpoint = sender(connection_.direction_of(side_)),
                                          .how = session::EndKind::fin},
                     context_);
  }

 private:
  void flaw(FlawKind kind, std::uint64_t offset, std::uint64_t count, std::string_view text) {
    if (connection_.id_ == 0) return;
    context_.sink.on_flaw({.kind = kind,
                           .connection = connection_.id_,
                           .direction = connection_.direction_of(side_),
                           .offset = offset,
                           .bytes = count,
                           .text = std::string(text)});
  }

  TcpConnection& connection_;
  std::size_t side_;
  TcpContext& context_;
};

TcpConnection::TcpConnection(const TcpSegment& first, Moment at)
    : ends_{first.from, first.to}, first_(at), now_(at) {}

bool TcpConnection::is_other(const TcpSegment& segment, Moment at) const {
  const TcpStream& stream = streams_[side_of(segment)];
  if (segment.is_syn) {
    if (!stream.is_anchored()) return is_over_;
    return stream.first_sequence() != segment.sequence + 1;
  }
  return is_over_ && segment.payload_length > 0 && at - now_ > kTimeWait;
}

Direction TcpConnection::direction_of(std::size_t side) const {
  return direction_from(client_ == side ? Endpoint::client : Endpoint::server);
}

void TcpConnection::tell(const session::Input& input, TcpContext& context) const {
  if (id_ != 0) context.sink.on_input(id_, now_, input);
}

void TcpConnection::take(const TcpSegment& segment, Moment at, TcpContext& context) {
  if (is_over_) return;
  now_ = std::max(now_, at);
  const std::size_t side = side_of(segment);
  if (segment.is_reset) return reset(segment, side, context);
  note_opening(segment, side);
  note_acknowledgement(segment, side);
  if (id_ == 0 && opening_.done) announce(context);
  take_payload(segment, side, context);
  settle_holes(0, context);
  settle_holes(1, context);
  // Nothing may follow that would show the last holes as such.
  if (streams_[0].is_end_acknowledged() && streams_[1].is_end_acknowledged()) {
    give_holes_up(context);
  }
  if (has_ended()) finish(std::nullopt, context);
}

bool TcpConnection::has_ended() const { return streams_[0].has_ended() && streams_[1].has_ended(); }

void TcpConnection::note_opening(const TcpSegment& segment, std::size_t side) {
  TcpStream& stream = streams_[side];
  if (!segment.is_syn) {
    if (opening_.answer && !opening_.done && client_ == side && segment.is_ack) {
      opening_.done = now_;
    }
    return;
  }
  if (stream.is_anchored()) {
    ++retransmits_[side];
  } else {
    stream.anchor(segment.sequence + 1);
    // Whose bytes they are stays as it was told.
    if (id_ == 0) client_ = static_cast<std::uint8_t>(segment.is_ack ? 1 - side : side);
    has_opening_ = true;
  }
  if (!segment.is_ack && !opening_.answer) opening_.syn = now_;
  if (segment.is_ack && opening_.syn && !opening_.done) opening_.answer = now_;
}

// What a side acknowledges is where the other stands, if the capture has not shown it.
void TcpConnection::note_acknowledgement(const TcpSegment& segment, std::size_t side) {
  if (!segment.is_ack) return;
  TcpStream& other = streams_[1 - side];
  if (!other.is_anchored() && has_opening_) other.anchor(segment.acknowledgement);
  if (other.is_anchored()) other.note_acknowledged(segment.acknowledgement);
}

void TcpConnection::take_payload(const TcpSegment& segment, std::size_t side, TcpContext& context) {
  if (segment.payload_length == 0 && !segment.is_fin) return;
  const StreamPart part{.sequence = segment.sequence + (segment.is_syn ? 1 : 0),
                        .bytes = segment.payload,
                        .length = segment.payload_length,
                        .is_last = segment.is_fin};
  TcpStream& stream = streams_[side];
  if (!stream.is_anchored()) stream.anchor(part.sequence);
  if (id_ == 0 && (has_opening_ || part.length > 0)) {
    if (!client_) client_ = static_cast<std::uint8_t>(likely_client(segment, side));
    announce(context);
  }
  const bool is_copied = is_copy(segment, side);
  Teller teller(*this, side, context);
  const bool is_again = stream.take(part, context.history, teller);
  if (is_again && !is_copied) ++retransmits_[side];
}

bool TcpConnection::is_copy(const TcpSegment& segment, std::size_t side) {
  const Last before = std::exchange(
      last_[side], {.sequence = segment.sequence, .length = segment.payload_length, .at = now_});
  return before.sequence == segment.sequence && before.length == segment.payload_length &&
         now_ - before.at <= kCopy;
}

// Of a connection whose opening was not captured.
std::size_t TcpConnection::likely_client(const TcpSegment& segment, std::size_t side) const {
  if (begins_request(segment.payload)) return side;
  if (as_text(segment.payload).starts_with("HTTP/")) return 1 - side;
  return segment.from.port >= segment.to.port ? side : 1 - side;
}

void TcpConnection::announce(TcpContext& context) {
  id_ = context.ids.next();
  const std::string client = text_of(ends_[*client_]);
  const std::string server = text_of(ends_[1 - *client_]);
  context.sink.on_start(
      {.id = id_,
       .client = client,
       .server = server,
       .accepted = first_,
       .accepted_wall = WallTime(context.wall_of_zero + first_.time_since_epoch())});
  if (!has_opening_) {
    context.sink.on_flaw({.kind = FlawKind::joined_late,
                          .connection = id_,
                          .text = "the connection had begun before the capture did"});
  }
  for (const std::size_t side : {0U, 1U}) {
    if (streams_[side].has_ended()) Teller(*this, side, context).on_end();
  }
}

void TcpConnection::settle_holes(std::size_t side, TcpContext& context) {
  TcpStream& stream = streams_[side];
  Hole& hole = holes_[side];
  if (!stream.has_hole()) {
    if (hole.since) hole = {};
    return;
  }
  if (!hole.since) hole.since = now_;
  Teller teller(*this, side, context);
  if (now_ - *hole.since >= kPatience) stream.give_hole_up(teller);
  while (stream.held() > context.held_of_stream) stream.give_hole_up(teller);
  if (!stream.is_hole_acknowledged()) {
    hole.acknowledged.reset();
    hole.packets = 0;
  } else if (!hole.acknowledged) {
    hole.acknowledged = now_;
  } else if (++hole.packets >= kDisorderPackets || now_ - *hole.acknowledged >= kDisorder) {
    while (stream.is_hole_acknowledged()) stream.give_hole_up(teller);
  }
  if (!stream.has_hole()) hole = {};
}

void TcpConnection::give_holes_up(TcpContext& context) {
  for (const std::size_t side : {0U, 1U}) {
    Teller teller(*this, side, context);
    while (streams_[side].has_hole()) streams_[side].give_hole_up(teller);
    holes_[side] = {};
  }
}

// A number that is not of this connection's is somebody else's attempt to end it.
void TcpConnection::reset(const TcpSegment& segment, std::size_t side, TcpContext& context) {
  const TcpStream& stream = streams_[side];
  if (stream.is_anchored() && !stream.is_near(segment.sequence)) return;
  give_holes_up(context);
  if (!has_ended()) {
    if (client_) {
      tell(session::StreamEnded{.endpoint = sender(direction_of(side)),
                                .how = session::EndKind::reset},
           context);
    }
  }
  finish(side, context);
}

void TcpConnection::finish(std::optional<std::size_t> resetter, TcpContext& context) {
  is_over_ = true;
  if (id_ != 0 && opening_.done) {
    for (const Endpoint endpoint : kEndpoints) {
      const std::size_t side = endpoint == Endpoint::client ? *client_ : 1 - *client_;
      const auto round_trip = endpoint == Endpoint::server ? *opening_.answer - *opening_.syn
                                                           : *opening_.done - *opening_.answer;
      session::TransportFacts facts;
      facts.rtt_ms = std::chrono::duration<double, std::milli>(round_trip).count();
      facts.retransmits = retransmits_[1 - side];
      // The acknowledgement of an end in order comes behind it.
      if (resetter) facts.unacked_bytes = streams_[1 - side].unacknowledged();
      if (resetter == side) facts.error = "ECONNRESET";
      tell(session::TransportSampled{.endpoint = endpoint, .facts = facts}, context);
    }
  }
  tell(session::Finished{}, context);
  for (TcpStream& stream : streams_) stream.forget_bytes();
}

void TcpConnection::leave_open(const std::string& why, TcpContext& context) {
  give_holes_up(context);
  if (has_ended()) return finish(std::nullopt, context);
  is_over_ = true;
  if (id_ == 0) return;
  context.sink.on_flaw({.kind = FlawKind::still_open, .connection = id_, .text = why});
}

}  // namespace lastframe::capture
