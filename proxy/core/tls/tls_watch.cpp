#include "core/tls/tls_watch.h"

#include <algorithm>
#include <utility>

#include "core/tls/fields.h"
#include "core/tls/wire.h"

namespace lastframe::tls {
namespace {

// With the short tag of RFC 6655 section 6.1.
constexpr std::uint16_t kSealedAlertOfCcm8 = 2 + 1 + 8;

constexpr std::uint16_t kClearAlert = 2;

bool is_sized_like_alert(std::uint16_t length) {
  return length == kLongestSealedAlert || length == kSealedAlertOfCcm8;
}

// Of a message's header, which is there.
MessageType type_of(const std::vector<std::byte>& message) {
  return static_cast<MessageType>(message.front());
}
std::size_t length_in(const std::vector<std::byte>& message) {
  return Fields(ByteView(message).subspan(1)).number(3);
}

bool is_kept(const std::vector<std::byte>& message) {
  const MessageType type = type_of(message);
  const bool is_read = type == MessageType::server_hello || type == MessageType::certificate;
  return is_read && kMessageHeader + length_in(message) <= kLongestMessage;
}

}  // namespace

std::string_view name(LastRecord record) {
  switch (record) {
    case LastRecord::none:
      return "none";
    case LastRecord::clear_alert:
      return "clear_alert";
    case LastRecord::encrypted_alert:
      return "encrypted_alert";
    case LastRecord::possibly_alert:
      return "possibly_alert";
    case LastRecord::other:
      return "other";
  }
  return "none";
}

void TlsWatch::feed(Direction direction, ByteView bytes) {
  const Endpoint from = sender(direction);
  seen_.sides[index(from)].bytes += bytes.size();
  if (from == Endpoint::client) {
    keep_client_hello(bytes);
  } else {
    keep_first_bytes(bytes);
  }
  read_records(from, bytes);
}

void TlsWatch::keep_client_hello(ByteView bytes) {
  if (seen_.client_hello_state != HelloState::incomplete) return;
  const ByteView kept =
      bytes.first(std::min(bytes.size(), kLongestHello - client_beginning_.size()));
  client_beginning_.insert(client_beginning_.end(), kept.begin(), kept.end());
  HelloRead read = read_client_hello(client_beginning_);
  if (read.state == HelloState::incomplete) return;
  seen_.client_hello_state = read.state;
  seen_.client_hello = std::move(read.hello);
  client_beginning_ = {};
}

void TlsWatch::keep_first_bytes(ByteView bytes) {
  const StreamState state = seen_.sides[index(Endpoint::server)].state;
  if (state != StreamState::undecided && state != StreamState::not_tls) return;
  const std::size_t room = kMostFirstBytes - seen_.first_bytes.size();
  seen_.first_bytes += as_text(bytes.first(std::min(bytes.size(), room)));
}

void TlsWatch::read_records(Endpoint sender, ByteView bytes) {
  Side& side = sides_[index(sender)];
  SideSeen& seen = seen_.sides[index(sender)];
  while (const auto event = side.reader.next(bytes)) {
    if (const auto* begin = std::get_if<RecordBegin>(&*event)) {
      begin_record(sender, *begin);
    } else if (const auto* part = std::get_if<FragmentPart>(&*event)) {
      take_part(sender, *part);
    } else {
      const bool is_first = seen.state == StreamState::undecided;
      seen.state = is_first ? StreamState::not_tls : StreamState::lost;
    }
  }
  seen.is_mid_record = side.reader.is_mid_record();
}

void TlsWatch::begin_record(Endpoint sender, const RecordBegin& begin) {
  seen_.sides[index(sender)].state = StreamState::records;
  if (sender == Endpoint::server) seen_.first_bytes.clear();
  sides_[index(sender)].record = {
      .type = begin.type, .length = begin.length, .is_behind_server_hello = has_final_hello()};
  sides_[index(sender)].record.is_sized_like_alert = begin.type == RecordType::application_data &&
                                                     has_tls13() && has_final_hello() &&
                                                     is_sized_like_alert(begin.length);
}

void TlsWatch::take_part(Endpoint sender, const FragmentPart& part) {
  Record& record = sides_[index(sender)].record;
  SideSeen& seen = seen_.sides[index(sender)];
  for (const std::byte byte : part.bytes) {
    if (record.beginning_size == record.beginning.size()) break;
    record.beginning[record.beginning_size++] = byte;
  }
  const bool may_be_alert = record.type == RecordType::alert || record.is_sized_like_alert;
  if (!may_be_alert) seen.data_bytes += part.bytes.size();
  if (record.type == RecordType::application_data && seen_.is_handshake_over) {
    seen.application_bytes += part.bytes.size();
  }
  if (record.type == RecordType::handshake && sender == Endpoint::server) {
    take_server_handshake(part.bytes);
  }
  if (part.is_last) end_record(sender);
}

void TlsWatch::end_record(Endpoint sender) {
  const Record& record = sides_[index(sender)].record;
  SideSeen& seen = seen_.sides[index(sender)];
  seen.last_record = LastRecord::other;
  if (record.type == RecordType::alert) {
    note_alert(sender, record);
  } else if (record.is_sized_like_alert) {
    seen.last_record = LastRecord::possibly_alert;
  }
  note_progress(sender, record);
}

void TlsWatch::note_alert(Endpoint sender, const Record& record) {
  SideSeen& seen = seen_.sides[index(sender)];
  if (record.length != kClearAlert) {
    seen.last_record = LastRecord::encrypted_alert;
    return;
  }
  const auto level = std::to_integer<unsigned>(record.beginning[0]);
  if (level != 1 && level != 2) return;
  seen.last_record = LastRecord::clear_alert;
  const AlertSeen alert{.number = std::to_integer<std::uint8_t>(record.beginning[1]),
                        .is_fatal = level == 2};
  if (!seen.alert || (alert.is_fatal && !seen.alert->is_fatal)) seen.alert = alert;
}

void TlsWatch::note_progress(Endpoint sender, const Record& record) {
  if (!has_final_hello() || seen_.is_handshake_over) return;
  if (has_tls13()) {
    const bool is_of_client = sender == Endpoint::client && record.is_behind_server_hello;
    seen_.is_handshake_over = is_of_client && record.type == RecordType::application_data &&
                              record.length > kLongestSealedAlert;
    return;
  }
  // RFC 5246 section 7.4.9: a Finished "is always sent immediately after a change cipher spec
  // message".
  Side& side = sides_[index(sender)];
  if (record.type == RecordType::change_cipher_spec) {
    side.has_changed_cipher = true;
    if (sender == Endpoint::server) stop_reading_server();
  } else if (record.type == RecordType::handshake && side.has_changed_cipher) {
    side.is_finished = true;
  }
  seen_.is_handshake_over = sides_[0].is_finished && sides_[1].is_finished;
}

void TlsWatch::take_server_handshake(ByteView bytes) {
  while (!bytes.empty() && !is_server_read_) {
    if (message_.size() < kMessageHeader) {
      message_.push_back(bytes.front());
      bytes = bytes.subspan(1);
      if (message_.size() < kMessageHeader) continue;
      message_rest_ = length_in(message_);
    }
    const ByteView part = bytes.first(std::min(bytes.size(), message_rest_));
    bytes = bytes.subspan(part.size());
    message_rest_ -= part.size();
    if (is_kept(message_)) message_.insert(message_.end(), part.begin(), part.end());
    if (message_rest_ > 0) continue;
    take_server_message();
    message_.clear();
  }
}

void TlsWatch::take_server_message() {
  if (!is_kept(message_)) return;
  const ByteView body = ByteView(message_).subspan(kMessageHeader);
  if (type_of(message_) == MessageType::certificate) {
    seen_.chain_length = certificate_count(body).value_or(0);
    stop_reading_server();
    return;
  }
  if (has_final_hello()) return;
  seen_.server_hello = read_server_hello(body);
  // What follows a hello of TLS 1.3 is encrypted.
  if (!seen_.server_hello || (has_tls13() && has_final_hello())) stop_reading_server();
}

void TlsWatch::stop_reading_server() {
  is_server_read_ = true;
  message_ = {};
}

bool TlsWatch::has_final_hello() const {
  return seen_.server_hello && !seen_.server_hello->is_retry;
}

bool TlsWatch::has_tls13() const {
  return seen_.server_hello && seen_.server_hello->version >= kTls13;
}

}  // namespace lastframe::tls
