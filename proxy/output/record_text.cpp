#include "output/record_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/words.h"
#include "core/ws/rule_table.h"
#include "output/json.h"
#include "output/record_words.h"
#include "output/tls_words.h"

namespace lastframe::output {
namespace {

using session::HandshakeOutcome;
using session::SessionLabel;
using session::SessionReport;
using session::Text;

// "1007 Invalid Frame Payload Data" is the longest.
constexpr std::size_t kCodeWidth = 31;

std::string printable(std::string_view text) {
  std::string result;
  append_printable(result, text);
  return result;
}

std::string quoted(std::string_view text) {
  std::string result;
  append_json_string(result, text);
  return result;
}

// "19:00:01.234" of the day.
std::string clock_text(WallTime accepted_wall, Moment accepted, Moment at) {
  return utc_text(accepted_wall, accepted, at).substr(11, 12);
}

std::string duration_text(double seconds) {
  if (seconds < 1) return fmt::format("{:.0f} ms", seconds * 1000);
  if (seconds < 100) return fmt::format("{:.1f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

bool has_broken_must(const SessionReport& report) {
  return std::ranges::any_of(report.violations, [](const ws::Violation& violation) {
    return row_of(violation.rule).severity == ws::Severity::violation;
  });
}

Style style_of(const SessionReport& report) {
  if (has_broken_must(report)) return Style::bad;
  return report.is_sealed ? Style::odd : output::style_of(report.code, report.clean);
}

std::string code_text(const SessionReport& report) {
  if (report.is_sealed) return "   - Sealed by TLS";
  return fmt::format("{:>4} {}", static_cast<unsigned>(report.code), row_of(report.code).name);
}

std::string where_text(const SessionReport& report) {
  const auto path = report.texts[Text::path];
  return printable(report.listener) + (path ? " " + printable(*path) : "");
}

std::string from_text(const SessionReport& report) {
  const auto client = report.texts[Text::client];
  return client ? fmt::format("from {}", printable(*client)) : std::string();
}

std::string upgrade_text(const SessionReport& report) {
  const auto status = report.handshake.status;
  switch (report.handshake.outcome.value_or(HandshakeOutcome::accepted)) {
    case HandshakeOutcome::accepted:
      return {};
    case HandshakeOutcome::rejected:
      return fmt::format("rejected with {}", status.value_or(0));
    case HandshakeOutcome::failed:
      return status ? "failed: the 101 is not for this request" : "failed: the answer is no HTTP";
    case HandshakeOutcome::unanswered:
      return "unanswered";
    case HandshakeOutcome::abandoned:
      return "abandoned before the answer";
  }
  return {};
}

std::string tls_text(const SessionReport& report) {
  const session::TlsFailure& facts = report.tls_failure->facts;
  const std::string& more = facts.first_bytes.empty() ? facts.detail : facts.first_bytes;
  return printable(tls_failure_words(report)) +
         (more.empty() ? "" : fmt::format(" ({})", printable(more)));
}

// Why a connection never opened, or that its TLS broke later; empty where there is nothing to say.
std::string failure_text(const SessionReport& report) {
  if (report.kind == session::RecordKind::handshake_failed) return upgrade_text(report);
  if (!report.connect_error) return report.tls_failure ? tls_text(report) : std::string();
  return fmt::format("upstream {}: {}",
                     printable(report.texts[Text::server].value_or(report.upstream)),
                     printable(*report.connect_error));
}

// The other side's Close, where it says something else than the first one.
std::string answer_text(const SessionReport& report) {
  const session::CloseSeen* first = first_close(report);
  for (const Endpoint endpoint : kEndpoints) {
    const auto& close = report.close_frames[index(endpoint)];
    if (!close || &*close == first) continue;
    const bool is_echo =
        close->code == first->code && (close->reason.empty() || close->reason == first->reason);
    if (is_echo) continue;
    return fmt::format("{} answered {}{}", name(endpoint), static_cast<unsigned>(close->reported),
                       close->reason.empty() ? "" : " " + quoted(shown_reason(close->reason)));
  }
  return {};
}

std::string place_text(const ws::Violation& violation) {
  return violation.frame == 0 ? std::string("the handshake")
                              : "frame " + std::to_string(violation.frame);
}

std::string first_violation_text(const SessionReport& report) {
  if (report.violations.empty()) return {};
  const ws::Violation& first = report.violations.front();
  const std::string more =
      report.violation_count > 1 ? fmt::format(" and {} more", report.violation_count - 1) : "";
  return fmt::format("{} {} by {} in {}{}", row_of(first.rule).id, row_of(first.rule).name,
                     name(first.side), place_text(first), more);
}

// What stands where frames should, of the side that it explains.
std::string stray_text(const SessionReport& report) {
  if (report.stray_bytes.empty()) return {};
  const session::StraySeen& stray = report.stray_bytes.front();
  if (stray.kind == "unknown") return {};
  return fmt::format("{} at offset {} of the {}: {}",
                     stray.is_inside_frame ? "inside a frame" : "in place of a frame", stray.offset,
                     name(stray.side), printable(stray.summary));
}

std::string numbers_text(const SessionReport& report) {
  const auto& up = report.traffic[index(Direction::client_to_server)];
  const auto& down = report.traffic[index(Direction::server_to_client)];
  return fmt::format("{}, {} up, {} down, {}",
                     duration_text(seconds_between(report.accepted, report.ended)), up.messages,
                     down.messages, from_text(report));
}

std::string act_text(catalogue::Party party) {
  if (party == catalogue::Party::unknown) return "who has to act is unknown";
  return fmt::format("{} has to act", name(party));
}

// Each on a line of its own, behind the record's.
std::string verdict_text(const SessionReport& report, Colour colour) {
  if (!report.verdict) return {};
  const session::Verdict& verdict = *report.verdict;
  std::string lines;
  const auto say = [&](std::string_view word, std::string_view text, Style style) {
    if (text.empty()) return;
    lines += fmt::format("\n    {}  {}", painted(fmt::format("{:<5}", word), Style::dim, colour),
                         painted(printable(text), style, colour));
  };
  say("cause",
      fmt::format("{} ({}), {}: {}", verdict.cause, name(verdict.confidence),
                  act_text(verdict.party), verdict.summary),
      Style::strong);
  // What is as it should be is said in one line.
  if (report.clean && verdict.party == catalogue::Party::nobody) return lines;
  for (const std::string& sentence : verdict.evidence) say("", sentence, Style::dim);
  std::string_view word = "or";
  for (const std::string& candidate : verdict.candidates) {
    say(std::exchange(word, ""), candidate, Style::dim);
  }
  say("fix", verdict.fix, Style::strong);
  return lines;
}

}  // namespace

std::string record_text(const SessionReport& report, Colour colour) {
  const session::CloseSeen* first = first_close(report);
  const Style style = style_of(report);
  std::string line = fmt::format(
      "{}  {}  {}  {}  {:<22}",
      painted(clock_text(report.accepted_wall, report.accepted, report.ended), Style::dim, colour),
      painted(fmt::format("{:<{}}", code_text(report), kCodeWidth), style, colour),
      painted(fmt::format("{:<6}", name(report.initiator)), Style::strong, colour),
      painted(fmt::format("{:<17}", name(report.ending)), style, colour), where_text(report));
  const auto say = [&line](const std::string& text) {
    if (!text.empty()) line += "  " + text;
  };
  if (first != nullptr && !first->reason.empty()) say(quoted(shown_reason(first->reason)));
  say(failure_text(report));
  say(answer_text(report));
  say(painted(first_violation_text(report), Style::bad, colour));
  say(painted(stray_text(report), Style::bad, colour));
  say(painted(numbers_text(report), Style::dim, colour));
  return line + verdict_text(report, colour);
}

std::string start_text(const SessionReport& report, Colour colour) {
  return fmt::format(
      "{}  open  {}",
      painted(clock_text(report.accepted_wall, report.accepted, report.ended), Style::dim, colour),
      painted(fmt::format("{} {}", where_text(report), from_text(report)), Style::dim, colour));
}

std::string frame_text(const SessionLabel& session, Moment at, const session::FrameSeen& frame,
                       Colour colour) {
  const ws::FrameHeader& header = frame.header;
  return fmt::format(
      "{}  {:016x}  {}  frame {}  {}{}{}{}  {} bytes at {}",
      painted(clock_text(session.accepted_wall, session.accepted, at), Style::dim, colour),
      session.id, frame.direction == Direction::client_to_server ? "up  " : "down", frame.frame,
      name(header.opcode), header.fin ? " FIN" : "",
      header.rsv != 0 ? fmt::format(" RSV {:03b}", header.rsv) : "",
      header.masking_key ? " MASK" : "", header.payload_length, frame.offset);
}

std::string message_text(const SessionLabel& session, Moment at,
                         const session::MessageSeen& message, Colour colour) {
  return fmt::format(
      "{}  {:016x}  {}  message {}  {}{}  {} bytes in {} frames",
      painted(clock_text(session.accepted_wall, session.accepted, at), Style::dim, colour),
      session.id, message.direction == Direction::client_to_server ? "up  " : "down",
      message.message, name(message.opcode), message.is_compressed ? " compressed" : "",
      message.size, message.fragments);
}

std::string violation_text(const SessionLabel& session, Moment at, const ws::Violation& violation,
                           Colour colour) {
  const ws::RuleRow& row = row_of(violation.rule);
  return fmt::format(
      "{}  {:016x}  {}  {} in {} at offset {}{}{}: {} ({})",
      painted(clock_text(session.accepted_wall, session.accepted, at), Style::dim, colour),
      session.id, painted(fmt::format("{} {}", row.id, row.name), Style::bad, colour),
      name(violation.side), place_text(violation), violation.offset,
      violation.bytes.empty() ? "" : " [" + hex_text(violation.bytes, " ") + "]",
      violation.detail.empty() ? "" : ", " + printable(violation.detail), row.sentence,
      row.section);
}

}  // namespace lastframe::output
