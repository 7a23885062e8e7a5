// What the load pair needs of RFC 6455: the opening handshake's key, frame headers, masking.
// Written apart from the proxy, so that a mistake there cannot hide behind the same mistake here.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bench {

inline constexpr std::uint8_t kContinuation = 0x0;
inline constexpr std::uint8_t kText = 0x1;
inline constexpr std::uint8_t kBinary = 0x2;
inline constexpr std::uint8_t kClose = 0x8;
inline constexpr std::uint8_t kRsv1 = 0x4;  // of the three reserved bits

/// Bytes that wait to be consumed, in one block that grows and is used again.
class Buffer {
 public:
  std::span<const std::byte> bytes() const { return {block_.get() + begin_, end_ - begin_}; }
  bool is_empty() const { return begin_ == end_; }

  /// Writable room for at least `wanted` bytes behind bytes(); ends with added().
  std::span<std::byte> room(std::size_t wanted);
  void added(std::size_t count) { end_ += count; }
  void consume(std::size_t count);
  void append(std::span<const std::byte> bytes);

 private:
  std::unique_ptr<std::byte[]> block_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;  // 0 <= begin_ <= end_ <= capacity_
  std::size_t end_ = 0;
};

/// RFC 6455 section 5.2, without the payload.
struct FrameHeader {
  bool fin = true;
  std::uint8_t reserved_bits = 0;
  std::uint8_t opcode = 0;
  std::uint64_t payload_length = 0;
  std::optional<std::array<std::byte, 4>> masking_key;
  std::size_t size = 0;  // of the header itself; set by parse_header
};

inline constexpr std::size_t kLongestHeader = 14;

/// Empty when `bytes` do not hold the whole header yet.
std::optional<FrameHeader> parse_header(std::span<const std::byte> bytes);

/// Appends the shortest form of the header.
void append_header(Buffer& out, const FrameHeader& header);

/// to[i] = from[i] XOR key[i mod 4]; `to` and `from` have the same size.
void mask_copy(std::span<std::byte> to, std::span<const std::byte> from,
               std::array<std::byte, 4> key);

/// Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455 section 4.2.2).
std::string accept_value(std::string_view key);

inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace bench
