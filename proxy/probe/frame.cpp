#include "probe/frame.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <variant>

#include "capture/digest.h"
#include "core/ws/masking.h"

namespace lastframe::probe {

Frame make_frame(ws::Opcode opcode, std::string payload, std::optional<ws::MaskingKey> key,
                 Last last) {
  const std::size_t size = payload.size();
  const unsigned extended = size <= ws::kLongestControlPayload ? 0 : size <= 0xFFFF ? 2 : 8;
  const ws::FrameHeader header{
      .fin = last == Last::yes,
      .opcode = opcode,
      .header_length = static_cast<std::uint8_t>(2 + extended + (key ? 4 : 0)),
      .payload_length = size,
      .masking_key = key};
  return {header, std::move(payload)};
}

std::string close_body(std::uint16_t code, std::string_view reason) {
  std::string body{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
  return body.append(reason);
}

std::string masked(std::string_view payload, const ws::MaskingKey& key) {
  std::string result(payload);
  ws::unmask(as_bytes(payload), key, 0, std::as_writable_bytes(std::span(result)));
  return result;
}

std::string wire_bytes(const Frame& frame) {
  std::array<std::byte, 14> head{};
  const std::size_t size = ws::encode_frame_header(frame.header, head.data());
  std::string bytes(as_text(ByteView(head).first(size)));
  const auto& key = frame.header.masking_key;
  return bytes += key ? masked(frame.payload, *key) : frame.payload;
}

std::optional<Frame> FrameReader::next(ByteView& input) {
  while (const auto event = parser_.next(input)) {
    if (const auto* header = std::get_if<ws::FrameHeader>(&*event)) frame_ = {*header, {}};
    if (const auto* part = std::get_if<ws::PayloadPart>(&*event)) {
      const std::size_t room = most_payload_ - frame_.payload.size();
      frame_.payload += as_text(part->bytes.first(std::min(room, part->bytes.size())));
    }
    if (!std::holds_alternative<ws::FrameEnd>(*event)) continue;
    if (frame_.header.masking_key) {
      frame_.payload = masked(frame_.payload, *frame_.header.masking_key);
    }
    return std::exchange(frame_, {});
  }
  return std::nullopt;
}

FrameForm form_of(const Frame& frame) {
  capture::Digest digest;
  digest.take(as_bytes(frame.payload));
  return {.first_byte = ws::first_byte(frame.header),
          .masking_key = frame.header.masking_key,
          .length_bytes = ws::length_bytes(frame.header),
          .length = frame.header.payload_length,
          .digest = digest.value()};
}

std::vector<FrameForm> forms_of(const std::vector<Frame>& frames) {
  std::vector<FrameForm> forms;
  for (const Frame& frame : frames) forms.push_back(form_of(frame));
  return forms;
}

ws::Opcode opcode_of(const FrameForm& form) {
  return static_cast<ws::Opcode>(form.first_byte & 0xFu);
}

bool is_last(const FrameForm& form) { return (form.first_byte & 0x80u) != 0; }

}  // namespace lastframe::probe
