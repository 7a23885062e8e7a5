#include "capture/tls_decryption.h"

#include <algorithm>
#include <utility>

#include "core/base/words.h"
#include "core/tls/hello_parts.h"
#include "core/tls/names.h"
#include "core/tls/server_hello.h"

namespace lastframe::capture {
namespace {

using tls::MessageType;
using tls::RecordType;

constexpr std::uint8_t kCloseNotify = tls::alert_number("close_notify");
constexpr std::uint8_t kUserCanceled = tls::alert_number("user_canceled");
constexpr std::size_t kAlert = 2;  // bytes: level, number
constexpr std::byte kFatal{2};

constexpr std::string_view kNoHandshake =
    "packets of its handshake are missing from the capture, or it begins behind them";

}  // namespace

void TlsDecryption::take(Direction direction, ByteView bytes, Moment now,
                         TlsDecryptionEvents& events) {
  Side& side = side_of(direction);
  if (side.is_over || !obstacle_.empty()) return;
  side.bytes += bytes.size();
  if (facts_) facts_->take(direction, bytes, now);
  side.direction.add(bytes);
  if (side.is_stalled) {
    side.direction.keep();
  } else {
    run(direction, events);
  }
  const Direction back = direction_from(receiver(direction));
  if (version_ == 0 || !side_of(back).is_stalled) return;
  side_of(back).is_stalled = false;
  if (version_ >= tls::kTls13) side_of(back).direction.unseal();
  run(back, events);
}

void TlsDecryption::miss(Direction direction, std::uint64_t count, TlsDecryptionEvents& events) {
  Side& side = side_of(direction);
  if (side.is_over || !obstacle_.empty()) return;
  if (side.stage == Stage::clear || side.is_stalled) {
    give_up(std::string(kNoHandshake));
    return;
  }
  side.messages.lose();
  side.direction.miss(count);
  run(direction, events);
}

bool TlsDecryption::conclude(Direction direction, TlsDecryptionEvents& events) {
  Side& side = side_of(direction);
  if (side.is_over) return false;
  const bool is_clear = side.direction.is_clear();
  const std::uint64_t lost = side.direction.conclude();
  if (lost > 0 && is_established_) events.on_lost_text(direction, lost);
  return is_clear;
}

void TlsDecryption::run(Direction direction, TlsDecryptionEvents& events) {
  Side& side = side_of(direction);
  const auto later = [this, direction] { return later_keys(direction); };
  while (!side.is_over) {
    const auto step = side.direction.next(budget_, later);
    if (!step) return;
    if (!heed(direction, *step, events)) return side.direction.keep();
  }
}

// Whether to go on.
bool TlsDecryption::heed(Direction direction, const TlsStep& step, TlsDecryptionEvents& events) {
  Side& side = side_of(direction);
  if (const auto* opened = std::get_if<Opened>(&step)) {
    take_opened(direction, *opened, events);
  } else if (const auto* record = std::get_if<ClearRecord>(&step)) {
    take_clear(direction, *record, events);
  } else if (const auto* lost = std::get_if<LostText>(&step)) {
    if (is_established_) events.on_lost_text(direction, lost->count);
  } else if (const auto* blind = std::get_if<TurnsBlind>(&step)) {
    turn_blind(direction, blind->why, events);
  } else {
    if (version_ == 0 && has_client_hello_) {
      side.is_stalled = true;
      return false;
    }
    if (find_keys(direction)) return true;
    if (is_established_) {
      turn_blind(direction, "the key log lacks secrets that it needs from here on", events);
    }
  }
  return obstacle_.empty() && !side.is_stalled;
}

void TlsDecryption::turn_blind(Direction direction, std::string_view why,
                               TlsDecryptionEvents& events) {
  if (!is_established_) {
    give_up(std::string(why));
  } else {
    events.on_blind(direction, why);
  }
}

void TlsDecryption::take_clear(Direction direction, const ClearRecord& record,
                               TlsDecryptionEvents& events) {
  switch (record.type) {
    case RecordType::handshake:
      return take_messages(direction, record.fragment, events);
    case RecordType::change_cipher_spec:
      // In TLS 1.3 it means nothing (RFC 8446 appendix D.4). Where the server's hello comes later
      // in the capture, what follows waits for it.
      if (version_ < tls::kTls13) side_of(direction).direction.seal();
      return;
    case RecordType::alert:
      // Before there are keys it is for those who read what passes sealed.
      if (is_established_) take_alert(direction, record.fragment, events);
      return;
    case RecordType::application_data:
    case RecordType::heartbeat:
      return;
  }
}

void TlsDecryption::take_opened(Direction direction, const Opened& opened,
                                TlsDecryptionEvents& events) {
  Side& side = side_of(direction);
  if (opened.is_by_later_keys && !advance(direction)) return;
  switch (opened.record.type) {
    case RecordType::handshake:
      return take_messages(direction, opened.record.content, events);
    case RecordType::change_cipher_spec:
      // The end of a renegotiation.
      if (version_ < tls::kTls13) side.direction.seal();
      return;
    case RecordType::alert:
      return take_alert(direction, opened.record.content, events);
    case RecordType::application_data:
      establish(events);
      if (!opened.record.content.empty()) events.on_text(direction, opened.record.content);
      return;
    case RecordType::heartbeat:
      return;
  }
}

void TlsDecryption::take_messages(Direction direction, ByteView bytes,
                                  TlsDecryptionEvents& events) {
  tls::MessageReader& messages = side_of(direction).messages;
  while (const auto message = messages.next(bytes)) take_message(direction, *message, events);
}

void TlsDecryption::take_message(Direction direction, const tls::HandshakeMessage& message,
                                 TlsDecryptionEvents& events) {
  const bool is_of_client = direction == Direction::client_to_server;
  const bool is_tls13 = version_ >= tls::kTls13;
  switch (message.type) {
    case MessageType::client_hello:
      if (is_of_client && message.is_whole) take_client_hello(message.body);
      return;
    case MessageType::server_hello:
      if (!is_of_client && message.is_whole) take_server_hello(message.body);
      return;
    case MessageType::encrypted_extensions:
      if (!is_of_client && is_tls13 && message.is_whole) {
        alpn_ = tls::protocol_in_encrypted_extensions(message.body);
      }
      return;
    case MessageType::new_session_ticket:
      if (is_of_client || is_tls13 || !message.is_whole) return;
      if (const auto secret = master()) {
        logs_.keys().remember_session(tls::new_ticket(message.body), *secret);
      }
      return;
    case MessageType::finished:
      return take_finished(direction, events);
    case MessageType::key_update:
      if (side_of(direction).stage != Stage::traffic || !is_tls13) return;
      if (auto keys = later_keys(direction)) {
        side_of(direction).direction.use(std::move(keys));
        advance(direction);
      }
      return;
    case MessageType::end_of_early_data:
    case MessageType::certificate:
      return;
  }
}

void TlsDecryption::take_client_hello(ByteView body) {
  const auto parts = tls::client_hello_parts(body);
  if (!parts) return;
  has_client_hello_ = true;
  std::ranges::copy(parts->random, client_random_.begin());
  session_id_ = as_text(parts->session_id);
  ticket_ = as_text(parts->ticket.first(std::min(parts->ticket.size(), TlsKeys::kLongestName)));
}

void TlsDecryption::take_server_hello(ByteView body) {
  const auto hello = tls::read_server_hello(body);
  const auto parts = tls::server_hello_parts(body);
  if (!hello || !parts) return;
  if (!has_client_hello_) {
    give_up(std::string(kNoHandshake));
    return;
  }
  std::ranges::copy(parts->random, server_random_.begin());
  version_ = hello->version;
  cipher_ = hello->cipher;
  encrypts_then_macs_ = parts->has_encrypt_then_mac;
  named_session_ = as_text(parts->session_id);
}

void TlsDecryption::take_finished(Direction direction, TlsDecryptionEvents& events) {
  Side& side = side_of(direction);
  if (side.stage == Stage::clear) return;
  side.is_finished = true;
  if (version_ >= tls::kTls13 && side.stage == Stage::handshake) {
    side.stage = Stage::traffic;
    side.secret = {};
    side.direction.drop_keys();
  }
  if (sides_[0].is_finished && sides_[1].is_finished) establish(events);
}

// RFC 8446 section 6: there all alerts but two end the connection, whatever their level says.
void TlsDecryption::take_alert(Direction direction, ByteView alert, TlsDecryptionEvents& events) {
  if (alert.size() != kAlert) return;
  const auto number = std::to_integer<std::uint8_t>(alert[1]);
  Side& side = side_of(direction);
  if (number == kCloseNotify) {
    if (!is_established_) return;
    side.is_over = true;
    events.on_close_notify(sender(direction));
    return;
  }
  const bool is_fatal = alert[0] == kFatal || (version_ >= tls::kTls13 && number != kUserCanceled);
  if (!is_fatal) return;
  side.is_over = true;
  is_refused_ = is_refused_ || !is_established_;
  events.on_fatal_alert(sender(direction), number, legs()[index(sender(direction))], side.bytes);
}

void TlsDecryption::establish(TlsDecryptionEvents& events) {
  if (is_established_) return;
  is_established_ = true;
  events.on_established(legs(), {sides_[0].bytes, sides_[1].bytes});
  facts_.reset();
}

std::array<session::TlsLeg, 2> TlsDecryption::legs() const {
  std::array<session::TlsLeg, 2> legs = facts_ ? facts_->legs() : std::array<session::TlsLeg, 2>();
  for (session::TlsLeg& leg : legs) {
    leg.handling = session::TlsHandling::decrypted;
    leg.version = version_;
    leg.cipher = tls::cipher_name(cipher_);
    if (!alpn_.empty()) leg.alpn = printable(alpn_);
    leg.alert.reset();
    leg.last_record = tls::LastRecord::none;
    leg.is_cut = false;
  }
  return legs;
}

std::size_t TlsDecryption::memory() const {
  std::size_t memory = 0;
  for (const Side& side : sides_) memory += side.direction.memory() + side.messages.held();
  return memory;
}

}  // namespace lastframe::capture
