#include "core/tls/message_reader.h"

#include <algorithm>

#include "core/tls/fields.h"

namespace lastframe::tls {
namespace {

// Tickets may be long (RFC 8446 section 4.6.1), certificates are.
constexpr std::size_t kLongest = 64 * 1024;

bool is_read(MessageType type, std::size_t length) {
  switch (type) {
    case MessageType::client_hello:
    case MessageType::server_hello:
    case MessageType::new_session_ticket:
    case MessageType::encrypted_extensions:
    case MessageType::key_update:
      return length <= kLongest;
    case MessageType::end_of_early_data:
    case MessageType::certificate:
    case MessageType::finished:
      break;
  }
  return false;
}

}  // namespace

std::optional<HandshakeMessage> MessageReader::next(ByteView& input) {
  if (is_lost_) input = {};
  if (is_over_) {
    message_.clear();
    is_over_ = false;
  }
  while (message_.size() < kMessageHeader && !input.empty()) {
    message_.push_back(input.front());
    input = input.subspan(1);
    if (message_.size() < kMessageHeader) continue;
    rest_ = Fields(ByteView(message_).subspan(1)).number(3);
    is_kept_ = is_read(static_cast<MessageType>(message_.front()), rest_);
  }
  if (message_.size() < kMessageHeader) return std::nullopt;
  const auto type = static_cast<MessageType>(message_.front());
  const ByteView part = input.first(std::min(input.size(), rest_));
  input = input.subspan(part.size());
  rest_ -= part.size();
  if (is_kept_) message_.insert(message_.end(), part.begin(), part.end());
  if (rest_ > 0) return std::nullopt;
  is_over_ = true;
  return HandshakeMessage{
      .type = type, .body = ByteView(message_).subspan(kMessageHeader), .is_whole = is_kept_};
}

}  // namespace lastframe::tls
