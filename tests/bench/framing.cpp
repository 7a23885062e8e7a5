#include "tests/bench/framing.h"

#include <openssl/evp.h>

#include <algorithm>

namespace bench {
namespace {

std::uint64_t read_big_endian(std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  for (std::byte byte : bytes) value = value << 8 | std::to_integer<std::uint64_t>(byte);
  return value;
}

void append_big_endian(Buffer& out, std::uint64_t value, std::size_t width) {
  const std::span<std::byte> room = out.room(width);
  for (std::size_t i = 0; i < width; ++i) {
    room[i] = static_cast<std::byte>(value >> 8 * (width - 1 - i));
  }
  out.added(width);
}

}  // namespace

std::span<std::byte> Buffer::room(std::size_t wanted) {
  if (begin_ == end_) begin_ = end_ = 0;
  if (capacity_ - end_ < wanted) {
    const std::size_t held = end_ - begin_;
    const std::size_t capacity = std::max(held + wanted, std::min(2 * capacity_, 4 * held));
    std::unique_ptr<std::byte[]> larger;
    std::byte* target = block_.get();
    if (capacity > capacity_) {
      larger = std::make_unique_for_overwrite<std::byte[]>(capacity);
      target = larger.get();
    }
    if (held > 0) std::memmove(target, block_.get() + begin_, held);
    if (larger) {
      block_ = std::move(larger);
      capacity_ = capacity;
    }
    begin_ = 0;
    end_ = held;
  }
  return {block_.get() + end_, capacity_ - end_};
}

void Buffer::consume(std::size_t count) {
  begin_ += count;
  if (begin_ == end_) begin_ = end_ = 0;
}

void Buffer::append(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  std::memcpy(room(bytes.size()).data(), bytes.data(), bytes.size());
  added(bytes.size());
}

std::optional<FrameHeader> parse_header(std::span<const std::byte> bytes) {
  if (bytes.size() < 2) return std::nullopt;
  const auto first = std::to_integer<std::uint8_t>(bytes[0]);
  const auto second = std::to_integer<std::uint8_t>(bytes[1]);
  FrameHeader header;
  header.fin = (first & 0x80) != 0;
  header.reserved_bits = static_cast<std::uint8_t>(first >> 4 & 0x7);
  header.opcode = first & 0xf;
  header.payload_length = second & 0x7f;
  std::size_t extended = 0;
  if (header.payload_length == 126) extended = 2;
  if (header.payload_length == 127) extended = 8;
  const bool is_masked = (second & 0x80) != 0;
  header.size = 2 + extended + (is_masked ? 4 : 0);
  if (bytes.size() < header.size) return std::nullopt;
  if (extended > 0) header.payload_length = read_big_endian(bytes.subspan(2, extended));
  if (is_masked) {
    std::array<std::byte, 4> key;
    std::copy_n(bytes.data() + 2 + extended, 4, key.data());
    header.masking_key = key;
  }
  return header;
}

void append_header(Buffer& out, const FrameHeader& header) {
  const unsigned fin = header.fin ? 0x80 : 0;
  const unsigned mask = header.masking_key ? 0x80 : 0;
  const unsigned reserved = static_cast<unsigned>(header.reserved_bits) << 4;
  append_big_endian(out, fin | reserved | header.opcode, 1);
  if (header.payload_length < 126) {
    append_big_endian(out, mask | header.payload_length, 1);
  } else if (header.payload_length <= 0xffff) {
    append_big_endian(out, mask | 126, 1);
    append_big_endian(out, header.payload_length, 2);
  } else {
    append_big_endian(out, mask | 127, 1);
    append_big_endian(out, header.payload_length, 8);
  }
  if (header.masking_key) out.append(*header.masking_key);
}

void mask_copy(std::span<std::byte> to, std::span<const std::byte> from,
               std::array<std::byte, 4> key) {
  std::array<std::uint64_t, 4> wide_key;
  for (std::size_t i = 0; i < sizeof(wide_key); i += 4) {
    std::memcpy(reinterpret_cast<std::byte*>(wide_key.data()) + i, key.data(), 4);
  }
  std::size_t i = 0;
  for (; i + sizeof(wide_key) <= from.size(); i += sizeof(wide_key)) {
    std::array<std::uint64_t, 4> block;
    std::memcpy(block.data(), from.data() + i, sizeof(block));
    for (std::size_t k = 0; k < block.size(); ++k) block[k] ^= wide_key[k];
    std::memcpy(to.data() + i, block.data(), sizeof(block));
  }
  for (; i < from.size(); ++i) to[i] = from[i] ^ key[i % 4];
}

std::string accept_value(std::string_view key) {
  const std::string joined = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int digest_size = 0;
  EVP_Digest(joined.data(), joined.size(), digest.data(), &digest_size, EVP_sha1(), nullptr);
  std::array<unsigned char, 2 * EVP_MAX_MD_SIZE> base64;
  const int length = EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(digest_size));
  return {reinterpret_cast<const char*>(base64.data()), static_cast<std::size_t>(length)};
}

}  // namespace bench
