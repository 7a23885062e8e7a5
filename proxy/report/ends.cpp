#include "report/ends.h"

#include <algorithm>
#include <chrono>

namespace lastframe::report {
namespace {

using std::chrono::milliseconds;

constexpr std::uint16_t kMessageTooBig = 1009;

std::chrono::microseconds micros(double seconds) {
  return std::chrono::microseconds(static_cast<std::int64_t>(seconds * 1e6));
}

// When the end began: at the first Close, or at the first end of a stream.
double began(const Record& record) {
  double first = record.lasted.value_or(0);
  for (const auto& at : {record.close_at[0], record.close_at[1], record.first_end_at}) {
    if (at) first = std::min(first, *at);
  }
  return first;
}

bool is_cut_by_us(const Record& record) {
  const std::string_view initiator = record.close.initiator;
  if (initiator != name(Endpoint::client) && initiator != name(Endpoint::server)) return true;
  if (record.first_end_how != "proxy_shutdown") return false;
  const auto end = record.first_end_at.value_or(0);
  return std::ranges::none_of(record.close_at, [&](const auto& at) { return at && *at < end; });
}

// An idle timer starts with the handshake where no byte came behind it.
void note_idle_times(const Record& record, double age, verdict::EndFacts& facts) {
  const double since_open = std::max(0.0, age - record.handshake_lasted.value_or(0));
  for (const Direction direction : kDirections) {
    const double seconds = record.idle[index(direction)].value_or(since_open);
    const auto idle = std::chrono::floor<milliseconds>(micros(std::min(seconds, since_open)));
    facts.idle_of[index(sender(direction))] = idle;
    facts.idle = facts.idle ? std::min(*facts.idle, idle) : idle;
  }
}

// A message that was cut off was not taken.
void note_sizes(const Record& record, verdict::EndFacts& facts) {
  const auto& largest = record.largest_message[index(direction_from(other(facts.closer)))];
  if (!largest || *largest == 0) return;
  (facts.code == kMessageTooBig ? facts.refused_size : facts.accepted_size) = largest;
}

}  // namespace

std::optional<verdict::EndFacts> end_facts(const Record& record) {
  if (record.event != Event::session_end || record.is_sealed || !record.lasted) return std::nullopt;
  verdict::EndFacts facts;
  facts.closer =
      record.close.initiator == name(Endpoint::client) ? Endpoint::client : Endpoint::server;
  if (record.close.has_frame) facts.code = record.close.code;
  facts.was_cut_by_us = is_cut_by_us(record);
  const double age = began(record);
  const Moment over{record.time ? record.time->time_since_epoch() : std::chrono::microseconds{0}};
  facts.finished = over;
  facts.accepted = over - micros(*record.lasted);
  facts.ended = facts.accepted + micros(age);
  note_idle_times(record, age, facts);
  note_sizes(record, facts);
  return facts;
}

}  // namespace lastframe::report
