#include "capture/input_codec.h"

#include <array>
#include <cstring>
#include <utility>
#include <variant>

#include "capture/fields.h"
#include "core/http2/frame_reader.h"
#include "core/session/texts.h"

namespace lastframe::capture {
namespace {

using namespace session;

// Numbers in files: never changed, only added.
enum class Kind : unsigned {
  bytes_of_client,
  bytes_of_server,
  missed_of_client,
  missed_of_server,
  upstream_connected,
  connect_failed,
  client_named,
  tls_established,
  tls_failed,
  stream_ended,
  transport_sampled,
  relay_sampled,
  patterns_known,
  texts_known,
  given_up,
  head_of_client,
  head_of_server,
  stream_ended_by_http2,
};

constexpr unsigned kIsFrameNext = 1;
constexpr unsigned kHasDigest = 2;
constexpr int kMostErrors = 200;

// Names of errors live as long as the reports that hold them.
std::string_view error_name(std::string_view text) {
  for (int number = 1; number < kMostErrors; ++number) {
    const char* const name = strerrorname_np(number);
    if (name != nullptr && text == name) return name;
  }
  return {};
}

// But for the products: places in a catalogue mean something only with that catalogue.
constexpr auto kKeptTexts = std::to_array<Text>(
    {Text::client, Text::server, Text::host, Text::path, Text::subprotocol, Text::extensions,
     Text::user_agent, Text::origin, Text::forwarded_for, Text::request_via, Text::trace_id,
     Text::user, Text::response_server, Text::response_via, Text::upstream});
static_assert(kKeptTexts.size() + 2 == static_cast<std::size_t>(Text::upstream) + 1);

class Appending {
 public:
  explicit Appending(std::string& body) : out_(body) {}

  void operator()(const BytesRelayed& input) {
    kind(input.direction == Direction::client_to_server ? Kind::bytes_of_client
                                                        : Kind::bytes_of_server);
    out_.text(as_text(input.bytes));
  }
  void operator()(const BytesMissed& input) {
    kind(input.direction == Direction::client_to_server ? Kind::missed_of_client
                                                        : Kind::missed_of_server);
    out_.varint(input.count);
    out_.byte((input.is_frame_next ? kIsFrameNext : 0) | (input.digest ? kHasDigest : 0));
    if (input.digest) out_.fixed(*input.digest, 8);
  }
  void operator()(const HeadRelayed& input) {
    kind(input.direction == Direction::client_to_server ? Kind::head_of_client
                                                        : Kind::head_of_server);
    out_.text(input.text);
  }
  void operator()(const UpstreamConnected& input) {
    kind(Kind::upstream_connected);
    out_.text(input.address);
    out_.text(input.upstream);
  }
  void operator()(const ConnectFailed& input) {
    kind(Kind::connect_failed);
    out_.text(input.address);
    out_.text(input.error);
  }
  void operator()(const ClientNamed& input) {
    kind(Kind::client_named);
    out_.text(input.address);
  }
  void operator()(const TlsEstablished& input) {
    kind(Kind::tls_established);
    out_(input.peer);
    kTlsLeg(out_, *input.leg);
    out_(input.bytes_from_peer);
  }
  void operator()(const TlsFailed& input) {
    kind(Kind::tls_failed);
    out_(input.peer);
    kTlsLeg(out_, *input.leg);
    kTlsFailure(out_, *input.failure);
  }
  void operator()(const StreamEnded& input) {
    kind(input.http2_error.empty() ? Kind::stream_ended : Kind::stream_ended_by_http2);
    out_(input.endpoint);
    out_(input.how);
    if (!input.http2_error.empty()) out_.text(input.http2_error);
  }
  void operator()(const TransportSampled& input) {
    kind(Kind::transport_sampled);
    out_(input.endpoint);
    out_(input.facts.rtt_ms);
    out_(input.facts.retransmits);
    out_(input.facts.unacked_bytes);
    out_.text(input.facts.error);
  }
  void operator()(const RelaySampled& input) {
    kind(Kind::relay_sampled);
    out_(input.direction);
    out_(input.pending_max);
    out_(static_cast<std::int64_t>(input.stalled.count()));
  }
  void operator()(const PatternsKnown& input) {
    kind(Kind::patterns_known);
    kPatterns(out_, input.patterns);
  }
  void operator()(const TextsKnown& input) {
    kind(Kind::texts_known);
    for (const Text which : kKeptTexts) {
      const auto text = (*input.texts)[which];
      out_(text.has_value());
      if (text) out_.text(*text);
    }
  }
  void operator()(const GivenUp&) { kind(Kind::given_up); }
  void operator()(const Finished&) {}  // a block of its own

 private:
  void kind(Kind kind) { out_.byte(static_cast<unsigned>(kind)); }

  Encoder out_;
};

// Reads bodies; each returns whether that was possible, and then has called `take`.
class Reading {
 public:
  Reading(Decoder& in, const std::function<void(const Input&)>& take) : in_(in), take_(take) {}

