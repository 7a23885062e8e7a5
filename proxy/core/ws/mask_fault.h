// What went wrong with the masking of a text that is not UTF-8 (RFC 6455 section 5.3): a hop that
// handles masks wrongly leaves traces that can be told from random bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/bytes.h"
#include "core/ws/frame.h"

namespace lastframe::ws {

enum class MaskFault : unsigned char {
  none,          // no such trace
  not_masked,    // the header has a key, and the payload stands in the clear
  masked_again,  // unmasked with its key, the payload is text under one more key
  still_masked,  // the header has no key, and the payload is text under one
};
std::string_view name(MaskFault fault);
std::string_view sentence(MaskFault fault);  // for the record

// How many bytes mask_fault() wants to see; fewer than half of them prove nothing.
inline constexpr std::size_t kMaskWindow = 64;

// `payload`: as on the wire, of one frame of text from the first faulty byte on, kMaskWindow bytes
// at most. `offset`: of its first byte within the frame's payload.
MaskFault mask_fault(ByteView payload, const std::optional<MaskingKey>& key, std::uint64_t offset);

}  // namespace lastframe::ws
