// The messages of a load: each carries its connection and number, so an echo that is lost, doubled
// or swapped with another is seen, not only one that is damaged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/bench/framing.h"

namespace bench {

enum class PayloadKind {
  ascii,   // printable text
  binary,  // any bytes, sent as a binary message
  utf8,    // dense: one three-byte character in every five bytes
};

class Payload {
 public:
  Payload(PayloadKind kind, std::size_t size);

  std::uint8_t opcode() const { return kind_ == PayloadKind::binary ? kBinary : kText; }
  std::size_t size() const { return filler_.size(); }

  /// Appends message `number` of `connection` as one masked frame.
  void append_frame(Buffer& out, std::uint32_t connection, std::uint32_t number,
                    std::array<std::byte, 4> masking_key) const;

  /// Is `part` what this message holds from `offset` on?
  bool matches(std::span<const std::byte> part, std::size_t offset, std::uint32_t connection,
               std::uint32_t number) const;

 private:
  PayloadKind kind_;
  std::string filler_;  // the whole message but for the stamp, which covers its beginning
};

}  // namespace bench
