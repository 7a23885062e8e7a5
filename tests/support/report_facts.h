// A session report as lines of plain words, one fact a line: what scenarios expect, what properties
// compare, what a failure shows. tests/scenarios/README.md lists the lines.
#pragma once

#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/endpoint.h"
#include "core/session/report.h"
#include "core/ws/rule_table.h"

namespace lastframe::test {

inline std::string in_quotes(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "\"";
  for (const char c : bytes) {
    const auto value = static_cast<unsigned char>(c);
    if (value >= 0x20 && value < 0x7F && c != '"' && c != '\\') {
      text += c;
    } else {
      text.append("\\x").append(1, kDigits[value >> 4]).append(1, kDigits[value & 15]);
    }
  }
  return text + '"';
}

inline std::string seconds_text(double seconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%gs", seconds);
  return text.data();
}

inline constexpr std::array<std::string_view, 14> kTextNames{
    "client",          "server",      "host",          "path",        "subprotocol", "extensions",
    "user_agent",      "origin",      "forwarded_for", "request_via", "trace_id",    "user",
    "response_server", "response_via"};

inline std::string outcome_fact(const session::SessionReport& report) {
  const session::HandshakeFacts& handshake = report.handshake;
  std::string line = "outcome ";
  line += handshake.outcome ? name(*handshake.outcome) : std::string_view("none");
  if (handshake.status) line += " " + std::to_string(*handshake.status);
  if (handshake.duration_s) line += " after " + seconds_text(*handshake.duration_s);
  return line;
}

inline std::string close_fact(const session::SessionReport& report, Endpoint endpoint) {
  const auto& close = report.close_frames[index(endpoint)];
  std::string line = std::string(name(endpoint)) + " close ";
  if (!close) return line + "none";
  line += close->code                                        ? std::to_string(*close->code)
          : close->reported == ws::CloseCode::protocol_error ? "broken"
                                                             : "empty";
  return line + " " + in_quotes(close->reason) + " frame " + std::to_string(close->frame) + " at " +
         seconds_text(seconds_between(report.accepted, close->at));
}

inline void append_ends_and_violations(const session::SessionReport& report,
                                       std::vector<std::string>& lines) {
  for (const session::StreamEnd& end : report.stream_ends) {
    lines.push_back("end " + std::string(name(end.endpoint)) + " " + std::string(name(end.how)) +
                    " at " + seconds_text(seconds_between(report.accepted, end.at)));
  }
  for (const ws::Violation& violation : report.violations) {
    lines.push_back("violation " + std::string(row_of(violation.rule).id) + " " +
                    std::string(name(violation.side)) + " frame " +
                    std::to_string(violation.frame) + " offset " +
                    std::to_string(violation.offset));
  }
  lines.push_back("violations " + std::to_string(report.violation_count));
  for (const session::Note& note : report.notes) {
    lines.push_back("note " + std::string(row_of(note.first.rule).id) + " " +
                    std::string(name(note.first.side)) + " frame " +
                    std::to_string(note.first.frame) + " offset " +
                    std::to_string(note.first.offset) + " count " + std::to_string(note.count));
  }
  for (const session::StraySeen& stray : report.stray_bytes) {
    lines.push_back(
        "stray " + std::string(name(stray.side)) + " frame " + std::to_string(stray.frame) +
        " offset " + std::to_string(stray.offset) + (stray.is_inside_frame ? " inside " : " ") +
        std::string(stray.kind) + " " + in_quotes(stray.summary) +
        (stray.frames_again_at ? " frames again at " + std::to_string(*stray.frames_again_at)
                               : ""));
  }
}

inline void append_pings_and_compression(const session::SessionReport& report,
                                         std::vector<std::string>& lines) {
  for (const Endpoint endpoint : kEndpoints) {
    const auto& pings = report.pings[index(endpoint)];
    if (!pings) continue;
    lines.push_back(
        "pings " + std::string(name(endpoint)) + " sent " + std::to_string(pings->sent) +
        " answered " + std::to_string(pings->answered) + " slowest " +
        seconds_text(std::chrono::duration<double>(pings->slowest).count()) +
        (pings->unanswered_since
             ? " unanswered since " +
                   seconds_text(seconds_between(report.accepted, *pings->unanswered_since))
             : ""));
  }
  for (const Direction direction : kDirections) {
    const auto& counts = report.compression[index(direction)];
    if (!counts) continue;
    lines.push_back("compression " + std::string(name(direction)) + " " +
                    std::to_string(counts->messages) + " messages " +
                    std::to_string(counts->inflated) + " bytes " +
                    std::to_string(counts->not_inflated) + " not inflated");
  }
}

inline void append_traffic(const session::SessionReport& report, std::vector<std::string>& lines) {
  for (const Direction direction : kDirections) {
    const session::Traffic& traffic = report.traffic[index(direction)];
    lines.push_back("traffic " + std::string(name(direction)) + " " +
                    std::to_string(traffic.bytes) + " bytes " + std::to_string(traffic.frames) +
                    " frames " + std::to_string(traffic.messages) + " messages");
    lines.push_back("relay " + std::string(name(direction)) + " pending_max " +
                    std::to_string(traffic.pending_max) + " stalled " +
                    seconds_text(std::chrono::duration<double>(traffic.stalled).count()));
  }
  for (const Endpoint endpoint : kEndpoints) {
    const auto& facts = report.transport[index(endpoint)];
    lines.push_back("transport " + std::string(name(endpoint)) +
                    (facts ? " retransmits " + std::to_string(facts->retransmits) + " unacked " +
                                 std::to_string(facts->unacked_bytes)
                           : " none"));
  }
}

inline std::vector<std::string> facts_of(const session::SessionReport& report) {
  std::vector<std::string> lines;
  lines.push_back("record " + std::string(name(report.kind)));
  lines.push_back("attempt " + std::to_string(report.attempt));
  lines.push_back("code " + std::to_string(static_cast<unsigned>(report.code)));
  lines.push_back("initiator " + std::string(name(report.initiator)));
  lines.push_back("ending " + std::string(name(report.ending)));
  lines.emplace_back(report.clean ? "clean" : "not clean");
  lines.push_back(outcome_fact(report));
  for (const Endpoint endpoint : kEndpoints) lines.push_back(close_fact(report, endpoint));
  lines.push_back("duration " + seconds_text(seconds_between(report.accepted, report.ended)));
  append_ends_and_violations(report, lines);
  append_pings_and_compression(report, lines);
  append_traffic(report, lines);
  for (std::size_t i = 0; i < kTextNames.size(); ++i) {
    const auto text = report.texts[static_cast<session::Text>(i)];
    lines.push_back("text " + std::string(kTextNames[i]) + " " +
                    (text ? in_quotes(*text) : std::string("none")));
  }
  if (report.connect_error) lines.push_back("connect_error " + *report.connect_error);
  if (report.is_opaque) lines.emplace_back("opaque");
  if (report.is_answered_by_us) lines.emplace_back("answered_by_us");
  return lines;
}

inline std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text.append(line).append("\n");
  return text;
}

}  // namespace lastframe::test
