#include "core/verdict/end_facts.h"

#include <algorithm>

namespace lastframe::verdict {
namespace {

using session::SessionReport;
using std::chrono::milliseconds;

constexpr std::uint16_t kMessageTooBig = 1009;

// What the receiver's limit applies to.
std::uint64_t judged_size(const session::RecentMessage& message) {
  return message.inflated.value_or(message.size);
}

Moment began(const SessionReport& report) {
  if (report.circumstances) return report.circumstances->at;
  Moment first = report.ended;
  for (const auto& close : report.close_frames) {
    if (close) first = std::min(first, close->at);
  }
  for (const session::StreamEnd& end : report.stream_ends) first = std::min(first, end.at);
  return first;
}

// A peer that answers our own end with a Close did not begin it.
bool is_cut_by_us(const SessionReport& report) {
  if (report.initiator == session::Initiator::proxy) return true;
  if (report.initiator == session::Initiator::none) return true;
  if (report.stream_ends.empty()) return false;
  const session::StreamEnd& end = report.stream_ends.front();
  const session::CloseSeen* close = first_close(report);
  return end.how == session::EndKind::proxy_shutdown && (close == nullptr || end.at <= close->at);
}

// An idle timer starts with the handshake where no byte came behind it.
void note_idle_times(const SessionReport& report, EndFacts& facts) {
  if (!report.circumstances) return;
  for (const Direction direction : kDirections) {
    const session::DirectionState& state = report.circumstances->directions[index(direction)];
    const auto since = state.last_byte_at ? state.last_byte_at : report.handshake.opened;
    if (!since || *since > facts.ended) continue;
    const auto idle = std::chrono::floor<milliseconds>(facts.ended - *since);
    facts.idle_of[index(sender(direction))] = idle;
    facts.idle = facts.idle ? std::min(*facts.idle, idle) : idle;
  }
}

// The sender often goes on until the 1009 reaches it: of the last messages the largest is the one
// that was too big, and what was taken is smaller.
void note_refusal(const session::DirectionState& towards, EndFacts& facts) {
  for (const session::RecentMessage& message : towards.recent) {
    facts.refused_size = std::max(facts.refused_size.value_or(0), judged_size(message));
  }
  if (!facts.refused_size) return;
  if (facts.accepted_size < *facts.refused_size) return;
  facts.accepted_size.reset();
  for (const session::RecentMessage& message : towards.recent) {
    const std::uint64_t size = judged_size(message);
    if (!message.is_complete || size >= *facts.refused_size) continue;
    facts.accepted_size = std::max(facts.accepted_size.value_or(0), size);
  }
}

void note_sizes(const SessionReport& report, EndFacts& facts) {
  if (!report.circumstances) return;
  const Direction direction = direction_from(other(facts.closer));
  const session::DirectionState& towards = report.circumstances->directions[index(direction)];
  const std::uint64_t largest =
      std::max(towards.largest_message, towards.largest_inflated.value_or(0));
  if (largest > 0) facts.accepted_size = largest;
  if (facts.code == kMessageTooBig) note_refusal(towards, facts);
}

}  // namespace

std::optional<EndFacts> end_facts(const SessionReport& report) {
  if (report.kind != session::RecordKind::session_end) return std::nullopt;
  EndFacts facts;
  facts.closer =
      report.initiator == session::Initiator::client ? Endpoint::client : Endpoint::server;
  if (const session::CloseSeen* close = first_close(report)) {
    facts.code = close->code.value_or(static_cast<std::uint16_t>(close->reported));
  }
  facts.was_cut_by_us = is_cut_by_us(report);
  facts.accepted = report.accepted;
  facts.ended = began(report);
  facts.finished = std::max(report.ended, facts.ended);
  note_idle_times(report, facts);
  note_sizes(report, facts);
  return facts;
}

}  // namespace lastframe::verdict
