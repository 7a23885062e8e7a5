#include "tools/raw_frame.h"

#include <span>

#include "core/base/bytes.h"
#include "core/ws/frame.h"
#include "core/ws/masking.h"

namespace lastframe::tools {
namespace {

constexpr std::uint64_t kMostInTwoBytes = 0xFFFF;

// The key of the example in RFC 6455 section 5.7. A real client takes a new random one for each
// frame; the demo's bytes are the same in every run.
constexpr ws::MaskingKey kMaskingKey{std::byte{0x37}, std::byte{0xFA}, std::byte{0x21},
                                     std::byte{0x3D}};

void append_byte(std::string& bytes, std::uint64_t value) {
  bytes += static_cast<char>(static_cast<unsigned char>(value & 0xFFu));
}

// Network byte order.
void append_number(std::string& bytes, std::uint64_t value, unsigned size) {
  for (unsigned i = size; i-- > 0;) append_byte(bytes, value >> (8 * i));
}

void append_length(std::string& bytes, const FrameDraft& draft, std::uint64_t mask_bit) {
  const std::uint64_t length = draft.stated_length.value_or(draft.payload.size());
  if (length > kMostInTwoBytes || draft.has_long_length) {
    append_byte(bytes, mask_bit | 127);
    append_number(bytes, length, 8);
  } else if (length > ws::kLongestControlPayload) {
    append_byte(bytes, mask_bit | 126);
    append_number(bytes, length, 2);
  } else {
    append_byte(bytes, mask_bit | length);
  }
}

}  // namespace

std::string wire_bytes(const FrameDraft& draft, Endpoint from) {
  const bool is_masked =
      (from == Endpoint::client) == (draft.masking == Masking::as_the_role_demands);
  std::string bytes;
  append_byte(bytes, (draft.fin ? 0x80u : 0u) | static_cast<unsigned>(draft.rsv) << 4 |
                         static_cast<unsigned>(draft.opcode));
  append_length(bytes, draft, is_masked ? 0x80 : 0);
  if (!is_masked) return bytes + draft.payload;
  bytes += as_text(kMaskingKey);
  const std::size_t head = bytes.size();
  bytes += draft.payload;
  const auto payload = std::as_writable_bytes(std::span(bytes).subspan(head));
  ws::unmask(as_bytes(draft.payload), kMaskingKey, 0, payload);
  return bytes;
}

std::string close_payload(std::uint16_t code, std::string_view reason) {
  std::string payload;
  append_number(payload, code, 2);
  payload += reason;
  return payload;
}

}  // namespace lastframe::tools
