#include "capture/tls_sink.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "capture/held_input.h"
#include "capture/packet_fields.h"

namespace lastframe::capture {
namespace {

using session::BytesMissed;
using session::BytesRelayed;
using session::EndKind;
using session::StreamEnded;

// What OpenSSL and we keep for a connection.
constexpr std::size_t kForEach = 4096;

// Whether a stream that begins so may be TLS from its first record on.
bool may_begin_tls(ByteView bytes) {
  return byte_at(bytes, 0) == 0x16 && (bytes.size() < 2 || byte_at(bytes, 1) == 3);
}

// Whether these bytes can be a later record: of application data, and of TLS 1.2 or 1.3.
bool may_be_within_tls(ByteView bytes) {
  constexpr std::string_view kStart("\x17\x03\x03", 3);
  return bytes.size() >= tls::kRecordHeader && as_text(bytes).starts_with(kStart) &&
         number_at<std::uint16_t>(bytes, 3) <= tls::kLongestFragment;
}

}  // namespace

struct TlsSink::Connection {
  std::uint64_t id;
  std::string name;                             // both ends
  std::unique_ptr<TlsDecryption> decryption{};  // null: no byte has come
  std::vector<HeldInput> held{};
  std::size_t held_bytes = 0;
  std::size_t counted = 0;          // in TlsSink::held_
  std::array<bool, 2> has_ended{};  // by Endpoint: and it was told
  bool joined_late = false;
  bool waits_for_key = false;
  bool is_over = false;  // nothing more of it comes to this sink
};

// Tells what a decryption finds.
class TlsSink::Teller final : public TlsDecryptionEvents {
 public:
  Teller(TlsSink& sink, Connection& connection, Moment now)
      : sink_(sink), connection_(connection), now_(now) {}

  void on_established(const std::array<session::TlsLeg, 2>& legs,
                      const std::array<std::uint64_t, 2>& bytes) override {
    // In the order in which a proxy speaks to both.
    for (const Endpoint peer : {Endpoint::server, Endpoint::client}) {
      tell(session::TlsEstablished{
          .peer = peer, .leg = &legs[index(peer)], .bytes_from_peer = bytes[index(peer)]});
    }
  }
  void on_text(Direction direction, ByteView text) override {
    tell(BytesRelayed{.direction = direction, .bytes = text});
  }
  void on_lost_text(Direction direction, std::uint64_t count) override {
    if (connection_.has_ended[index(sender(direction))]) return;
    tell(BytesMissed{.direction = direction, .count = count});
  }
  void on_close_notify(Endpoint sender) override { end(sender, EndKind::fin); }
  void on_fatal_alert(Endpoint sender, std::uint8_t number, const session::TlsLeg& leg,
                      std::uint64_t bytes) override {
    const session::TlsFailure failure{
        .fault = session::TlsFault::alert_received,
        .received = session::TlsAlert{.number = number, .is_fatal = true},
        .bytes_from_peer = bytes,
        .is_after_handshake = connection_.decryption->is_established()};
    tell(session::TlsFailed{.peer = sender, .leg = &leg, .failure = &failure});
    end(sender, EndKind::error);
  }
  void on_blind(Direction direction, std::string_view why) override {
    sink_.sink_.on_flaw({.kind = FlawKind::not_decrypted,
                         .connection = connection_.id,
                         .direction = direction,
                         .text = connection_.name + ": from here on what the " +
                                 std::string(name(sender(direction))) +
                                 " says is not decrypted: " + std::string(why)});
  }

 private:
  void tell(const session::Input& input) { sink_.sink_.on_input(connection_.id, now_, input); }
  void end(Endpoint endpoint, EndKind how) {
    connection_.has_ended[index(endpoint)] = true;
    tell(StreamEnded{.endpoint = endpoint, .how = how});
  }

