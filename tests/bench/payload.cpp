#include "tests/bench/payload.h"

#include <algorithm>
#include <random>

namespace bench {
namespace {

constexpr std::size_t kStampSize = 16;
using Stamp = std::array<char, kStampSize>;

Stamp stamp_of(std::uint32_t connection, std::uint32_t number) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::uint64_t value = static_cast<std::uint64_t>(connection) << 32 | number;
  Stamp stamp;
  for (auto digit = stamp.rbegin(); digit != stamp.rend(); ++digit, value >>= 4) {
    *digit = kDigits[value & 0xf];
  }
  return stamp;
}

std::string filler_of(PayloadKind kind, std::size_t size) {
  std::mt19937 random(6455);
  std::string filler;
  filler.reserve(size);
  filler.assign(std::min(size, kStampSize), '0');
  if (kind == PayloadKind::utf8) {
    constexpr std::string_view kFiveBytes = "ws\xe7\xb6\xb2";  // U+7DB2
    while (filler.size() + kFiveBytes.size() <= size) filler += kFiveBytes;
    filler.resize(size, '.');
    return filler;
  }
  std::uniform_int_distribution<int> byte(kind == PayloadKind::ascii ? ' ' : 0,
                                          kind == PayloadKind::ascii ? '~' : 255);
  while (filler.size() < size) filler += static_cast<char>(byte(random));
  return filler;
}

}  // namespace

Payload::Payload(PayloadKind kind, std::size_t size)
    : kind_(kind), filler_(filler_of(kind, size)) {}

void Payload::append_frame(Buffer& out, std::uint32_t connection, std::uint32_t number,
                           std::array<std::byte, 4> masking_key) const {
  append_header(out, {.opcode = opcode(), .payload_length = size(), .masking_key = masking_key});
  const Stamp stamp = stamp_of(connection, number);
  const std::span<std::byte> room = out.room(size());
  const std::size_t stamped = std::min(size(), kStampSize);
  static_assert(kStampSize % 4 == 0, "the key starts anew behind the stamp");
  mask_copy(room.first(stamped), as_bytes({stamp.data(), stamped}), masking_key);
  mask_copy(room.subspan(stamped, size() - stamped), as_bytes(filler_).subspan(stamped),
            masking_key);
  out.added(size());
}

bool Payload::matches(std::span<const std::byte> part, std::size_t offset, std::uint32_t connection,
                      std::uint32_t number) const {
  if (offset > size() || part.size() > size() - offset) return false;
  const std::size_t stamped_end = std::min(size(), kStampSize);
  if (offset < stamped_end) {
    const Stamp stamp = stamp_of(connection, number);
    const std::size_t count = std::min(part.size(), stamped_end - offset);
    if (!std::equal(part.data(), part.data() + count,
                    as_bytes({stamp.data(), stamp.size()}).data() + offset)) {
      return false;
    }
    part = part.subspan(count);
    offset += count;
  }
  return part.empty() || std::memcmp(part.data(), filler_.data() + offset, part.size()) == 0;
}

}  // namespace bench
