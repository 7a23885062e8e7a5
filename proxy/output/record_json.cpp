#include "output/record_json.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/words.h"
#include "core/ws/rule_table.h"
#include "core/ws/utf8.h"
#include "output/json.h"
#include "output/record_parts.h"
#include "output/record_words.h"
#include "output/tls_json.h"

namespace lastframe::output {
namespace {

using session::CloseSeen;
using session::SessionLabel;
using session::SessionReport;
using session::Text;

// None where nobody can see a Close: any number would say that there was one, or none.
std::optional<unsigned> code_of(const SessionReport& report) {
  if (report.is_sealed) return std::nullopt;
  return static_cast<unsigned>(report.code);
}

std::optional<std::string_view> name_of_code(const SessionReport& report) {
  if (report.is_sealed) return std::nullopt;
  return row_of(report.code).name;
}

void append_close(JsonWriter& json, const SessionReport& report) {
  const CloseSeen* first = first_close(report);
  json.key("close")
      .begin_object()
      .field("code", code_of(report))
      .field("name", name_of_code(report))
      .key("reason");
  first != nullptr ? json.value(shown_reason(first->reason)) : json.null();
  if (first != nullptr) append_reason_hex(json, *first);
  json.field("initiator", name(report.initiator))
      .field("clean", report.clean)
      .field("ending", name(report.ending))
      .end_object();
}

void append_list(JsonWriter& json, std::string_view key, const std::vector<std::string>& texts) {
  json.key(key).begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
}

void append_cause(JsonWriter& json, const SessionReport& report) {
  json.key("cause");
  if (!report.verdict) {
    json.null();
    return;
  }
  const session::Verdict& verdict = *report.verdict;
  json.begin_object()
      .field("id", verdict.cause)
      .field("confidence", name(verdict.confidence))
      .field("party", name(verdict.party))
      .field("summary", verdict.summary);
  append_list(json, "evidence", verdict.evidence);
  append_list(json, "candidates", verdict.candidates);
  json.field("fix", verdict.fix).end_object();
}

void append_notes(JsonWriter& json, const SessionReport& report) {
  json.key("notes").begin_array();
  for (const session::Note& note : report.notes) {
    json.begin_object();
    append_violation(json, note.first);
    json.field("count", note.count).end_object();
  }
  json.end_array();
  if (report.stray_bytes.empty()) return;
  json.key("stray_bytes").begin_array();
  for (const session::StraySeen& stray : report.stray_bytes) {
    json.begin_object()
        .field("side", name(stray.side))
        .field("frame", stray.frame)
        .field("offset", stray.offset)
        .field("inside_frame", stray.is_inside_frame)
        .field("kind", stray.kind)
        .field("summary", stray.summary);
    if (!stray.shown.empty()) json.field("shown", stray.shown);
    if (stray.frames_again_at) json.field("frames_again_at", *stray.frames_again_at);
    json.end_object();
  }
  json.end_array();
}

void append_pings(JsonWriter& json, const SessionReport& report) {
  const auto& [client, server] = report.pings;
  if (!client && !server) return;
  json.key("pings").begin_object();
  for (const Endpoint endpoint : kEndpoints) {
    const auto& pings = report.pings[index(endpoint)];
    json.key(name(endpoint));
    if (!pings) {
      json.null();
      continue;
    }
    json.begin_object()
        .field("sent", pings->sent)
        .field("answered", pings->answered)
        .key("slowest_s")
        .seconds(std::chrono::duration<double>(pings->slowest).count())
        .key("unanswered_since_s");
    pings->unanswered_since
        ? json.seconds(seconds_between(report.accepted, *pings->unanswered_since))
        : json.null();
    json.end_object();
  }
  json.end_object();
}

void append_compression(JsonWriter& json, const SessionReport& report) {
  const auto& [up, down] = report.compression;
  if (!up && !down) return;
  json.key("compression").begin_object();
  for (const Direction direction : kDirections) {
    const auto& counts = report.compression[index(direction)];
    if (!counts) continue;
    json.key(name(direction))
        .begin_object()
        .field("messages", counts->messages)
        .field("inflated_bytes", counts->inflated)
        .field("not_inflated", counts->not_inflated)
        .end_object();
  }
  json.end_object();
}

// From the direction's last byte to where the end began.
std::optional<double> idle_seconds(const SessionReport& report, Direction direction) {
  if (!report.circumstances) return std::nullopt;
  const auto& last_byte_at = report.circumstances->directions[index(direction)].last_byte_at;
  if (!last_byte_at) return std::nullopt;
  return seconds_between(*last_byte_at, report.circumstances->at);
}

// Bytes of the direction's largest message; inflated, where it was compressed. With a 1009 of its
// receiver, the message that was refused, whole or not: the sender often goes on until the 1009
// reaches it, so that it is the largest of the last ones.
std::optional<std::uint64_t> largest_message(const SessionReport& report, Direction direction) {
  constexpr ws::CloseCode kMessageTooBig{1009};
  if (!report.circumstances) return std::nullopt;
  const session::DirectionState& state = report.circumstances->directions[index(direction)];
  const bool is_refused =
      report.code == kMessageTooBig && name(report.initiator) == name(receiver(direction));
  std::uint64_t refused = 0;
  for (const session::RecentMessage& message : state.recent) {
    refused = std::max({refused, message.size, message.inflated.value_or(0)});
  }
  if (is_refused && refused > 0) return refused;
  return std::max(state.largest_message, state.largest_inflated.value_or(0));
}

void append_traffic(JsonWriter& json, const SessionReport& report) {
  json.key("traffic").begin_object();
  for (const Direction direction : kDirections) {
    const session::Traffic& traffic = report.traffic[index(direction)];
    json.key(name(direction))
        .begin_object()
        .field("bytes", traffic.bytes)
        .field("frames", traffic.frames)
        .field("messages", traffic.messages)
        .field("pending_max", traffic.pending_max)
        .key("stalled_s")
        .seconds(std::chrono::duration<double>(traffic.stalled).count())
        .key("idle_s");
    const auto idle = idle_seconds(report, direction);
    idle ? json.seconds(*idle) : json.null();
    json.field("message_max", largest_message(report, direction)).end_object();
  }
  json.end_object().key("transport").begin_object();
  for (const Endpoint endpoint : kEndpoints) {
    const auto& facts = report.transport[index(endpoint)];
    json.key(name(endpoint));
    if (!facts) {
      json.null();
      continue;
    }
    json.begin_object().key("rtt_ms").milliseconds(facts->rtt_ms);
    json.field("retransmits", facts->retransmits)
        .field("unacked_bytes", facts->unacked_bytes)
        .key("error");
    facts->error.empty() ? json.null() : json.value(facts->error);
    json.end_object();
  }
  json.end_object();
}

JsonWriter& begin_event(JsonWriter& json, const SessionLabel& session, Moment at,
                        std::string_view event) {
  return json.begin_object()
      .field("event", event)
      .field("time", utc_text(session.accepted_wall, session.accepted, at))
      .field("session", session_id(session.id, session.attempt))
      .field("listener", session.listener);
}

}  // namespace

std::string record_json(const SessionReport& report) {
  std::string line;
  line.reserve(2048);
  JsonWriter json(line);
  json.begin_object();
  append_identity(json, report, name(report.kind), report.ended);
  json.key("duration_s").seconds(seconds_between(report.accepted, report.ended));
  append_request_and_handshake(json, report);
  append_tls(json, report);
  append_close(json, report);
  append_ends(json, report);
  if (report.connect_error) json.field("connect_error", *report.connect_error);
  append_cause(json, report);
  const Views views = views_of(report);
  json.key("views")
      .begin_object()
      .field("wire", views.wire)
      .field("browser", views.browser)
      .field("server", views.server)
      .end_object();
  append_violations(json, report);
  append_notes(json, report);
  append_pings(json, report);
  append_compression(json, report);
  append_traffic(json, report);
  if (report.is_opaque) json.field("opaque", true);
  if (report.is_sealed) json.field("sealed", true);
  if (report.is_answered_by_us) json.field("answered_by_proxy", "http_502");
  json.end_object();
  return line;
}

std::string start_json(const SessionReport& report) {
  std::string line;
  JsonWriter json(line);
  json.begin_object();
  append_identity(json, report, "session_start", report.ended);
  append_request_and_handshake(json, report);
  json.end_object();
  return line;
}

std::string frame_json(const SessionLabel& session, Moment at, const session::FrameSeen& frame) {
  std::string line;
  JsonWriter json(line);
  begin_event(json, session, at, "frame")
      .field("direction", name(frame.direction))
      .field("frame", frame.frame)
      .field("offset", frame.offset)
      .field("fin", frame.header.fin)
      .field("rsv", static_cast<unsigned>(frame.header.rsv))
      .field("opcode", static_cast<unsigned>(frame.header.opcode))
      .field("type", name(frame.header.opcode))
      .field("masked", frame.header.masking_key.has_value())
      .field("length", frame.header.payload_length)
      .key("message");
  frame.message != 0 ? json.value(frame.message) : json.null();
  json.end_object();
  return line;
}

std::string message_json(const SessionLabel& session, Moment at,
                         const session::MessageSeen& message) {
  std::string line;
  JsonWriter json(line);
  begin_event(json, session, at, "message")
      .field("direction", name(message.direction))
      .field("message", message.message)
      .field("type", name(message.opcode))
      .field("length", message.size)
      .field("fragments", message.fragments)
      .field("compressed", message.is_compressed)
      .end_object();
  return line;
}

std::string violation_json(const SessionLabel& session, Moment at, const ws::Violation& violation) {
  std::string line;
  JsonWriter json(line);
  begin_event(json, session, at, "violation");
  append_violation(json, violation);
  json.end_object();
  return line;
}

}  // namespace lastframe::output