  TlsSink& sink_;
  Connection& connection_;
  Moment now_;
};

TlsSink::TlsSink(InputSink& sink, TlsKeyLogs& logs, const TlsLimits& limits)
    : sink_(sink), logs_(logs), limits_(limits) {}
TlsSink::~TlsSink() = default;

void TlsSink::on_start(const ConnectionStart& start) {
  sink_.on_start(start);
  connections_.emplace(
      start.id,
      std::make_unique<Connection>(Connection{
          .id = start.id, .name = std::string(start.client).append(" to ").append(start.server)}));
}

void TlsSink::on_input(std::uint64_t id, Moment now, const session::Input& input) {
  const auto found = connections_.empty() ? connections_.end() : connections_.find(id);
  if (found == connections_.end()) return sink_.on_input(id, now, input);
  Connection& connection = *found->second;
  if (!connection.decryption && comes_before_bytes(input)) return sink_.on_input(id, now, input);
  if (takes(connection, input)) {
    take(connection, now, input);
    count(connection);
  } else {
    connection.is_over = true;
    sink_.on_input(id, now, input);
  }
  if (!connection.is_over && !std::holds_alternative<session::Finished>(input)) return;
  forget(connection);
  connections_.erase(found);
}

void TlsSink::on_flaw(const Flaw& flaw) {
  const auto found = flaw.connection ? connections_.find(*flaw.connection) : connections_.end();
  if (found != connections_.end() && flaw.kind == FlawKind::joined_late) {
    found->second->joined_late = true;
  }
  if (found != connections_.end() && flaw.kind == FlawKind::still_open) {
    Connection& connection = *found->second;
    if (connection.decryption && !connection.decryption->has_begun()) release(connection);
    forget(connection);
    connections_.erase(found);
  }
  sink_.on_flaw(flaw);
}

// Whether the connection may be in TLS, by its first bytes.
bool TlsSink::takes(Connection& connection, const session::Input& input) {
  if (connection.decryption) return true;
  const auto* relayed = std::get_if<BytesRelayed>(&input);
  if (relayed == nullptr) return false;
  if (!may_begin_tls(relayed->bytes)) {
    if (connection.joined_late && may_be_within_tls(relayed->bytes)) {
      say_why(connection, "the capture begins behind its handshake");
    }
    return false;
  }
  connection.decryption = std::make_unique<TlsDecryption>(logs_, budget_);
  return true;
}

void TlsSink::take(Connection& connection, Moment now, const session::Input& input) {
  if (connection.decryption->has_begun()) return advance(connection, now, input);
  hold(connection, now, input);
  if (connection.waits_for_key) {
    if (connection.decryption->has_secret_come()) try_again(connection);
  } else {
    advance(connection, now, input);
  }
  if (connection.decryption->has_begun()) return;
  const bool is_last = std::holds_alternative<session::Finished>(input);
  const bool is_hopeless = !connection.decryption->obstacle().empty();
  if (is_hopeless && !is_last && connection.decryption->lacks_secret() && logs_.may_grow()) {
    connection.waits_for_key = true;
  }
  const bool is_too_much = connection.held_bytes > limits_.held_of_one || held_ > limits_.held;
  if (is_last || is_too_much || (is_hopeless && !connection.waits_for_key)) release(connection);
}

// What an input is to a connection whose decryption goes on. Ends that come before anything was
// told are told behind it.
void TlsSink::advance(Connection& connection, Moment now, const session::Input& input) {
  TlsDecryption& decryption = *connection.decryption;
  const bool had_begun = decryption.has_begun();
  Teller teller(*this, connection, now);
  if (const auto* relayed = std::get_if<BytesRelayed>(&input)) {
    decryption.take(relayed->direction, relayed->bytes, now, teller);
  } else if (const auto* missed = std::get_if<BytesMissed>(&input)) {
    decryption.miss(missed->direction, missed->count, teller);
  } else if (had_begun) {
    if (const auto* ended = std::get_if<StreamEnded>(&input)) {
      end_stream(connection, now, *ended);
    } else {
      sink_.on_input(connection.id, now, input);
    }
  }
  if (had_begun || !decryption.has_begun()) return;
  for (const HeldInput& held : std::exchange(connection.held, {})) {
    if (const auto* ended = std::get_if<StreamEnded>(&held.input())) {
      end_stream(connection, now, *ended);
    }
  }
  connection.held_bytes = 0;
}

void TlsSink::end_stream(Connection& connection, Moment now, const StreamEnded& end) {
  bool& has_ended = connection.has_ended[index(end.endpoint)];
  Teller teller(*this, connection, now);
  // A FIN behind close_notify is no news; a reset is.
  const bool is_bare =
      connection.decryption->conclude(direction_from(end.endpoint), teller) && !has_ended;
  if (end.how == EndKind::fin && has_ended) return;
  has_ended = true;
  const EndKind how = end.how == EndKind::fin && is_bare ? EndKind::tls_truncated : end.how;
  sink_.on_input(connection.id, now, StreamEnded{.endpoint = end.endpoint, .how = how});
}

void TlsSink::hold(Connection& connection, Moment now, const session::Input& input) {
  connection.held.emplace_back(now, input);
  connection.held_bytes += connection.held.back().size();
}

// From the beginning, as if the secret had been there.
void TlsSink::try_again(Connection& connection) {
  connection.waits_for_key = false;
  connection.decryption = std::make_unique<TlsDecryption>(logs_, budget_);
  auto all = std::exchange(connection.held, {});
  connection.held_bytes = 0;
  for (const HeldInput& held : all) {
    if (!connection.decryption->has_begun()) hold(connection, held.at(), held.input());
    advance(connection, held.at(), held.input());
  }
}

// It stays as it is.
void TlsSink::release(Connection& connection) {
  const TlsDecryption& decryption = *connection.decryption;
  connection.is_over = true;
  if (!decryption.obstacle().empty()) {
    say_why(connection, decryption.obstacle());
  } else if (connection.held_bytes > limits_.held_of_one || held_ > limits_.held) {
    say_why(connection, "its handshake is too long, or too many are to be decrypted at once");
  } else if (decryption.has_skipped()) {
    say_why(connection, "the secrets of the key log do not open its records: a MAC is wrong");
  }
  for (const HeldInput& held : std::exchange(connection.held, {})) {
    sink_.on_input(connection.id, held.at(), held.input());
  }
}

void TlsSink::count(Connection& connection) {
  std::size_t now = connection.held_bytes + kForEach;
  if (connection.decryption) now += connection.decryption->memory();
  held_ += now - connection.counted;
  connection.counted = now;
}

void TlsSink::forget(Connection& connection) { held_ -= std::exchange(connection.counted, 0); }

void TlsSink::say_why(const Connection& connection, std::string_view why) {
  sink_.on_flaw({.kind = FlawKind::not_decrypted,
                 .connection = connection.id,
                 .text = connection.name + " is not decrypted: " + std::string(why)});
}

}  // namespace lastframe::capture