  bool read(Kind kind) {
    switch (kind) {
      case Kind::bytes_of_client:
        return bytes(Direction::client_to_server);
      case Kind::bytes_of_server:
        return bytes(Direction::server_to_client);
      case Kind::missed_of_client:
        return missed(Direction::client_to_server);
      case Kind::missed_of_server:
        return missed(Direction::server_to_client);
      case Kind::upstream_connected: {
        const std::string_view address = in_.text();
        return give(UpstreamConnected{.address = address, .upstream = in_.text()});
      }
      case Kind::connect_failed: {
        const std::string_view address = in_.text();
        return give(ConnectFailed{.address = address, .error = in_.text()});
      }
      case Kind::client_named:
        return give(ClientNamed{.address = in_.text()});
      case Kind::tls_established:
        return tls_established();
      case Kind::tls_failed:
        return tls_failed();
      case Kind::stream_ended:
        return stream_ended();
      case Kind::transport_sampled:
        return transport();
      case Kind::relay_sampled:
        return relay();
      case Kind::patterns_known: {
        PatternsKnown known{};
        kPatterns(in_, known.patterns);
        return give(known);
      }
      case Kind::texts_known:
        return texts();
      case Kind::given_up:
        return give(GivenUp{});
      case Kind::head_of_client:
        return give(HeadRelayed{.direction = Direction::client_to_server, .text = in_.text()});
      case Kind::head_of_server:
        return give(HeadRelayed{.direction = Direction::server_to_client, .text = in_.text()});
      case Kind::stream_ended_by_http2:
        return stream_ended_by_http2();
    }
    return false;
  }

 private:
  bool give(const Input& input) {
    if (in_.has_failed()) return false;
    take_(input);
    return true;
  }
  template <typename Enum>
  Enum one_of(Enum last) {
    const std::uint64_t value = in_.varint();
    if (value > static_cast<std::uint64_t>(last)) in_.fail();
    return static_cast<Enum>(in_.has_failed() ? 0 : value);
  }
  Endpoint endpoint() { return one_of(Endpoint::server); }

  bool bytes(Direction direction) {
    return give(BytesRelayed{.direction = direction, .bytes = as_bytes(in_.text())});
  }
  bool missed(Direction direction) {
    BytesMissed missed{.direction = direction, .count = in_.varint()};
    const unsigned flags = in_.byte();
    missed.is_frame_next = (flags & kIsFrameNext) != 0;
    if ((flags & kHasDigest) != 0) missed.digest = in_.fixed(8);
    return give(missed);
  }
  bool tls_leg(TlsLeg& leg) {
    kTlsLeg(in_, leg);
    return !in_.has_failed() && leg.handling <= TlsHandling::decrypted &&
           leg.certificate_fault <= CertificateFault::other &&
           leg.last_record <= tls::LastRecord::other;
  }
  bool tls_established() {
    const Endpoint peer = endpoint();
    TlsLeg leg;
    if (!tls_leg(leg)) return false;
    std::uint64_t bytes = 0;
    in_(bytes);
    return give(TlsEstablished{.peer = peer, .leg = &leg, .bytes_from_peer = bytes});
  }
  bool tls_failed() {
    const Endpoint peer = endpoint();
    TlsLeg leg;
    TlsFailure failure;
    if (!tls_leg(leg)) return false;
    kTlsFailure(in_, failure);
    if (failure.fault > TlsFault::other) return false;
    return give(TlsFailed{.peer = peer, .leg = &leg, .failure = &failure});
  }
  bool stream_ended() {
    const Endpoint who = endpoint();
    return give(StreamEnded{.endpoint = who, .how = one_of(EndKind::error)});
  }
  bool stream_ended_by_http2() {
    const Endpoint who = endpoint();
    const auto how = one_of(EndKind::error);
    return give(StreamEnded{
        .endpoint = who, .how = how, .http2_error = http2::known_error_name(in_.text())});
  }
  bool transport() {
    TransportSampled sampled{.endpoint = endpoint(), .facts = {}};
    in_(sampled.facts.rtt_ms);
    in_(sampled.facts.retransmits);
    in_(sampled.facts.unacked_bytes);
    sampled.facts.error = error_name(in_.text());
    return give(sampled);
  }
  bool relay() {
    RelaySampled sampled{
        .direction = one_of(Direction::server_to_client), .pending_max = 0, .stalled = {}};
    in_(sampled.pending_max);
    std::int64_t stalled = 0;
    in_(stalled);
    sampled.stalled = std::chrono::microseconds(stalled);
    return give(sampled);
  }
  bool texts() {
    Texts texts;
    for (const Text which : kKeptTexts) {
      if (in_.byte() != 0) texts.set(which, in_.text());
    }
    return give(TextsKnown{.texts = &texts});
  }

  Decoder& in_;
  const std::function<void(const Input&)>& take_;
};

}  // namespace

void append_input(const session::Input& input, std::string& body) {
  std::visit(Appending(body), input);
}

void write_entry(std::string_view body, std::uint64_t microseconds, std::string& out) {
  Encoder encoder(out);
  encoder.byte(static_cast<unsigned char>(body.front()));
  encoder.varint(microseconds);
  out += body.substr(1);
}

EntryHead read_entry_head(Decoder& decoder) {
  const unsigned kind = decoder.byte();
  return {.kind = kind, .microseconds = decoder.varint()};
}

bool read_input(const EntryHead& head, Decoder& decoder,
                const std::function<void(const session::Input&)>& take) {
  if (decoder.has_failed() || head.kind > static_cast<unsigned>(Kind::stream_ended_by_http2))
    return false;
  return Reading(decoder, take).read(static_cast<Kind>(head.kind));
}

}  // namespace lastframe::capture
