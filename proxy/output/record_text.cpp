#include "output/record_text.h"

#include <fmt/core.h>

#include <algorithm>

#include "output/json.h"
#include "output/record_words.h"

namespace lastframe::output {
namespace {

using session::SessionLabel;
using session::SessionReport;
using session::Text;

// Select Graphic Rendition parameters of ECMA-48.
constexpr std::string_view kGreen = "32";
constexpr std::string_view kYellow = "33";
constexpr std::string_view kRed = "31";
constexpr std::string_view kDim = "2";

std::string painted(std::string_view text, std::string_view style, Colour colour) {
  if (colour == Colour::off) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", style, text);
}

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

std::string_view style_of(const SessionReport& report) {
  if (!report.clean || has_broken_must(report)) return kRed;
  const auto code = static_cast<unsigned>(report.code);
  return code == 1000 || code == 1001 || code == 1005 ? kGreen : kYellow;
}

std::string where_text(const SessionReport& report) {
  std::string where = printable(report.texts[Text::path].value_or(""));
  if (const auto client = report.texts[Text::client]) {
    where += fmt::format("{}from {}", where.empty() ? "" : " ", printable(*client));
  }
  return where;
}

std::string reasons_text(const SessionReport& report) {
  std::string text;
  for (const Endpoint endpoint : kEndpoints) {
    const auto& close = report.close_frames[index(endpoint)];
    if (!close || close->reason.empty()) continue;
    text += fmt::format("  {} says {}", name(endpoint), quoted(shown_reason(close->reason)));
  }
  return text;
}

std::string violations_text(const SessionReport& report, Colour colour) {
  if (report.violation_count == 0) return {};
  const ws::Violation& first = report.violations.front();
  const std::string more =
      report.violation_count > 1 ? fmt::format(" and {} more", report.violation_count - 1) : "";
  return "  " + painted(fmt::format("[{} {} by {}, frame {}, offset {}{}]", row_of(first.rule).id,
                                    row_of(first.rule).name, name(first.side), first.frame,
                                    first.offset, more),
                        kRed, colour);
}

}  // namespace

std::string record_text(const SessionReport& report, Colour colour) {
  const auto& up = report.traffic[index(Direction::client_to_server)];
  const auto& down = report.traffic[index(Direction::server_to_client)];
  const std::string code =
      fmt::format("{} {}", static_cast<unsigned>(report.code), row_of(report.code).name);
  return fmt::format(
      "{}  {}  {:<17}  {}  {}{}{}  {}",
      painted(clock_text(report.accepted_wall, report.accepted, report.ended), kDim, colour),
      painted(fmt::format("{:<31}", code), style_of(report), colour), name(report.ending),
      printable(views_of(report).wire),
      painted(fmt::format("after {}, {} messages up, {} down",
                          duration_text(seconds_between(report.accepted, report.ended)),
                          up.messages, down.messages),
              kDim, colour),
      reasons_text(report), violations_text(report, colour),
      painted(fmt::format("{} {}", printable(report.listener), where_text(report)), kDim, colour));
}

std::string start_text(const SessionReport& report, Colour colour) {
  return fmt::format(
      "{}  open  {}",
      painted(clock_text(report.accepted_wall, report.accepted, report.ended), kDim, colour),
      painted(fmt::format("{} {}", printable(report.listener), where_text(report)), kDim, colour));
}

std::string frame_text(const SessionLabel& session, Moment at, const session::FrameSeen& frame,
                       Colour colour) {
  const ws::FrameHeader& header = frame.header;
  return fmt::format("{}  {:016x}  {}  frame {}  {}{}{}{}  {} bytes at {}",
                     painted(clock_text(session.accepted_wall, session.accepted, at), kDim, colour),
                     session.id, frame.direction == Direction::client_to_server ? "up  " : "down",
                     frame.frame, name(header.opcode), header.fin ? " FIN" : "",
                     header.rsv != 0 ? fmt::format(" RSV {:03b}", header.rsv) : "",
                     header.masking_key ? " MASK" : "", header.payload_length, frame.offset);
}

std::string message_text(const SessionLabel& session, Moment at,
                         const session::MessageSeen& message, Colour colour) {
  return fmt::format("{}  {:016x}  {}  message {}  {}{}  {} bytes in {} frames",
                     painted(clock_text(session.accepted_wall, session.accepted, at), kDim, colour),
                     session.id, message.direction == Direction::client_to_server ? "up  " : "down",
                     message.message, name(message.opcode),
                     message.is_compressed ? " compressed" : "", message.size, message.fragments);
}

std::string violation_text(const SessionLabel& session, Moment at, const ws::Violation& violation,
                           Colour colour) {
  const ws::RuleRow& row = row_of(violation.rule);
  return fmt::format("{}  {:016x}  {}  {} in frame {} at offset {}: {} ({})",
                     painted(clock_text(session.accepted_wall, session.accepted, at), kDim, colour),
                     session.id, painted(fmt::format("{} {}", row.id, row.name), kRed, colour),
                     name(violation.side), violation.frame, violation.offset, row.sentence,
                     row.section);
}

}  // namespace lastframe::output
