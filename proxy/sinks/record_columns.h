// What a record's fields are called elsewhere: the one table that feeds every sink, the table of
// ClickHouse and docs/sinks.md.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "sinks/options.h"

namespace lastframe::sinks {

enum class ColumnKind {
  text,      // numbers are written as text
  texts,     // of "a[].b": b of each element; of "a[]": each element
  number,    // a whole one, 0 or more
  seconds,   // and milliseconds: with decimals
  flag,      // yes or no
  time,      // RFC 3339 in the record
  host_of,   // "203.0.113.9" of "203.0.113.9:50122"; what has no port is taken whole
  port_of,   // and 50122
  path_of,   // "/chat" of "/chat?v=2"
  query_of,  // and "v=2"
};

// One field. Names that are empty follow from `path`: the column is "close_code" for "close.code",
// the others' names are "websocket.close.code". ECS: Elastic Common Schema 8.
// OpenTelemetry: semantic conventions 1.27; neither knows WebSockets.
struct RecordColumn {
  std::string_view path;  // as docs/log-format.md has it
  ColumnKind kind;
  std::string_view column = {};
  std::string_view ecs = {};
  std::string_view opentelemetry = {};
};

// In the order of the record. Each event has some of them.
inline constexpr auto kRecordColumns = std::to_array<RecordColumn>({
    {"event", ColumnKind::text, {}, "event.action", "event.name"},
    {"time", ColumnKind::time, {}, "@timestamp", "websocket.time"},
    {"session", ColumnKind::text, {}, "websocket.session.id", "websocket.session.id"},
    {"listener", ColumnKind::text},
    {"upstream", ColumnKind::text},
    {"client", ColumnKind::host_of, "client_ip", "client.address", "client.address"},
    {"client", ColumnKind::port_of, "client_port", "client.port", "client.port"},
    {"server", ColumnKind::host_of, "server_ip", "server.address", "server.address"},
    {"server", ColumnKind::port_of, "server_port", "server.port", "server.port"},
    {"host", ColumnKind::text, {}, "url.domain", "url.domain"},
    {"path", ColumnKind::path_of, {}, "url.path", "url.path"},
    {"path", ColumnKind::query_of, "query", "url.query", "url.query"},
    {"subprotocol", ColumnKind::text},
    {"extensions", ColumnKind::text},
    {"duration_s", ColumnKind::seconds},
    {"request.user_agent", ColumnKind::text, "user_agent", "user_agent.original",
     "user_agent.original"},
    {"request.origin", ColumnKind::text, "origin"},
    {"request.forwarded_for", ColumnKind::text, "forwarded_for"},
    {"request.via", ColumnKind::text},
    {"request.trace_id", ColumnKind::text, "trace_id", "trace.id", "websocket.request.trace_id"},
    {"request.user", ColumnKind::text, "user", "user.hash", "user.hash"},
    {"handshake.outcome", ColumnKind::text},
    {"handshake.status",
     ColumnKind::number,
     {},
     "http.response.status_code",
     "http.response.status_code"},
    {"handshake.http_version", ColumnKind::text},
    {"handshake.server", ColumnKind::text},
    {"handshake.via", ColumnKind::text},
    {"handshake.duration_s", ColumnKind::seconds},
    {"tls.client.handling", ColumnKind::text},
    {"tls.client.server_name", ColumnKind::text, {}, "tls.client.server_name"},
    {"tls.client.version", ColumnKind::text},
    {"tls.client.cipher", ColumnKind::text},
    {"tls.client.alpn", ColumnKind::text},
    {"tls.server.handling", ColumnKind::text},
    {"tls.server.server_name", ColumnKind::text},
    {"tls.server.version", ColumnKind::text},
    {"tls.server.cipher", ColumnKind::text},
    {"tls.server.alpn", ColumnKind::text},
    {"tls.server.certificate_fault", ColumnKind::text},
    {"tls.failure.leg", ColumnKind::text},
    {"tls.failure.fault", ColumnKind::text},
    {"tls.failure.alert_received", ColumnKind::text},
    {"tls.failure.alert_sent", ColumnKind::text},
    {"tls.failure.detail", ColumnKind::text},
    {"close.code", ColumnKind::number},
    {"close.name", ColumnKind::text},
    {"close.reason", ColumnKind::text},
    {"close.initiator", ColumnKind::text},
    {"close.clean", ColumnKind::flag},
    {"close.ending", ColumnKind::text},
    {"close_frames.client.code", ColumnKind::number},
    {"close_frames.client.reason", ColumnKind::text},
    {"close_frames.client.at_s", ColumnKind::seconds},
    {"close_frames.server.code", ColumnKind::number},
    {"close_frames.server.reason", ColumnKind::text},
    {"close_frames.server.at_s", ColumnKind::seconds},
    {"stream_ends[].endpoint", ColumnKind::texts},
    {"stream_ends[].how", ColumnKind::texts},
    {"connect_error", ColumnKind::text},
    {"cause.id", ColumnKind::text},
    {"cause.confidence", ColumnKind::text},
    {"cause.party", ColumnKind::text},
    {"cause.summary", ColumnKind::text, {}, "message"},
    {"cause.evidence[]", ColumnKind::texts},
    {"cause.candidates[]", ColumnKind::texts},
    {"views.wire", ColumnKind::text},
    {"views.browser", ColumnKind::text},
    {"views.server", ColumnKind::text},
    {"violations[].id", ColumnKind::texts},
    {"violations[].side", ColumnKind::texts},
    {"violation_count", ColumnKind::number},
    {"stray_bytes[].kind", ColumnKind::texts},
    {"pings.client.sent", ColumnKind::number},
    {"pings.client.answered", ColumnKind::number},
    {"pings.client.slowest_s", ColumnKind::seconds},
    {"pings.server.sent", ColumnKind::number},
    {"pings.server.answered", ColumnKind::number},
    {"pings.server.slowest_s", ColumnKind::seconds},
    {"traffic.client_to_server.bytes", ColumnKind::number},
    {"traffic.client_to_server.frames", ColumnKind::number},
    {"traffic.client_to_server.messages", ColumnKind::number},
    {"traffic.client_to_server.pending_max", ColumnKind::number},
    {"traffic.client_to_server.stalled_s", ColumnKind::seconds},
    {"traffic.client_to_server.idle_s", ColumnKind::seconds},
    {"traffic.server_to_client.bytes", ColumnKind::number},
    {"traffic.server_to_client.frames", ColumnKind::number},
    {"traffic.server_to_client.messages", ColumnKind::number},
    {"traffic.server_to_client.pending_max", ColumnKind::number},
    {"traffic.server_to_client.stalled_s", ColumnKind::seconds},
    {"traffic.server_to_client.idle_s", ColumnKind::seconds},
    {"transport.client.rtt_ms", ColumnKind::seconds},
    {"transport.client.retransmits", ColumnKind::number},
    {"transport.client.unacked_bytes", ColumnKind::number},
    {"transport.client.error", ColumnKind::text},
    {"transport.server.rtt_ms", ColumnKind::seconds},
    {"transport.server.retransmits", ColumnKind::number},
    {"transport.server.unacked_bytes", ColumnKind::number},
    {"transport.server.error", ColumnKind::text},
    {"sealed", ColumnKind::flag},
    {"opaque", ColumnKind::flag},
    {"answered_by_proxy", ColumnKind::text},
    // of mass_close
    {"mass_close",
     ColumnKind::number,
     {},
     "websocket.mass_close.number",
     "websocket.mass_close.number"},
    {"began", ColumnKind::time},
    {"closes", ColumnKind::number},
    {"usual_per_s", ColumnKind::seconds},
    {"youngest_s", ColumnKind::seconds},
    {"oldest_s", ColumnKind::seconds},
    {"by_client", ColumnKind::number},
    {"by_server", ColumnKind::number},
    {"without_close", ColumnKind::number},
    {"with_restart_code", ColumnKind::number},
    {"summary", ColumnKind::text},
    // of violation
    {"id", ColumnKind::text, "rule_id", "websocket.rule.id", "websocket.rule.id"},
    {"rule", ColumnKind::text, {}, "websocket.rule.name", "websocket.rule.name"},
    {"section", ColumnKind::text},
    {"severity", ColumnKind::text},
    {"side", ColumnKind::text},
    {"frame", ColumnKind::number},
    {"offset", ColumnKind::number},
    {"detail", ColumnKind::text},
});

// The column's name; for ClickHouse and JSON alike `time` also stands as "time_us".
std::string name_of(const RecordColumn& column, RecordNames names);

// Where a column of that path stands in the table; the path is in it.
std::size_t index_of(std::string_view path);

}  // namespace lastframe::sinks
