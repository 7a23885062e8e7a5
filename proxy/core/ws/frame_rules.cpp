#include "core/ws/frame_rules.h"

#include <array>

namespace lastframe::ws {
namespace {

struct FrameRule {
  Rule rule;
  bool (*is_broken)(const FrameHeader&, const FrameContext&);
};

constexpr std::array kFrameRules{
    // RFC 6455 section 5.1: "a client MUST mask all frames that it sends to the server".
    FrameRule{Rule::client_frame_unmasked,
              [](const FrameHeader& h, const FrameContext& c) {
                return c.sender == Endpoint::client && !h.masking_key;
              }},
    // RFC 6455 section 5.1: "A server MUST NOT mask any frames that it sends to the client."
    FrameRule{Rule::server_frame_masked,
              [](const FrameHeader& h, const FrameContext& c) {
                return c.sender == Endpoint::server && h.masking_key.has_value();
              }},
    // RFC 6455 section 5.2: "MUST be 0 unless an extension is negotiated that defines meanings for
    // non-zero values."
    FrameRule{Rule::reserved_bit_set,
              [](const FrameHeader& h, const FrameContext& c) {
                if (c.has_unknown_extension) return false;
                return (h.rsv & ~(may_set_rsv1(h, c) ? kRsv1 : 0)) != 0;
              }},
    // RFC 6455 section 5.2: "If an unknown opcode is received, the receiving endpoint MUST _Fail
    // the WebSocket Connection_."
    FrameRule{Rule::reserved_opcode,
              [](const FrameHeader& h, const FrameContext& c) {
                return is_reserved(h.opcode) && !c.has_unknown_extension;
              }},
    // RFC 6455 section 5.2: "the minimal number of bytes MUST be used to encode the length".
    FrameRule{Rule::length_not_minimal,
              [](const FrameHeader& h, const FrameContext&) { return !has_minimal_length(h); }},
    // RFC 6455 section 5.2: "the most significant bit MUST be 0".
    FrameRule{
        Rule::length_top_bit_set,
        [](const FrameHeader& h, const FrameContext&) { return h.payload_length >> 63 != 0; }},
    // RFC 6455 section 5.5: control frames "MUST have a payload length of 125 bytes or less and
    // MUST NOT be fragmented".
    FrameRule{Rule::control_frame_too_long,
              [](const FrameHeader& h, const FrameContext&) {
                return is_control(h.opcode) && h.payload_length > kLongestControlPayload;
              }},
    FrameRule{
        Rule::control_frame_fragmented,
        [](const FrameHeader& h, const FrameContext&) { return is_control(h.opcode) && !h.fin; }},
    // RFC 6455 section 5.4: a fragmented message is a frame with an opcode other than 0, "followed
    // by zero or more frames with the FIN bit clear and the opcode set to 0".
    FrameRule{Rule::continuation_without_message,
              [](const FrameHeader& h, const FrameContext& c) {
                return h.opcode == Opcode::continuation && !c.is_in_message;
              }},
    FrameRule{Rule::message_inside_message,
              [](const FrameHeader& h, const FrameContext& c) {
                return (h.opcode == Opcode::text || h.opcode == Opcode::binary) && c.is_in_message;
              }},
    // RFC 7692 section 6.1: "An endpoint MUST NOT set the "Per-Message Compressed" bit of control
    // frames and non-first fragments of a data message." The bit then has no defined meaning
    // there, so that FR-03 is broken as well.
    FrameRule{Rule::compressed_bit_misplaced,
              [](const FrameHeader& h, const FrameContext& c) {
                return c.has_deflate && !c.has_unknown_extension && (h.rsv & kRsv1) != 0 &&
                       (is_control(h.opcode) || h.opcode == Opcode::continuation);
              }},
};

// Right in every point, but for RSV1 on a frame that must not have it. In every point: the letters
// HT of a stray HTTP page read as a Close with RSV1, too, but as a fragmented one.
bool is_only_marked_wrongly(const FrameHeader& header, const FrameContext& context) {
  if (!context.has_deflate || header.rsv != kRsv1) return false;
  FrameHeader unmarked = header;
  unmarked.rsv = 0;
  return is_ordinary(unmarked, context.sender);
}

}  // namespace

RuleSet broken_rules(const FrameHeader& header, const FrameContext& context) {
  RuleSet broken;
  for (const FrameRule& row : kFrameRules) {
    if (row.is_broken(header, context)) broken.add(row.rule);
  }
  return broken;
}

bool ends_trust(const RuleSet& broken, const FrameHeader& header, const FrameContext& context) {
  if (broken.has(Rule::reserved_opcode) || broken.has(Rule::length_top_bit_set)) return true;
  return broken.has(Rule::reserved_bit_set) && !is_only_marked_wrongly(header, context);
}

}  // namespace lastframe::ws
