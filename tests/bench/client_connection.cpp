#include "tests/bench/client_connection.h"

#include <algorithm>

namespace bench {
namespace {

constexpr std::size_t kLongestHead = 16 * 1024;
constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";

// The masked Close: status 1000 under a zero key.
constexpr std::array<unsigned char, 8> kCloseFrame = {0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8};
constexpr std::string_view kCloseBody = "\x03\xe8";

constexpr std::string_view kDeflate = "Sec-WebSocket-Extensions: permessage-deflate\r\n";

std::string upgrade_request(bool with_deflate) {
  return "GET /bench HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Version: 13\r\n" +
         std::string(with_deflate ? kDeflate : "") + "Sec-WebSocket-Key: " + std::string(kKey) +
         "\r\n\r\n";
}

}  // namespace

ClientConnection::ClientConnection(std::uint32_t id, const Target& target, Purpose purpose,
                                   const Payload& payload)
    : id_(id),
      purpose_(purpose),
      payload_(payload),
      channel_(Channel::connect(target, id)),
      random_state_(id * 0x9e3779b97f4a7c15 + 1) {
  if (!channel_) fail("connect was refused");
}

void ClientConnection::fail(std::string why) {
  failure_ = std::move(why);
  state_ = State::failed;
}

std::uint32_t ClientConnection::advance(std::uint32_t events, std::span<std::byte> scratch) {
  if (is_over()) return 0;
  if (state_ == State::connecting && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0) {
    begin();
  }
  const std::uint32_t echoed_before = echoed_;
  const bool must_see_end = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  bool may_have_more = (events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0;
  while (may_have_more && !is_over()) {
    const Received received = channel_->receive(scratch);
    if (received.is_broken) {
      fail(state_ == State::connecting ? "connect failed" : "the connection was reset");
    } else if (received.ended) {
      state_ = has_close_ && in_flight() == 0 ? State::ended : State::failed;
      if (state_ == State::failed) fail("the stream ended without a closing handshake");
    } else {
      receive_bytes(scratch.first(received.count));
    }
    may_have_more = received.may_have_more || (must_see_end && received.count > 0);
  }
  if (state_ == State::shaking_hands && channel_->shake_hands()) {
    channel_->end();
    has_close_ = true;  // the end of the stream is all that is due
    state_ = State::closing;
  }
  if (!is_over()) flush();
  return echoed_ - echoed_before;
}

void ClientConnection::begin() {
  if (purpose_ == Purpose::handshake_of_tls) {
    state_ = State::shaking_hands;
    return;
  }
  out_.append(as_bytes(upgrade_request(payload_.is_deflated())));
  state_ = State::upgrading;
}

void ClientConnection::queue_message() {
  payload_.append_frame(out_, id_, sent_++, next_masking_key());
}

void ClientConnection::queue_close() {
  out_.append(std::as_bytes(std::span(kCloseFrame)));
  state_ = State::closing;
}

void ClientConnection::flush() {
  if (!channel_->send_from(out_)) fail("the connection was reset while sending");
}

void ClientConnection::receive_bytes(std::span<const std::byte> bytes) {
  while ((!bytes.empty() || (frame_ && frame_left_ == 0)) && !is_over()) {
    const bool goes_on = state_ == State::upgrading ? receive_head(bytes)
                         : frame_                   ? receive_payload(bytes)
                                                    : receive_header(bytes);
    if (!goes_on) return;
  }
}

bool ClientConnection::receive_head(std::span<const std::byte>& bytes) {
  const std::size_t held = partial_.bytes().size();
  partial_.append(bytes);
  const std::string_view head = as_text(partial_.bytes());
  const std::size_t end = head.find("\r\n\r\n");
  if (end == head.npos) {
    if (head.size() > kLongestHead) fail("the upgrade's answer has no end");
    return false;
  }
  static const std::string accept = accept_value(kKey);
  if (!head.starts_with("HTTP/1.1 101 ") || head.substr(0, end).find(accept) == head.npos) {
    fail("upgrade refused: " + std::string(head.substr(0, head.find("\r\n"))));
    return false;
  }
  if (payload_.is_deflated() && head.substr(0, end + 2).find(kDeflate) == head.npos) {
    fail("permessage-deflate was not accepted");
    return false;
  }
  bytes = bytes.subspan(end + 4 - held);
  partial_ = Buffer();
  state_ = State::open;
  return true;
}

bool ClientConnection::receive_header(std::span<const std::byte>& bytes) {
  const std::size_t held = partial_.bytes().size();
  std::optional<FrameHeader> header;
  if (held == 0) {
    header = parse_header(bytes);
  } else {
    partial_.append(bytes.first(std::min(bytes.size(), kLongestHeader)));
    header = parse_header(partial_.bytes());
  }
  if (!header) {
    if (held == 0) partial_.append(bytes);
    return false;
  }
  bytes = bytes.subspan(header->size - held);
  partial_.consume(partial_.bytes().size());
  accept_header(*header);
  return true;
}

void ClientConnection::accept_header(const FrameHeader& header) {
  const bool is_first = header.opcode != kClose && !is_in_message_;
  if (header.masking_key || header.reserved_bits != (is_first ? payload_.reserved_bits() : 0)) {
    return fail("an echo's header is damaged");
  }
  if (header.opcode == kClose) {
    if (state_ != State::closing || header.payload_length != kCloseBody.size()) {
      return fail("a Close that nobody asked for");
    }
  } else {
    const std::uint8_t expected = is_in_message_ ? kContinuation : payload_.opcode();
    if (header.opcode != expected || in_flight() == 0 || has_close_) {
      return fail("a frame that is no echo");
    }
    ++echo_frames_;
  }
  frame_ = header;
  frame_left_ = header.payload_length;
}

bool ClientConnection::receive_payload(std::span<const std::byte>& bytes) {
  const auto part = bytes.first(std::min<std::uint64_t>(bytes.size(), frame_left_));
  if (frame_->opcode == kClose) {
    const std::size_t offset = kCloseBody.size() - frame_left_;
    if (as_text(part) != kCloseBody.substr(offset, part.size())) fail("the Close is damaged");
  } else if (!payload_.matches(part, message_offset_, id_, echoed_)) {
    fail("an echo's payload is damaged");
  } else {
    message_offset_ += part.size();
  }
  if (state_ == State::failed) return false;
  frame_left_ -= part.size();
  bytes = bytes.subspan(part.size());
  if (frame_left_ > 0) return true;

  const FrameHeader header = *frame_;
  frame_.reset();
  if (header.opcode == kClose) {
    has_close_ = true;
    return true;
  }
  is_in_message_ = !header.fin;
  if (is_in_message_) return true;
  if (message_offset_ != payload_.size(echoed_)) {
    fail("an echo ended early");
    return false;
  }
  message_offset_ = 0;
  ++echoed_;
  return true;
}

std::array<std::byte, 4> ClientConnection::next_masking_key() {
  random_state_ ^= random_state_ << 13;
  random_state_ ^= random_state_ >> 7;
  random_state_ ^= random_state_ << 17;
  std::array<std::byte, 4> key;
  std::memcpy(key.data(), &random_state_, key.size());
  return key;
}

}  // namespace bench
