// The rules that can be checked on the wire: what a row says, and which rules there are. The rows
// stand in rule_table.h.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lastframe::ws {

// `violation` only where a MUST is broken; `deviation` where the specification leaves a gap, or the
// break is not proven by what passes here; `info` is legal, but worth knowing.
enum class Severity : unsigned char { violation, deviation, info };

constexpr std::string_view name(Severity severity) {
  return severity == Severity::violation   ? "violation"
         : severity == Severity::deviation ? "deviation"
                                           : "info";
}

// Grouped as the ids are: opening handshake (HS), frames (FR), control frames (CT), text (TX),
// closing (CL), permessage-deflate (PD), other extensions (EX).
enum class Rule : std::uint8_t {
  request_not_get,
  host_missing,
  upgrade_not_websocket,
  connection_without_upgrade,
  key_invalid,
  key_repeated,
  version_not_13,
  origin_missing,
  subprotocol_list_invalid,
  response_upgrade_wrong,
  response_connection_wrong,
  accept_wrong,
  extension_not_offered,
  subprotocol_not_offered,
  switch_with_body_framing,
  data_before_answer,
  header_malformed,
  scheme_mismatch,
  upgrade_stripped,

  client_frame_unmasked,
  server_frame_masked,
  reserved_bit_set,
  reserved_opcode,
  length_not_minimal,
  length_top_bit_set,
  masking_key_predictable,
  control_frame_too_long,
  control_frame_fragmented,
  continuation_without_message,
  message_inside_message,
  frame_cut_off,
  not_a_frame,
  data_after_close,
  frame_after_closing_handshake,
  fragment_flood,
  length_beyond_reason,

  ping_unanswered,
  pong_unsolicited,
  pong_late,

  text_not_utf8,
  text_begins_with_bom,

  close_body_one_byte,
  close_reason_not_utf8,
  close_code_never_on_wire,
  close_code_unassigned,
  close_code_of_other_side,
  close_not_answered,
  client_ended_stream_first,
  ended_without_close,
  close_inside_message,
  close_simultaneous,
  close_code_not_echoed,
  tls_truncation,

  deflate_accepted_twice,
  deflate_parameter_invalid,
  deflate_window_bits_invalid,
  deflate_answer_exceeds_offer,
  deflate_answer_drops_demand,
  compressed_bit_misplaced,
  never_compressed,
  payload_not_deflate,
  deflate_window_exceeded,
  deflate_context_lost,
  compressed_twice,
  inflates_without_measure,

  extension_unknown,
};

inline constexpr std::size_t kRuleCount = static_cast<std::size_t>(Rule::extension_unknown) + 1;

// Who can break a rule, as seen at this tap. A hop on the path can break each of them, too.
enum class Breaker : unsigned char { client, server, either };

constexpr std::string_view name(Breaker breaker) {
  return breaker == Breaker::client ? "client" : breaker == Breaker::server ? "server" : "either";
}

struct RuleRow {
  Rule rule;
  std::string_view id;  // never renumbered
  std::string_view name;
  std::string_view section;
  Severity severity;
  Breaker breaker;
  std::string_view sentence;  // what the rule demands (or, of an `info` row, what was seen)
  std::string_view reaction;  // what a conforming receiver does
};

class RuleSet {
 public:
  void add(Rule rule) { bits_.set(static_cast<std::size_t>(rule)); }
  bool has(Rule rule) const { return bits_.test(static_cast<std::size_t>(rule)); }
  bool is_empty() const { return bits_.none(); }
  bool operator==(const RuleSet&) const = default;

 private:
  std::bitset<kRuleCount> bits_;
};

}  // namespace lastframe::ws
