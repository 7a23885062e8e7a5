// What holds of every report of a session, whatever was said to it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/base/endpoint.h"
#include "core/session/report.h"
#include "core/ws/inflate_pool.h"
#include "core/ws/rule_table.h"
#include "core/ws/stray_bytes.h"
#include "fuzz/chunks.h"

namespace lastframe::fuzz {

// Bytes that each side said, by Endpoint.
using SaidBytes = std::array<std::uint64_t, 2>;

inline bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
}

// What was found lies within what was said: in the handshake within all bytes, else within those
// behind the heads.
inline void check_finding(const ws::Violation& found, const session::SessionReport& report,
                          const SaidBytes& said) {
  const ws::RuleRow& row = ws::row_of(found.rule);
  const session::Traffic& traffic = report.traffic[index(direction_from(found.side))];
  require(found.offset <= (found.frame == 0 ? said[index(found.side)] : traffic.bytes));
  // A frame of which only some of the header came is not counted.
  const bool is_header_cut = found.rule == ws::Rule::frame_cut_off;
  require(found.frame <= traffic.frames + (is_header_cut ? 1 : 0));
  if (row.breaker == ws::Breaker::client) require(found.side == Endpoint::client);
  if (row.breaker == ws::Breaker::server) require(found.side == Endpoint::server);
  require(found.detail.size() <= ws::kLongestStrayText);
  require(is_printable(found.detail));
  require(found.bytes.size() <= 14);
  require(found.frame > 0 || found.bytes.empty());
}

inline void check_violations(const session::SessionReport& report, const SaidBytes& said) {
  require(report.violations.size() ==
          std::min<std::uint64_t>(report.violation_count, session::kMostListedViolations));
  std::array<std::uint64_t, 2> last_frame{};
  for (const ws::Violation& violation : report.violations) {
    check_finding(violation, report, said);
    require(ws::row_of(violation.rule).severity != ws::Severity::info);
    // In the order found; what is said of a whole connection comes last.
    if (violation.rule == ws::Rule::ping_unanswered) continue;
    require(violation.frame >= last_frame[index(violation.side)]);
    last_frame[index(violation.side)] = violation.frame;
  }
}

// One for each rule and side.
inline void check_notes(const session::SessionReport& report, const SaidBytes& said) {
  for (auto note = report.notes.begin(); note != report.notes.end(); ++note) {
    check_finding(note->first, report, said);
    require(ws::row_of(note->first.rule).severity == ws::Severity::info);
    require(note->count >= 1);
    require(std::none_of(report.notes.begin(), note, [&](const session::Note& earlier) {
      return earlier.first.rule == note->first.rule && earlier.first.side == note->first.side;
    }));
  }
}

// Where they stand; `end`: how many bytes that direction had.
inline void check_place(const session::StraySeen& stray, std::uint64_t end) {
  require(stray.offset < end);
  if (!stray.frames_again_at) return;
  require(stray.offset < *stray.frames_again_at && *stray.frames_again_at < end);
}

inline void check_stray_bytes(const session::SessionReport& report, const SaidBytes& said) {
  // At most one text that was masked wrongly and one break, in each direction.
  require(report.stray_bytes.size() <= 4);
  for (const session::StraySeen& stray : report.stray_bytes) {
    const session::Traffic& traffic = report.traffic[index(direction_from(stray.side))];
    if (stray.frame == 0) {
      // In place of the server's answer.
      require(report.is_opaque && stray.side == Endpoint::server && !stray.frames_again_at);
      check_place(stray, said[index(stray.side)]);
    } else {
      require(stray.frame <= traffic.frames);
      check_place(stray, traffic.bytes);
    }
    require(!stray.kind.empty() && is_printable(stray.kind));
    require(!stray.summary.empty() && stray.summary.size() <= ws::kLongestStrayText);
    require(stray.shown.size() <= ws::kLongestStrayText);
    require(is_printable(stray.summary) && is_printable(stray.shown));
  }
}

inline void check_compression(const session::SessionReport& report,
                              const ws::InflateLimits& limits) {
  for (const Direction direction : kDirections) {
    const auto& counts = report.compression[index(direction)];
    if (!counts) continue;
    require(counts->messages <= report.traffic[index(direction)].frames);
    require(counts->not_inflated <= counts->messages);
    require(counts->inflated <= counts->messages * limits.message);
  }
}

inline bool has_frames_again(const session::SessionReport& report, Endpoint side) {
  return std::ranges::any_of(report.stray_bytes, [side](const session::StraySeen& stray) {
    return stray.side == side && stray.frames_again_at;
  });
}

inline void check_traffic(const session::SessionReport& report, const SaidBytes& said) {
  for (const Endpoint endpoint : kEndpoints) {
    const session::Traffic& traffic = report.traffic[index(direction_from(endpoint))];
    require(traffic.bytes <= said[index(endpoint)]);
    require(traffic.messages <= traffic.frames);
    // What stands before frames that are found again counts as one, and may be a single byte.
    require(traffic.frames <=
            (has_frames_again(report, endpoint) ? traffic.bytes : traffic.bytes / 2));
    const auto& close = report.close_frames[index(endpoint)];
    if (close) require(close->frame >= 1 && close->frame <= traffic.frames);
    if (close) require(close->reason.size() <= 123);
    const auto& pings = report.pings[index(endpoint)];
    if (pings) require(pings->sent <= traffic.frames && pings->answered <= pings->sent);
  }
}

inline void check_report(const session::SessionReport& report, const SaidBytes& said,
                         const ws::InflateLimits& limits) {
  check_violations(report, said);
  check_notes(report, said);
  check_stray_bytes(report, said);
  check_compression(report, limits);
  check_traffic(report, said);
  require(report.stream_ends.size() <= 4);
  const bool is_tls_failure = report.kind == session::RecordKind::tls_failed;
  require(is_tls_failure == (report.ending == session::Ending::tls_failed));
  require(!is_tls_failure || report.code == ws::CloseCode::tls_handshake_failure);
  require(!is_tls_failure || (report.tls_failure && !report.handshake.outcome));
  require(report.clean == (report.ending == session::Ending::closing_handshake));
}

}  // namespace lastframe::fuzz
