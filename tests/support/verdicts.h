// Facts of one connection, and what the diagnosis makes of them with a catalogue that has a bare
// row for every cause.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/catalogue/catalogue.h"
#include "core/session/report.h"
#include "core/verdict/diagnosis.h"

namespace lastframe::test {

inline catalogue::Catalogue catalogue_of_every_cause() {
  catalogue::Catalogue rows;
  for (std::size_t i = 0; i < catalogue::kCauseCount; ++i) {
    catalogue::CauseRow row;
    row.id = name(static_cast<catalogue::Cause>(i));
    rows.causes.push_back(row);
  }
  std::ranges::sort(rows.causes, {}, &catalogue::CauseRow::id);
  return rows;
}

inline Moment at_ms(int milliseconds) { return Moment{} + std::chrono::milliseconds(milliseconds); }

// An open connection; its end is for the test to add.
inline session::SessionReport open_connection() {
  session::SessionReport report;
  report.handshake.opened = at_ms(1);
  return report;
}

// `side` sends a Close, the first one or the answer to it.
inline void send_close(session::SessionReport& report, Endpoint side, std::uint64_t frame,
                       std::optional<unsigned> code, int milliseconds, std::string reason = "") {
  session::CloseSeen close;
  close.frame = frame;
  close.code = code;
  close.reason = std::move(reason);
  close.reported = static_cast<ws::CloseCode>(code.value_or(1002));
  close.at = at_ms(milliseconds);
  const bool is_first = !first_closer(report);
  report.close_frames[index(side)] = close;
  report.clean = !is_first;
  if (!is_first) return;
  report.code = close.reported;
  report.initiator =
      side == Endpoint::client ? session::Initiator::client : session::Initiator::server;
}

inline void break_rule(session::SessionReport& report, ws::Rule rule, Endpoint side,
                       std::uint64_t frame, std::uint64_t offset, int milliseconds) {
  report.violations.push_back({.rule = rule, .side = side, .frame = frame, .offset = offset});
  report.violation_moments.push_back(at_ms(milliseconds));
  ++report.violation_count;
}

inline bool says(const std::vector<std::string>& sentences, std::string_view words) {
  return std::ranges::any_of(sentences,
                             [&](const std::string& each) { return each.contains(words); });
}

inline catalogue::Party party_of(Endpoint side) {
  return side == Endpoint::client ? catalogue::Party::client : catalogue::Party::server;
}

inline catalogue::Party hop_at(Endpoint side) {
  return side == Endpoint::client ? catalogue::Party::hop_before : catalogue::Party::hop_behind;
}

}  // namespace lastframe::test
