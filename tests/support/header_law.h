// What RFC 6455 and RFC 7692 say of a frame header, sentence by sentence: the judgement that the
// code under test is held against. Works on the bytes and knows nothing of that code's tables.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "core/base/endpoint.h"
#include "core/ws/frame_rules.h"
#include "core/ws/rule.h"

namespace lastframe::test {

// The first two bytes of a header, and the payload length as its extended field has it (where the
// second byte says that there is one).
struct HeaderBytes {
  unsigned first = 0;
  unsigned second = 0;
  std::uint64_t extended_length = 0;

  bool fin() const { return (first & 0x80) != 0; }
  bool rsv1() const { return (first & 0x40) != 0; }
  bool rsv2() const { return (first & 0x20) != 0; }
  bool rsv3() const { return (first & 0x10) != 0; }
  unsigned opcode() const { return first & 0x0F; }
  bool is_masked() const { return (second & 0x80) != 0; }
  // RFC 6455 section 5.2: "if 0-125, that is the payload length. If 126, the following 2 bytes
  // interpreted as a 16-bit unsigned integer are the payload length. If 127, the following 8 bytes
  // interpreted as a 64-bit unsigned integer (the most significant bit MUST be 0) are the payload
  // length."
  unsigned length_field() const { return second & 0x7F; }
  std::uint64_t length() const { return length_field() < 126 ? length_field() : extended_length; }

