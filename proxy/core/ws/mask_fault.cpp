#include "core/ws/mask_fault.h"

#include <algorithm>
#include <array>

#include "core/ws/masking.h"

namespace lastframe::ws {
namespace {

bool is_printable(ByteView bytes) {
  return std::ranges::all_of(bytes, [](std::byte byte) {
    const auto value = std::to_integer<unsigned>(byte);
    return (value >= 0x20 && value < 0x7F) || value == '\n' || value == '\r' || value == '\t';
  });
}

// ASCII under a key: the top bits of all bytes that share a key octet are equal, and not all 0. Of
// 32 random bytes one in 2^28 looks so.
bool is_ascii_under_a_key(ByteView bytes) {
  std::array<unsigned, 4> seen{};  // bit 0: a byte with top bit 0; bit 1: one with top bit 1
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    seen[i % 4] |= std::to_integer<unsigned>(bytes[i] >> 7) + 1u;
  }
  return std::ranges::none_of(seen, [](unsigned bits) { return bits == 3; }) &&
         std::ranges::any_of(seen, [](unsigned bits) { return bits == 2; });
}

}  // namespace

std::string_view name(MaskFault fault) {
  switch (fault) {
    case MaskFault::none:
      return "none";
    case MaskFault::not_masked:
      return "not_masked";
    case MaskFault::masked_again:
      return "masked_again";
    case MaskFault::still_masked:
      return "still_masked";
  }
  return "none";
}

std::string_view sentence(MaskFault fault) {
  switch (fault) {
    case MaskFault::none:
      return "";
    case MaskFault::not_masked:
      return "text in the clear behind a masking key: a hop wrote the header of a masked frame and "
             "did not mask the payload, or masked it twice with the same key";
    case MaskFault::masked_again:
      return "text under another masking key than its header's: a hop masked a payload that was "
             "masked already, changed the key, or lost the end of the frame";
    case MaskFault::still_masked:
      return "masked text without its masking key: a hop took the key off the header and did not "
             "unmask the payload";
  }
  return "";
}

MaskFault mask_fault(ByteView payload, const std::optional<MaskingKey>& key, std::uint64_t offset) {
  if (payload.size() < kMaskWindow / 2) return MaskFault::none;
  const ByteView seen = payload.first(std::min(payload.size(), kMaskWindow));
  if (!key) return is_ascii_under_a_key(seen) ? MaskFault::still_masked : MaskFault::none;
  if (is_printable(seen)) return MaskFault::not_masked;
  std::array<std::byte, kMaskWindow> text{};
  unmask(seen, *key, offset, text);
  return is_ascii_under_a_key(ByteView(text).first(seen.size())) ? MaskFault::masked_again
                                                                 : MaskFault::none;
}

}  // namespace lastframe::ws
