#include "core/ws/frame_words.h"

#include <array>

#include "core/base/bytes.h"

namespace lastframe::ws {
namespace {

std::string rsv_words(unsigned rsv) {
  std::string words;
  const auto add = [&](bool is_set, const char* bit) {
    if (is_set) words.append(words.empty() ? "" : ", ").append(bit);
  };
  add((rsv & kRsv1) != 0, "RSV1");
  add((rsv & kRsv2) != 0, "RSV2");
  add((rsv & kRsv3) != 0, "RSV3");
  return words;
}

std::string opcode_words(Opcode opcode) {
  return "opcode " + std::to_string(static_cast<unsigned>(opcode));
}

}  // namespace

std::string fault_words(Rule rule, const FrameHeader& header) {
  switch (rule) {
    case Rule::reserved_bit_set:
    case Rule::compressed_bit_misplaced:
      return rsv_words(header.rsv) + " on a frame with " + opcode_words(header.opcode);
    case Rule::reserved_opcode:
      return opcode_words(header.opcode);
    case Rule::length_not_minimal: {
      const bool is_long = length_bytes(header) == 8;
      return std::to_string(header.payload_length) + " in a " + (is_long ? "64" : "16") +
             "-bit length";
    }
    case Rule::control_frame_too_long:
      return std::to_string(header.payload_length) + " bytes";
    case Rule::control_frame_fragmented:
    case Rule::message_inside_message:
    case Rule::data_after_close:
    case Rule::frame_after_closing_handshake:
      return std::string(name(header.opcode));
    default:  // the others' headers say no more than their rule
      return {};
  }
}

std::string header_bytes(const FrameHeader& header) {
  std::array<std::byte, 14> bytes{};
  const std::size_t size = encode_frame_header(header, bytes.data());
  return std::string(as_text(ByteView(bytes).first(size)));
}

}  // namespace lastframe::ws
