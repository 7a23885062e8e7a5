// Every rule that a frame can break, as one table: stable id, name, source, severity.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lastframe::ws {

// `violation` only where a MUST is broken.
enum class Severity : unsigned char { violation, deviation, info };

constexpr std::string_view name(Severity severity) {
  return severity == Severity::violation   ? "violation"
         : severity == Severity::deviation ? "deviation"
                                           : "info";
}

enum class Rule : std::uint8_t {
  client_frame_unmasked,
  server_frame_masked,
  reserved_bit_set,
  reserved_opcode,
  length_not_minimal,
  length_top_bit_set,
  control_frame_too_long,
  control_frame_fragmented,
  continuation_without_message,
  message_inside_message,
  frame_cut_off,
  close_body_one_byte,
  close_reason_not_utf8,
  close_code_never_on_wire,
  close_code_unassigned,
};

struct RuleRow {
  Rule rule;
  std::string_view id;  // never renumbered
  std::string_view name;
  std::string_view section;
  Severity severity;
  std::string_view sentence;
};

inline constexpr std::array kRules{
    RuleRow{Rule::client_frame_unmasked, "FR-01", "client_frame_unmasked", "RFC 6455 section 5.1",
            Severity::violation, "A client masks every frame it sends."},
    RuleRow{Rule::server_frame_masked, "FR-02", "server_frame_masked", "RFC 6455 section 5.1",
            Severity::violation, "A server masks no frame it sends."},
    RuleRow{Rule::reserved_bit_set, "FR-03", "reserved_bit_set", "RFC 6455 section 5.2",
            Severity::violation,
            "RSV1, RSV2 and RSV3 are 0 unless an extension that defines them was negotiated."},
    RuleRow{Rule::reserved_opcode, "FR-04", "reserved_opcode", "RFC 6455 section 5.2",
            Severity::violation, "Opcodes 3 to 7 and 11 to 15 are reserved."},
    RuleRow{Rule::length_not_minimal, "FR-05", "length_not_minimal", "RFC 6455 section 5.2",
            Severity::violation, "A payload length stands in the fewest bytes that can hold it."},
    RuleRow{Rule::length_top_bit_set, "FR-06", "length_top_bit_set", "RFC 6455 section 5.2",
            Severity::violation, "The most significant bit of a 64-bit payload length is 0."},
    RuleRow{Rule::control_frame_too_long, "FR-08", "control_frame_too_long", "RFC 6455 section 5.5",
            Severity::violation, "A control frame carries at most 125 bytes of payload."},
    RuleRow{Rule::control_frame_fragmented, "FR-09", "control_frame_fragmented",
            "RFC 6455 section 5.5", Severity::violation, "A control frame is never fragmented."},
    RuleRow{Rule::continuation_without_message, "FR-10", "continuation_without_message",
            "RFC 6455 section 5.4", Severity::violation,
            "A continuation frame continues a message that was begun and not ended."},
    RuleRow{Rule::message_inside_message, "FR-11", "message_inside_message", "RFC 6455 section 5.4",
            Severity::violation,
            "A new message begins only when the fragmented one before it has ended."},
    RuleRow{Rule::frame_cut_off, "FR-14", "frame_cut_off", "RFC 6455 section 5.2",
            Severity::deviation, "A stream ends between frames, not inside one."},
    RuleRow{Rule::close_body_one_byte, "CL-01", "close_body_one_byte", "RFC 6455 section 5.5.1",
            Severity::violation, "The body of a Close frame is empty or has at least two bytes."},
    RuleRow{Rule::close_reason_not_utf8, "CL-02", "close_reason_not_utf8", "RFC 6455 section 5.5.1",
            Severity::violation, "The reason of a Close frame is valid UTF-8."},
    RuleRow{Rule::close_code_never_on_wire, "CL-03", "close_code_never_on_wire",
            "RFC 6455 section 7.4.1", Severity::violation,
            "1005, 1006 and 1015 never stand in a Close frame."},
    RuleRow{Rule::close_code_unassigned, "CL-04", "close_code_unassigned", "RFC 6455 section 7.4.2",
            Severity::deviation, "A close code is one that is assigned, or lies in 3000 to 4999."},
};

static_assert(
    [] {
      for (std::size_t i = 0; i < kRules.size(); ++i) {
        if (static_cast<std::size_t>(kRules[i].rule) != i) return false;
      }
      return kRules.size() == static_cast<std::size_t>(Rule::close_code_unassigned) + 1;
    }(),
    "one row for each rule, in the order of the enumeration");

constexpr const RuleRow& row_of(Rule rule) { return kRules[static_cast<std::size_t>(rule)]; }

}  // namespace lastframe::ws
