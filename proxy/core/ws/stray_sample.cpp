#include "core/ws/stray_sample.h"

#include <algorithm>

#include "core/base/ascii.h"
#include "core/base/bytes.h"
#include "core/ws/frame.h"
#include "core/ws/frame_rules.h"

namespace lastframe::ws {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

// What the first byte alone can tell.
bool begins_header(std::byte first) {
  const auto value = std::to_integer<unsigned>(first);
  const bool fin = (value & 0x80u) != 0;
  const auto opcode = static_cast<Opcode>(value & 0xFu);
  const bool is_message = opcode == Opcode::text || opcode == Opcode::binary;
  const unsigned rsv = value & 0x70u;
  // A fragmented compressed message would begin with an 'A' or a 'B': letters are likelier.
  if (rsv != 0 && !(rsv == 0x40 && fin && is_message)) return false;
  return !is_reserved(opcode) && (fin || !is_control(opcode));
}

}  // namespace

std::string amount(const StraySample& sample) {
  return sample.length ? in_bytes(*sample.length) : "at least " + in_bytes(sample.bytes.size());
}

std::string escaped(std::string_view text, std::size_t most) {
  std::string result;
  for (const char c : text.substr(0, most)) {
    if (is_printable(c) && c != '\\') {
      result += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    result += "\\x";
    result += kHex[byte >> 4];
    result += kHex[byte & 15];
  }
  if (text.size() > most) result += "...";
  return result;
}

bool begins_with(std::string_view text, std::string_view lower_prefix) {
  return text.size() >= lower_prefix.size() &&
         std::ranges::equal(text.substr(0, lower_prefix.size()), lower_prefix, {}, lower);
}

std::size_t find_word(std::string_view text, std::string_view lower_word) {
  const auto found = std::ranges::search(text, lower_word, {}, lower);
  return found.empty() && !lower_word.empty()
             ? std::string_view::npos
             : static_cast<std::size_t>(found.begin() - text.begin());
}

bool begins_with_frame(std::string_view bytes) {
  const ByteView view = as_bytes(bytes);
  if (view.empty() || !begins_header(view[0])) return false;
  if (view.size() < 2) return true;
  const bool is_masked = (std::to_integer<unsigned>(view[1]) & 0x80u) != 0;
  if (view.size() < header_length(view[1])) return true;
  FrameHeader header = decode_frame_header(view.data());
  header.rsv = 0;
  return is_ordinary(header, is_masked ? Endpoint::client : Endpoint::server);
}

}  // namespace lastframe::ws
