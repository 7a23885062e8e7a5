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
#include "core/tls/names.h"
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

// "at 0.25s", since the client was accepted.
inline std::string at_text(const session::SessionReport& report, Moment at) {
  return "at " + seconds_text(seconds_between(report.accepted, at));
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
  for (std::size_t i = 0; i < report.violations.size(); ++i) {
    const ws::Violation& violation = report.violations[i];
    lines.push_back("violation " + std::string(row_of(violation.rule).id) + " " +
                    std::string(name(violation.side)) + " frame " +
                    std::to_string(violation.frame) + " offset " +
                    std::to_string(violation.offset) + " " +
                    at_text(report, report.violation_moments.at(i)));
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
             : "") +
        " last sent " + at_text(report, pings->last_sent) +
        (pings->last_latency
             ? " answered last after " +
                   seconds_text(std::chrono::duration<double>(*pings->last_latency).count())
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

inline std::string recent_fact(const session::SessionReport& report, Direction direction,
                               const session::RecentMessage& message) {
  std::string line = "recent " + std::string(name(direction)) + " " +
                     (message.is_text ? "text " : "binary ") + std::to_string(message.size) +
                     " bytes " + at_text(report, message.at);
  if (message.fragments != 1) {
    line += " fragments " + std::to_string(message.fragments) + " largest " +
            std::to_string(message.largest_frame);
  }
  if (message.inflated) line += " inflated " + std::to_string(*message.inflated);
  return message.is_complete ? line : line + " in hand";
}

// How things stood when the end began.
inline void append_circumstances(const session::SessionReport& report,
                                 std::vector<std::string>& lines) {
  if (!report.circumstances) return;
  const session::Circumstances& seen = *report.circumstances;
  lines.push_back("the end began " + at_text(report, seen.at));
  for (const Direction direction : kDirections) {
    const session::DirectionState& state = seen.directions[index(direction)];
    const std::string by(name(direction));
    lines.push_back("last byte " + by + " " +
                    (state.last_byte_at ? at_text(report, *state.last_byte_at) : "none"));
    lines.push_back("before the end " + by + " " + std::to_string(state.bytes) + " bytes " +
                    std::to_string(state.messages) + " messages");
    for (const auto& message : state.recent)
      lines.push_back(recent_fact(report, direction, message));
    lines.push_back(
        "largest message " + by + " " + std::to_string(state.largest_message) +
        (state.largest_inflated ? " inflated " + std::to_string(*state.largest_inflated) : ""));
    lines.push_back("rate " + by + " " + std::to_string(state.rate.messages) + " messages " +
                    std::to_string(state.rate.bytes) + " bytes in " +
                    seconds_text(std::chrono::duration<double>(state.rate.over).count()));
  }
  if (seen.silence) {
    lines.push_back("silence broken by " + std::string(name(sender(seen.silence->by))) + " " +
                    at_text(report, seen.silence->ended) + " after " +
                    seconds_text(std::chrono::duration<double>(seen.silence->length).count()));
  }
  if (seen.farewell) {
    lines.push_back("farewell " + std::string(name(seen.farewell->sender)) + " " +
                    seen.farewell->id + " " + in_quotes(seen.farewell->value) + " " +
                    at_text(report, seen.farewell->at));
  }
  for (const Endpoint endpoint : kEndpoints) {
    const auto& beats = seen.heartbeats[index(endpoint)];
    if (!beats) continue;
    lines.push_back("heartbeats " + std::string(name(endpoint)) + " " + beats->id + " " +
                    std::to_string(beats->count) + " usual " +
                    seconds_text(std::chrono::duration<double>(beats->usual).count()) +
                    " longest " +
                    seconds_text(std::chrono::duration<double>(beats->longest).count()) + " last " +
                    at_text(report, beats->last));
  }
}

inline void append_tls_leg(const session::TlsLeg& leg, const std::string& who,
                           std::vector<std::string>& lines) {
  lines.push_back(who + std::string(name(leg.handling)));
  if (leg.version != 0) lines.push_back(who + "version " + tls::version_name(leg.version));
  if (!leg.cipher.empty()) lines.push_back(who + "cipher " + leg.cipher);
  if (!leg.alpn.empty()) lines.push_back(who + "alpn " + leg.alpn);
  if (!leg.server_name.empty()) lines.push_back(who + "server_name " + leg.server_name);
  if (leg.certificate_fault != session::CertificateFault::none) {
    lines.push_back(who + "certificate " + std::string(name(leg.certificate_fault)) +
                    (leg.is_verified ? " verified" : ""));
  }
  for (const session::CertificateFacts& certificate : leg.chain) {
    lines.push_back(who + "shows " + in_quotes(certificate.subject) + " of " +
                    in_quotes(certificate.issuer));
  }
  if (leg.alert) lines.push_back(who + "alert " + std::to_string(leg.alert->number));
  if (leg.handling == session::TlsHandling::passed_through) {
    lines.push_back(who + "last_record " + std::string(name(leg.last_record)));
  }
  if (leg.is_cut) lines.push_back(who + "cut");
  if (leg.chain_length > 0) lines.push_back(who + "chain " + std::to_string(leg.chain_length));
  if (!leg.offered_ciphers.empty()) {
    lines.push_back(who + "offers " + std::to_string(leg.offered_ciphers.size()) + " ciphers");
  }
}

inline void append_tls(const session::SessionReport& report, std::vector<std::string>& lines) {
  for (const Endpoint endpoint : kEndpoints) {
    const auto& leg = report.tls[index(endpoint)];
    if (leg) append_tls_leg(*leg, "tls " + std::string(name(endpoint)) + " ", lines);
  }
  if (!report.tls_failure) return;
  const session::TlsFailure& facts = report.tls_failure->facts;
  std::string line = "tls_failure " + std::string(name(report.tls_failure->peer)) + " " +
                     std::string(name(facts.fault)) + " " + at_text(report, report.tls_failure->at);
  if (facts.received) line += " received " + std::to_string(facts.received->number);
  if (facts.sent) line += " sent " + std::to_string(facts.sent->number);
  if (facts.is_after_handshake) line += " after the handshake";
  if (!facts.detail.empty()) line += " detail " + facts.detail;
  if (!facts.first_bytes.empty()) line += " first " + in_quotes(facts.first_bytes);
  lines.push_back(line);
}

inline void append_refusal(const session::SessionReport& report, std::vector<std::string>& lines) {
  if (!report.handshake.refusal) return;
  const session::Refusal& refusal = *report.handshake.refusal;
  lines.push_back("refusal length " +
                  (refusal.body_length ? std::to_string(*refusal.body_length) : "none") + " type " +
                  in_quotes(refusal.content_type) + " authenticate " +
                  in_quotes(refusal.authenticate) + " location " + in_quotes(refusal.location) +
                  " retry_after " + in_quotes(refusal.retry_after));
  lines.push_back("refusal body " + in_quotes(refusal.body));
}

inline void append_verdict(const session::SessionReport& report, std::vector<std::string>& lines) {
  if (!report.verdict) return;
  const session::Verdict& verdict = *report.verdict;
  lines.push_back("cause " + verdict.cause + " " + std::string(name(verdict.confidence)) + " " +
                  std::string(name(verdict.party)));
  lines.push_back("summary " + verdict.summary);
  for (const std::string& sentence : verdict.evidence) lines.push_back("evidence " + sentence);
  for (const std::string& candidate : verdict.candidates) lines.push_back("candidate " + candidate);
  lines.push_back("fix " + verdict.fix);
}

inline std::vector<std::string> facts_of(const session::SessionReport& report) {
  std::vector<std::string> lines;
  lines.push_back("record " + std::string(name(report.kind)));
  lines.push_back("attempt " + std::to_string(report.attempt));
  lines.push_back("upstream " + report.upstream);
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
  append_circumstances(report, lines);
  append_refusal(report, lines);
  append_tls(report, lines);
  append_verdict(report, lines);
  for (std::size_t i = 0; i < kTextNames.size(); ++i) {
    const auto text = report.texts[static_cast<session::Text>(i)];
    lines.push_back("text " + std::string(kTextNames[i]) + " " +
                    (text ? in_quotes(*text) : std::string("none")));
  }
  if (report.connect_error) lines.push_back("connect_error " + *report.connect_error);
  if (report.is_opaque) lines.emplace_back("opaque");
  if (report.is_sealed) lines.emplace_back("sealed");
  if (report.is_answered_by_us) lines.emplace_back("answered_by_us");
  return lines;
}

inline std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text.append(line).append("\n");
  return text;
}

}  // namespace lastframe::test
