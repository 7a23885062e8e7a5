#include "output/record_parts.h"

#include "core/base/words.h"
#include "core/http/head_text.h"
#include "core/ws/rule_table.h"
#include "core/ws/utf8.h"
#include "output/record_words.h"

namespace lastframe::output {

using session::CloseSeen;
using session::SessionReport;
using session::Text;

void append_identity(JsonWriter& json, const SessionReport& report, std::string_view event,
                     Moment at) {
  json.field("event", event)
      .field("time", utc_text(report.accepted_wall, report.accepted, at))
      .field("session", session_id(report.id, report.attempt))
      .field("listener", report.listener)
      .field("upstream", report.upstream)
      .field("tap", report.tap.empty() ? std::nullopt : std::optional<std::string_view>(report.tap))
      .field("client", report.texts[Text::client])
      .field("server", report.texts[Text::server])
      .field("host", report.texts[Text::host])
      .field("path", report.texts[Text::path])
      .field("subprotocol", report.texts[Text::subprotocol])
      .field("extensions", report.texts[Text::extensions]);
}

void append_request_and_handshake(JsonWriter& json, const SessionReport& report) {
  json.key("request")
      .begin_object()
      .field("user_agent", report.texts[Text::user_agent])
      .field("origin", report.texts[Text::origin])
      .field("forwarded_for", report.texts[Text::forwarded_for])
      .field("via", report.texts[Text::request_via])
      .field("trace_id", report.texts[Text::trace_id])
      .field("user", report.texts[Text::user])
      .end_object();
  json.key("handshake").begin_object().key("outcome");
  const session::HandshakeFacts& handshake = report.handshake;
  handshake.outcome ? json.value(name(*handshake.outcome)) : json.null();
  json.field("status", handshake.status)
      .field("http_version", handshake.http_version.transform(http::version_text))
      .field("server", report.texts[Text::response_server])
      .field("via", report.texts[Text::response_via])
      .key("duration_s");
  handshake.duration_s ? json.seconds(*handshake.duration_s) : json.null();
  json.end_object();
}

// The bytes of a reason that is not UTF-8, unless they hold what had to be redacted.
void append_reason_hex(JsonWriter& json, const CloseSeen& close) {
  if (ws::is_valid_utf8(close.reason)) return;
  if (shown_reason(close.reason) != ws::with_replacements(close.reason)) return;
  json.field("reason_hex", hex_text(close.reason));
}

void append_ends(JsonWriter& json, const SessionReport& report) {
  json.key("close_frames").begin_object();
  for (const Endpoint endpoint : kEndpoints) {
    const auto& close = report.close_frames[index(endpoint)];
    json.key(name(endpoint));
    if (!close) {
      json.null();
      continue;
    }
    json.begin_object().field("code", close->code).field("reason", shown_reason(close->reason));
    append_reason_hex(json, *close);
    json.field("frame", close->frame)
        .key("at_s")
        .seconds(seconds_between(report.accepted, close->at))
        .end_object();
  }
  json.end_object().key("stream_ends").begin_array();
  for (const session::StreamEnd& end : report.stream_ends) {
    json.begin_object()
        .field("endpoint", name(end.endpoint))
        .field("how", name(end.how))
        .key("at_s")
        .seconds(seconds_between(report.accepted, end.at));
    if (!end.http2_error.empty()) json.field("http2_error", end.http2_error);
    json.end_object();
  }
  json.end_array();
}

void append_violation(JsonWriter& json, const ws::Violation& violation) {
  const ws::RuleRow& row = row_of(violation.rule);
  json.field("id", row.id)
      .field("rule", row.name)
      .field("section", row.section)
      .field("severity", name(row.severity))
      .field("side", name(violation.side))
      .field("frame", violation.frame)
      .field("offset", violation.offset);
  if (!violation.detail.empty()) json.field("detail", violation.detail);
  if (!violation.bytes.empty()) json.field("bytes", hex_text(violation.bytes));
}

void append_violations(JsonWriter& json, const SessionReport& report) {
  json.key("violations").begin_array();
  for (const ws::Violation& violation : report.violations) {
    json.begin_object();
    append_violation(json, violation);
    json.end_object();
  }
  json.end_array().field("violation_count", report.violation_count);
}

}  // namespace lastframe::output
