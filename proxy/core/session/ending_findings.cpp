#include "core/session/ending_findings.h"

#include <algorithm>

#include "core/ws/stray_bytes.h"

namespace lastframe::session {
namespace {

using ws::Rule;

const std::optional<CloseSeen>& close_of(const SessionReport& report, Endpoint endpoint) {
  return report.close_frames[index(endpoint)];
}

// At the place where `side` stood when all was over.
ws::Violation at_the_end(const SessionReport& report, Rule rule, Endpoint side,
                         std::string detail = {}) {
  const Traffic& traffic = report.traffic[index(direction_from(side))];
  return {.rule = rule,
          .side = side,
          .frame = traffic.frames,
          .offset = traffic.bytes,
          .detail = std::move(detail)};
}

std::string number_text(ws::CloseCode code) { return std::to_string(static_cast<unsigned>(code)); }

// Seconds, with one decimal: "12.3".
std::string tenths_text(Moment::duration time) {
  const auto tenths = std::chrono::floor<std::chrono::milliseconds>(time).count() / 100;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

bool is_own_end(EndKind how) {
  return how == EndKind::fin || how == EndKind::reset || how == EndKind::tls_truncated;
}

// The Close that came second can be no answer to the first when it passed here before the first
// could have gone to its sender and an answer come back.
bool is_simultaneous(const SessionReport& report, Endpoint second) {
  const auto& transport = report.transport[index(second)];
  if (!transport) return false;
  const double gap =
      seconds_between(close_of(report, other(second))->at, close_of(report, second)->at);
  // The measured round trip varies; below a millisecond it says nothing.
  return transport->rtt_ms >= 1 && gap * 1000 < transport->rtt_ms / 2;
}

void find_in_closes(const SessionReport& report, std::vector<ws::Violation>& found) {
  const auto closer = first_closer(report);
  if (!closer) {
    if (report.stream_ends.empty() || !is_own_end(report.stream_ends.front().how)) return;
    found.push_back(
        at_the_end(report, Rule::ended_without_close, report.stream_ends.front().endpoint));
    return;
  }
  const Endpoint first = *closer;
  const Endpoint second = other(first);
  if (!close_of(report, second)) {
    const bool has_left = std::ranges::any_of(report.stream_ends, [&](const StreamEnd& end) {
      return end.endpoint == second && end.how == EndKind::fin &&
             end.at >= close_of(report, first)->at;
    });
    if (has_left) found.push_back(at_the_end(report, Rule::close_not_answered, second));
    return;
  }
  if (is_simultaneous(report, second)) {
    found.push_back(at_the_end(report, Rule::close_simultaneous, second));
  }
  if (close_of(report, first)->code != close_of(report, second)->code) {
    found.push_back(at_the_end(report, Rule::close_code_not_echoed, second,
                               number_text(close_of(report, second)->reported) + " after " +
                                   number_text(close_of(report, first)->reported)));
  }
  if (!report.stream_ends.empty() && report.stream_ends.front().endpoint == Endpoint::client &&
      is_own_end(report.stream_ends.front().how)) {
    found.push_back(at_the_end(report, Rule::client_ended_stream_first, Endpoint::client));
  }
}

// A hop may just as well have cut the stream: RFC 8446 section 6.1 has the close_notify for that.
void find_truncations(const SessionReport& report, std::vector<ws::Violation>& found) {
  for (const StreamEnd& end : report.stream_ends) {
    if (end.how != EndKind::tls_truncated) continue;
    found.push_back(at_the_end(report, Rule::tls_truncation, end.endpoint));
  }
}

void find_unanswered_pings(const SessionReport& report, std::vector<ws::Violation>& found) {
  const Moment end = report.stream_ends.empty() ? report.ended : report.stream_ends.front().at;
  for (const Endpoint pinger : kEndpoints) {
    const auto& pings = report.pings[index(pinger)];
    if (!pings || !pings->unanswered_since) continue;
    if (end - *pings->unanswered_since < kLatePong) continue;
    found.push_back(at_the_end(
        report, Rule::ping_unanswered, other(pinger),
        "a Ping had waited " + tenths_text(end - *pings->unanswered_since) + " s for its Pong"));
  }
}

}  // namespace

std::vector<ws::Violation> ending_findings(const SessionReport& report) {
  std::vector<ws::Violation> found;
  find_in_closes(report, found);
  find_truncations(report, found);
  find_unanswered_pings(report, found);
  for (const StraySeen& stray : report.stray_bytes) {
    if (stray.kind == name(ws::StrayKind::unknown)) continue;
    found.push_back({.rule = Rule::not_a_frame,
                     .side = stray.side,
                     .frame = stray.frame,
                     .offset = stray.offset,
                     .detail = stray.summary});
  }
  for (const Direction direction : kDirections) {
    const auto& compression = report.compression[index(direction)];
    const std::uint64_t messages = report.traffic[index(direction)].messages;
    if (!compression || compression->messages > 0 || messages == 0) continue;
    found.push_back(at_the_end(report, Rule::never_compressed, sender(direction)));
  }
  return found;
}

}  // namespace lastframe::session
