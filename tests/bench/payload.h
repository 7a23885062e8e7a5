// The messages of a load: each carries its connection and number, so an echo that is lost, doubled
// or swapped with another is seen, not only one that is damaged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/framing.h"

namespace bench {

enum class PayloadKind {
  ascii,     // printable text
  binary,    // any bytes, sent as a binary message
  utf8,      // dense: one three-byte character in every five bytes
  deflated,  // lines of JSON, compressed with permessage-deflate and context takeover
};

inline constexpr std::size_t kSmallestDeflated = 32;  // bytes of a message before compression

class Payload {
 public:
  /// `size`: of a message; of a deflated one before compression, and not below kSmallestDeflated.
  Payload(PayloadKind kind, std::size_t size);

  std::uint8_t opcode() const { return kind_ == PayloadKind::binary ? kBinary : kText; }
  bool is_deflated() const { return kind_ == PayloadKind::deflated; }
  /// Of a message's first frame.
  std::uint8_t reserved_bits() const { return is_deflated() ? kRsv1 : 0; }
  /// Bytes of message `number` on the wire.
  std::size_t size(std::uint32_t number) const { return unstamped(number).size(); }

  /// Appends message `number` of `connection` as one masked frame.
  void append_frame(Buffer& out, std::uint32_t connection, std::uint32_t number,
                    std::array<std::byte, 4> masking_key) const;

  /// Is `part` what this message holds from `offset` on?
  bool matches(std::span<const std::byte> part, std::size_t offset, std::uint32_t connection,
               std::uint32_t number) const;

 private:
  /// The whole message as on the wire, with room for the stamp.
  const std::string& unstamped(std::uint32_t number) const;

  PayloadKind kind_;
  std::size_t stamp_at_ = 0;
  std::size_t stamp_size_;
  // The first messages of a connection, and those that then come again and again. Without
  // compression all are alike. What refers to messages before it can be sent only in this order.
  std::vector<std::string> first_;
  std::vector<std::string> later_;
};

}  // namespace bench