  // As on the wire, with the masking key of RFC 6455 section 5.7 where there is to be one.
  std::string bytes() const {
    std::string text{static_cast<char>(first), static_cast<char>(second)};
    const int extended = length_field() == 126 ? 2 : length_field() == 127 ? 8 : 0;
    for (int i = extended - 1; i >= 0; --i) {
      text += static_cast<char>(extended_length >> (8 * i) & 0xFF);
    }
    if (is_masked()) text += "\x37\xfa\x21\x3d";
    return text;
  }
};

// What HeaderBytes can be in the two bytes `bits`: one, or one for each telling extended length.
inline std::vector<HeaderBytes> headers_that_begin_with(unsigned bits) {
  const HeaderBytes header{.first = bits >> 8, .second = bits & 0xFF};
  if (header.length_field() < 126) return {header};
  std::vector<std::uint64_t> lengths{0, 125, 126, 0xFFFF};
  if (header.length_field() == 127) {
    constexpr std::uint64_t kTopBit = std::uint64_t{1} << 63;
    lengths.insert(lengths.end(),
                   {0x10000, kTopBit - 1, kTopBit, std::numeric_limits<std::uint64_t>::max()});
  }
  std::vector<HeaderBytes> headers;
  for (const std::uint64_t length : lengths) {
    headers.push_back({.first = header.first, .second = header.second, .extended_length = length});
  }
  return headers;
}

// The states that the law of headers knows.
struct HeaderState {
  Endpoint sender;
  bool is_in_message;
  bool has_deflate;
};

inline std::array<HeaderState, 8> all_header_states() {
  std::array<HeaderState, 8> states{};
  for (unsigned i = 0; i < states.size(); ++i) {
    states[i] = {
        .sender = kEndpoints[i & 1u], .is_in_message = (i & 2u) != 0, .has_deflate = (i & 4u) != 0};
  }
  return states;
}

// RFC 6455 section 5.5: "Control frames are identified by opcodes where the most significant bit of
// the opcode is 1."
inline bool law_calls_it_control(const HeaderBytes& header) { return (header.opcode() & 8) != 0; }

// RFC 6455 section 5.2: "%x0 denotes a continuation frame", "%x1 denotes a text frame", "%x2
// denotes a binary frame".
inline bool law_calls_it_a_first_frame(const HeaderBytes& header) {
  return header.opcode() == 1 || header.opcode() == 2;
}

// Every rule that the header breaks.
inline ws::RuleSet broken_by_law(const HeaderBytes& header, const HeaderState& state) {
  ws::RuleSet broken;
  const auto breaks = [&](ws::Rule rule) { broken.add(rule); };

  // RFC 6455 section 5.1: "a client MUST mask all frames that it sends to the server".
  if (state.sender == Endpoint::client && !header.is_masked()) {
    breaks(ws::Rule::client_frame_unmasked);
  }
  // RFC 6455 section 5.1: "A server MUST NOT mask any frames that it sends to the client."
  if (state.sender == Endpoint::server && header.is_masked()) {
    breaks(ws::Rule::server_frame_masked);
  }

  // RFC 6455 section 5.2, RSV1, RSV2, RSV3: "MUST be 0 unless an extension is negotiated that
  // defines meanings for non-zero values. If a nonzero value is received and none of the negotiated
  // extensions defines the meaning of such a nonzero value, the receiving endpoint MUST _Fail the
  // WebSocket Connection_."
  if (header.rsv2() || header.rsv3()) breaks(ws::Rule::reserved_bit_set);
  // RFC 7692 section 6: "This document allocates the RSV1 bit of the WebSocket header for PMCEs and
  // calls the bit the "Per-Message Compressed" bit. On a WebSocket connection where a PMCE is in
  // use, this bit indicates whether a message is compressed or not. A message with the "Per-Message
  // Compressed" bit set on the first fragment of the message is called a "compressed message"."
  if (header.rsv1() && !(state.has_deflate && law_calls_it_a_first_frame(header))) {
    breaks(ws::Rule::reserved_bit_set);
  }
  // RFC 7692 section 6.1: "An endpoint MUST NOT set the "Per-Message Compressed" bit of control
  // frames and non-first fragments of a data message. An endpoint receiving such a frame MUST _Fail
  // the WebSocket Connection_."
  if (header.rsv1() && state.has_deflate &&
      (law_calls_it_control(header) || header.opcode() == 0)) {
    breaks(ws::Rule::compressed_bit_misplaced);
  }

  // RFC 6455 section 5.2: "%x3-7 are reserved for further non-control frames", "%xB-F are reserved
  // for further control frames". "If an unknown opcode is received, the receiving endpoint MUST
  // _Fail the WebSocket Connection_."
  if ((header.opcode() >= 0x3 && header.opcode() <= 0x7) || header.opcode() >= 0xB) {
    breaks(ws::Rule::reserved_opcode);
  }

  // RFC 6455 section 5.2: "Note that in all cases, the minimal number of bytes MUST be used to
  // encode the length, for example, the length of a 124-byte-long string can't be encoded as the
  // sequence 126, 0, 124."
  if ((header.length_field() == 126 && header.length() <= 125) ||
      (header.length_field() == 127 && header.length() <= 65535)) {
    breaks(ws::Rule::length_not_minimal);
  }
  // RFC 6455 section 5.2: "(the most significant bit MUST be 0)".
  if (header.length_field() == 127 && header.length() >= 0x8000000000000000) {
    breaks(ws::Rule::length_top_bit_set);
  }

  // RFC 6455 section 5.5: "All control frames MUST have a payload length of 125 bytes or less and
  // MUST NOT be fragmented." Section 5.4 says the latter once more.
  if (law_calls_it_control(header) && header.length() > 125) {
    breaks(ws::Rule::control_frame_too_long);
  }
  if (law_calls_it_control(header) && !header.fin()) breaks(ws::Rule::control_frame_fragmented);

  // RFC 6455 section 5.4: "A fragmented message consists of a single frame with the FIN bit clear
  // and an opcode other than 0, followed by zero or more frames with the FIN bit clear and the
  // opcode set to 0, and terminated by a single frame with the FIN bit set and an opcode of 0."
  if (header.opcode() == 0 && !state.is_in_message) {
    breaks(ws::Rule::continuation_without_message);
  }
  // RFC 6455 section 5.4: "The fragments of one message MUST NOT be interleaved between the
  // fragments of another message". "Control frames (see Section 5.5) MAY be injected in the middle
  // of a fragmented message."
  if (law_calls_it_a_first_frame(header) && state.is_in_message) {
    breaks(ws::Rule::message_inside_message);
  }
  return broken;
}

// The rules that broken_by_law() can name.
inline constexpr std::array kLawOfHeaders{
    ws::Rule::client_frame_unmasked,    ws::Rule::server_frame_masked,
    ws::Rule::reserved_bit_set,         ws::Rule::reserved_opcode,
    ws::Rule::length_not_minimal,       ws::Rule::length_top_bit_set,
    ws::Rule::control_frame_too_long,   ws::Rule::control_frame_fragmented,
    ws::Rule::message_inside_message,   ws::Rule::continuation_without_message,
    ws::Rule::compressed_bit_misplaced,
};

// Our policy, no RFC's: behind an unknown opcode, a top bit or a reserved bit, what follows is
// probably no frame. The exception is a frame that is right but for a misplaced RSV1, where a
// compressor is at work (whether a message is open says nothing about where frames end).
inline bool trust_ends_behind(const HeaderBytes& header, const HeaderState& state) {
  const ws::RuleSet broken = broken_by_law(header, state);
  if (broken.has(ws::Rule::reserved_opcode) || broken.has(ws::Rule::length_top_bit_set)) {
    return true;
  }
  if (!broken.has(ws::Rule::reserved_bit_set)) return false;
  if (!broken.has(ws::Rule::compressed_bit_misplaced)) return true;
  if (header.rsv2() || header.rsv3()) return true;
  for (const ws::Rule other : kLawOfHeaders) {
    if (other != ws::Rule::reserved_bit_set && other != ws::Rule::compressed_bit_misplaced &&
        other != ws::Rule::continuation_without_message && broken.has(other)) {
      return true;
    }
  }
  return false;
}

}  // namespace lastframe::test
