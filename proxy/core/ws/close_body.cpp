#include "core/ws/close_body.h"

#include "core/ws/utf8.h"

namespace lastframe::ws {

CloseBody decode_close_body(ByteView payload) {
  if (payload.empty()) return NoStatus{};
  if (payload.size() == 1) return TruncatedStatus{payload[0]};
  const unsigned code =
      std::to_integer<unsigned>(payload[0]) << 8 | std::to_integer<unsigned>(payload[1]);
  return StatusAndReason{static_cast<CloseCode>(code), std::string(as_text(payload.subspan(2)))};
}

RuleSet broken_rules(const CloseBody& body) {
  RuleSet broken;
  if (std::holds_alternative<TruncatedStatus>(body)) broken.add(Rule::close_body_one_byte);
  if (const auto* status = std::get_if<StatusAndReason>(&body)) {
    const OnWire on_wire = row_of(status->code).on_wire;
    if (on_wire == OnWire::never) broken.add(Rule::close_code_never_on_wire);
    if (on_wire == OnWire::unassigned) broken.add(Rule::close_code_unassigned);
    if (!is_valid_utf8(status->reason)) broken.add(Rule::close_reason_not_utf8);
  }
  return broken;
}

CloseCode reported_code(const CloseBody& body) {
  if (const auto* status = std::get_if<StatusAndReason>(&body)) return status->code;
  return std::holds_alternative<NoStatus>(body) ? CloseCode::no_status_received
                                                : CloseCode::protocol_error;
}

}  // namespace lastframe::ws
