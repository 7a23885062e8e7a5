// Compresses messages as permessage-deflate has it (RFC 7692 section 7.2.1), with zlib; and writes
// DEFLATE blocks by hand where zlib would never write such.
#pragma once

#include <zlib.h>

#include <array>
#include <cassert>
#include <cstddef>
#include <string>
#include <string_view>

namespace lastframe::test {

class Deflater {
 public:
  explicit Deflater(int window_bits, int level = Z_DEFAULT_COMPRESSION, int strategy = 0) {
    // zlib cannot compress for 8 bits. For 9 it refers back 250 bytes at most (zlib's deflate.h,
    // MAX_DIST), which the smaller window can reach, too.
    const int bits = window_bits == 8 ? 9 : window_bits;
    [[maybe_unused]] const int code = deflateInit2(&stream_, level, Z_DEFLATED, -bits, 8, strategy);
    assert(code == Z_OK);
  }
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  // The payload of a message that says `text`.
  std::string message(std::string_view text) {
    std::string payload = compressed(text, Z_SYNC_FLUSH);
    // Without anything to say zlib writes nothing a second time (RFC 7692 section 7.2.3.6).
    if (payload.empty()) return std::string(1, '\0');
    assert(payload.ends_with(std::string_view("\x00\x00\xff\xff", 4)));
    payload.resize(payload.size() - 4);
    return payload;
  }

  std::string compressed(std::string_view text, int flush) {
    std::string payload(deflateBound(&stream_, text.size()) + 64, '\0');
    std::string bytes(text);
    stream_.next_in = reinterpret_cast<Bytef*>(bytes.data());
    stream_.avail_in = static_cast<uInt>(bytes.size());
    stream_.next_out = reinterpret_cast<Bytef*>(payload.data());
    stream_.avail_out = static_cast<uInt>(payload.size());
    deflate(&stream_, flush);
    assert(stream_.avail_in == 0 && stream_.avail_out > 0);
    payload.resize(payload.size() - stream_.avail_out);
    return payload;
  }

  // What comes later refers to nothing before.
  void forget() { deflateReset(&stream_); }

 private:
  z_stream stream_{};
};

// A message of one block with fixed codes (RFC 1951 section 3.2.6).
class FixedBlock {
 public:
  FixedBlock() { bits(0b010, 3); }  // BFINAL 0, BTYPE 01

  void literal(char c) {
    const auto value = static_cast<unsigned char>(c);
    if (value < 144) return code(0x30u + value, 8);
    code(0x190u + value - 144u, 9);
  }

  // Three bytes from `distance` back, 1 to 32768.
  void reference(unsigned distance) {
    code(0b0000001, 7);
    // RFC 1951 section 3.2.5: two codes for each number of extra bits, from code 4 on.
    unsigned symbol = distance - 1;
    unsigned extra = 0;
    if (distance > 4) {
      while ((distance - 1) >> (extra + 2) != 0) ++extra;
      symbol = 2 * extra + ((distance - 1) >> extra);
    }
    code(symbol, 5);
    bits((distance - 1) & ((1u << extra) - 1), extra);
  }

  std::string message() {
    code(0, 7);  // the block's end
    bits(0, 3);  // and the header of an empty one without compression
    while (used_ % 8 != 0) bits(0, 1);
    return bytes_;
  }

 private:
  void bits(unsigned value, unsigned count) {
    for (unsigned i = 0; i < count; ++i, ++used_) {
      if (used_ % 8 == 0) bytes_ += '\0';
      const unsigned bit = (value >> i & 1u) << (used_ % 8);
      bytes_.back() = static_cast<char>(static_cast<unsigned char>(bytes_.back()) | bit);
    }
  }
  // RFC 1951 section 3.1.1: a code begins with its most significant bit.
  void code(unsigned value, unsigned count) {
    while (count-- > 0) bits(value >> count & 1u, 1);
  }

  std::string bytes_;
  std::size_t used_ = 0;
};

}  // namespace lastframe::test
