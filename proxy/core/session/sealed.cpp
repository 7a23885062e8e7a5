#include "core/session/sealed.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/words.h"
#include "core/tls/names.h"
#include "core/tls/wire.h"

namespace lastframe::session {
namespace {

using tls::LastRecord;
using tls::PassingTls;
using tls::SideSeen;
using tls::StreamState;

// A server of TLS 1.3 judges a client's certificate when the client believes to be through. An end
// that comes later than this has other reasons.
constexpr std::chrono::seconds kJudgement{2};

constexpr std::size_t kMostListed = 16;
constexpr std::size_t kMostCiphers = 64;

template <typename Value>
std::vector<Value> first_of(const std::vector<Value>& values, std::size_t most) {
  const auto size = static_cast<std::ptrdiff_t>(std::min(values.size(), most));
  return {values.begin(), values.begin() + size};
}

const SideSeen& side_of(const PassingTls& seen, Endpoint endpoint) {
  return seen.sides[index(endpoint)];
}

std::optional<TlsAlert> alert_of(const SideSeen& side) {
  if (!side.alert) return std::nullopt;
  return TlsAlert{.number = side.alert->number, .is_fatal = side.alert->is_fatal};
}

// An alert that cannot be read, or what may be one.
std::string_view words_for(LastRecord record) {
  switch (record) {
    case LastRecord::encrypted_alert:
      return "an encrypted alert";
    case LastRecord::possibly_alert:
      return "possibly an encrypted alert";
    case LastRecord::none:
    case LastRecord::clear_alert:
    case LastRecord::other:
      break;
  }
  return "";
}

TlsFault fault_of(const StreamEnd* end) {
  if (end == nullptr) return TlsFault::other;
  switch (end->how) {
    case EndKind::fin:
    case EndKind::tls_truncated:
      return TlsFault::ended;
    case EndKind::reset:
      return TlsFault::reset;
    case EndKind::timeout:
      return TlsFault::timed_out;
    case EndKind::proxy_shutdown:
    case EndKind::error:
      break;
  }
  return TlsFault::other;
}

// The first line, for what is behind it was meant for the client only.
std::string shown(std::string_view first_bytes) {
  const std::string_view line = first_bytes.substr(0, first_bytes.find_first_of("\r\n"));
  std::string text;
  for (const char c : line) {
    const std::string next = printable({&c, 1});
    if (text.size() + next.size() > tls::kMostFirstBytes) break;
    text += next;
  }
  return text;
}

}  // namespace

bool Sealed::can_begin(ByteView bytes) {
  return !bytes.empty() &&
         bytes.front() == std::byte{std::to_underlying(tls::RecordType::handshake)};
}

void Sealed::take(Direction direction, ByteView bytes, Moment now) {
  const SideSeen& side = side_of(watch_.seen(), sender(direction));
  const std::uint64_t before = side.data_bytes;
  watch_.feed(direction, bytes);
  if (side.data_bytes > before) last_byte_at_[index(sender(direction))] = now;
  if (!opened_ && watch_.seen().is_handshake_over) opened_ = now;
}

std::optional<Moment> Sealed::last_byte_at(Endpoint sender) const {
  return last_byte_at_[index(sender)];
}

bool Sealed::is_mistaken() const {
  return watch_.seen().client_hello_state == tls::HelloState::not_tls;
}

bool Sealed::has_plain_answer() const {
  const PassingTls& seen = watch_.seen();
  return side_of(seen, Endpoint::server).state == StreamState::not_tls &&
         side_of(seen, Endpoint::client).state == StreamState::records;
}

std::uint64_t Sealed::bytes(Endpoint sender) const { return side_of(watch_.seen(), sender).bytes; }

std::array<TlsLeg, 2> Sealed::legs() const {
  const PassingTls& seen = watch_.seen();
  TlsLeg leg;
  leg.handling = TlsHandling::passed_through;
  leg.server_name = seen.client_hello.server_name;
  for (const std::string& protocol : first_of(seen.client_hello.alpn, kMostListed)) {
    leg.offered_alpn.push_back(printable(protocol));
  }
  leg.offered_versions = first_of(seen.client_hello.versions, kMostListed);
  leg.offered_ciphers = first_of(seen.client_hello.ciphers, kMostCiphers);
  if (seen.server_hello && !seen.server_hello->is_retry) {
    leg.version = seen.server_hello->version;
    leg.cipher = tls::cipher_name(seen.server_hello->cipher);
    leg.alpn = printable(seen.server_hello->alpn);
  }
  std::array<TlsLeg, 2> legs{leg, leg};
  legs[index(Endpoint::server)].chain_length = seen.chain_length;
  for (const Endpoint endpoint : kEndpoints) {
    const SideSeen& side = side_of(seen, endpoint);
    legs[index(endpoint)].alert = alert_of(side);
    legs[index(endpoint)].last_record = side.last_record;
    legs[index(endpoint)].is_cut = side.is_mid_record;
  }
  return legs;
}

// Who said that it does not go on, before it came to an end of a stream.
std::optional<Endpoint> Sealed::refuser() const {
  const PassingTls& seen = watch_.seen();
  const auto has_fatal = [&](Endpoint endpoint) {
    const auto& alert = side_of(seen, endpoint).alert;
    return alert && alert->is_fatal;
  };
  for (const Endpoint endpoint : {Endpoint::server, Endpoint::client}) {
    if (has_fatal(endpoint)) return endpoint;
  }
  for (const Endpoint endpoint : kEndpoints) {
    if (!words_for(side_of(seen, endpoint).last_record).empty()) return endpoint;
  }
  return std::nullopt;
}

// Behind its first records nothing came of the server but what may be an alert, and soon.
bool Sealed::is_refused_after_handshake(const SessionReport& report) const {
  const SideSeen& server = side_of(watch_.seen(), Endpoint::server);
  const bool is_all = server.last_record == LastRecord::possibly_alert &&
                      server.application_bytes <= tls::kLongestSealedAlert;
  return is_all && opened_ && server.application_bytes > 0 && !report.stream_ends.empty() &&
         report.stream_ends.front().at - *opened_ <= kJudgement;
}

std::optional<TlsFailureSeen> Sealed::failure(const SessionReport& report) const {
  const PassingTls& seen = watch_.seen();
  const bool is_late = is_refused_after_handshake(report);
  if (seen.is_handshake_over && !is_late) return std::nullopt;
  const StreamEnd* end = report.stream_ends.empty() ? nullptr : &report.stream_ends.front();
  TlsFailureSeen failure;
  failure.at = end != nullptr ? end->at : report.ended;
  TlsFailure& facts = failure.facts;
  facts.fault = fault_of(end);
  facts.is_after_handshake = is_late;
  failure.peer = end != nullptr ? end->endpoint : Endpoint::client;
  if (has_plain_answer()) {
    failure.peer = Endpoint::server;
    const bool is_http = seen.first_bytes.starts_with("HTTP/");
    facts.fault = is_http ? TlsFault::plain_http : TlsFault::not_tls;
    facts.first_bytes = shown(seen.first_bytes);
  } else if (is_late) {
    failure.peer = Endpoint::server;
  } else if (const auto side = refuser()) {
    failure.peer = *side;
  }
  const SideSeen& peer = side_of(seen, failure.peer);
  facts.received = alert_of(peer);
  if (facts.received && facts.received->is_fatal) facts.fault = TlsFault::alert_received;
  facts.detail = words_for(peer.last_record);
  const bool is_broken =
      peer.state == StreamState::lost ||
      (failure.peer == Endpoint::client && seen.client_hello_state == tls::HelloState::malformed);
  if (is_broken && !facts.received) facts.fault = TlsFault::malformed;
  facts.bytes_from_peer = peer.bytes;
  return failure;
}

}  // namespace lastframe::session
