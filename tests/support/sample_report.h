// Reports for the tests of this floor, filled in by hand.
#pragma once

#include <chrono>

#include "core/session/report.h"

namespace lastframe::output {

inline constexpr Moment kAccepted{std::chrono::hours(1000)};

// 2026-11-20T19:00:00.000001Z
inline constexpr WallTime kAcceptedWall = std::chrono::sys_days{std::chrono::year{2026} / 11 / 20} +
                                          std::chrono::hours(19) + std::chrono::microseconds(1);

inline session::CloseSeen close_seen(std::uint16_t code, std::string reason) {
  return {.code = code,
          .reported = static_cast<ws::CloseCode>(code),
          .reason = std::move(reason),
          .frame = 7,
          .at = kAccepted + std::chrono::milliseconds(61'200)};
}

// An accepted handshake, 1000 both ways, both ends; everything that can be there is there.
inline session::SessionReport full_report() {
  using session::Text;
  session::SessionReport report;
  report.id = 0x0123456789ABCDEFu;
  report.listener = "chat";
  report.upstream = "chat-a";
  report.accepted_wall = kAcceptedWall;
  report.accepted = kAccepted;
  report.ended = kAccepted + std::chrono::microseconds(61'234'567);
  report.texts.set(Text::client, "203.0.113.9:50122");
  report.texts.set(Text::server, "10.0.0.7:9000");
  report.texts.set(Text::host, "chat.example.com");
  report.texts.set(Text::path, "/chat");
  report.texts.set(Text::subprotocol, "graphql-ws");
  report.texts.set(Text::extensions, "permessage-deflate");
  report.texts.set(Text::user_agent, "agent/1");
  report.texts.set(Text::origin, "https://example.com");
  report.texts.set(Text::forwarded_for, "198.51.100.1");
  report.texts.set(Text::request_via, "1.1 a");
  report.texts.set(Text::trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
  report.texts.set(Text::user, "0011223344556677");
  report.texts.set(Text::response_server, "nginx");
  report.texts.set(Text::response_via, "1.1 b");
  report.handshake = {.outcome = session::HandshakeOutcome::accepted,
                      .status = 101,
                      .http_version = 11,
                      .duration_s = 0.0021};
  report.code = ws::CloseCode::normal_closure;
  report.initiator = session::Initiator::client;
  report.clean = true;
  report.ending = session::Ending::closing_handshake;
  report.close_frames = {close_seen(1000, "bye"), close_seen(1000, "")};
  report.stream_ends = {
      {Endpoint::server, session::EndKind::fin, kAccepted + std::chrono::milliseconds(61'230)},
      {Endpoint::client, session::EndKind::fin, kAccepted + std::chrono::milliseconds(61'234)}};
  report.violations = {{.rule = ws::Rule::client_frame_unmasked,
                        .side = Endpoint::client,
                        .frame = 3,
                        .offset = 412}};
  report.violation_moments = {kAccepted + std::chrono::milliseconds(61'000)};
  report.violation_count = 5;
  report.circumstances.emplace();
  report.circumstances->at = kAccepted + std::chrono::milliseconds(61'200);
  report.circumstances->directions[0].last_byte_at = kAccepted + std::chrono::milliseconds(1'200);
  report.circumstances->directions[1].last_byte_at = kAccepted + std::chrono::milliseconds(60'950);
  report.traffic[0] = {.bytes = 1000,
                       .frames = 9,
                       .messages = 8,
                       .pending_max = 42,
                       .stalled = std::chrono::microseconds(1'500'000)};
  report.transport[0] =
      session::TransportFacts{.rtt_ms = 0.3, .retransmits = 1, .unacked_bytes = 2, .error = ""};
  report.transport[1] = session::TransportFacts{
      .rtt_ms = 12.3456, .retransmits = 0, .unacked_bytes = 0, .error = "ECONNRESET"};
  return report;
}

// A certificate of chat.example: good for a week from 2026-11-20T19:00:01Z.
inline session::CertificateFacts sample_certificate() {
  return {.subject = "CN=chat.example, O=Example",
          .issuer = "CN=Example CA",
          .not_before = 1'795'201'201,
          .not_after = 1'795'201'201 + 7 * 86'400,
          .names = {"chat.example", "*.chat.example"},
          .name_count = 2,
          .key = "EC 256 bits",
          .signature = "ecdsa-with-SHA256"};
}

// The upstream's certificate has expired, and we refuse it; the client's leg was fine.
inline session::SessionReport tls_failed_report() {
  session::SessionReport report;
  report.kind = session::RecordKind::tls_failed;
  report.listener = "chat";
  report.upstream = "chat-a";
  report.accepted_wall = kAcceptedWall;
  report.accepted = kAccepted;
  report.ended = kAccepted + std::chrono::milliseconds(30);
  report.code = ws::CloseCode::tls_handshake_failure;
  report.initiator = session::Initiator::proxy;
  report.ending = session::Ending::tls_failed;
  session::TlsLeg& client = report.tls[index(Endpoint::client)].emplace();
  client.server_name = "chat.example";
  client.version = 0x0304;
  client.cipher = "TLS_AES_128_GCM_SHA256";
  client.alpn = "http/1.1";
  client.offered_alpn = {"h2", "http/1.1"};
  client.offered_versions = {0x0304, 0x0303};
  session::TlsLeg& server = report.tls[index(Endpoint::server)].emplace();
  server.handling = session::TlsHandling::originated;
  server.server_name = "chat.example";
  server.offered_versions = {0x0304};
  server.offered_ciphers = {0x1301, 0x1302};
  server.chain = {sample_certificate(), {}};
  server.chain_length = 2;
  server.certificate_fault = session::CertificateFault::expired;
  server.certificate_fault_text = "certificate has expired";
  server.expected_name = "chat.example";
  server.is_verified = true;
  report.tls_failure = session::TlsFailureSeen{
      .peer = Endpoint::server, .facts = {}, .at = kAccepted + std::chrono::milliseconds(20)};
  report.tls_failure->facts.fault = session::TlsFault::certificate_refused;
  report.tls_failure->facts.sent = session::TlsAlert{.number = 45, .is_fatal = true};
  report.tls_failure->facts.detail = "certificate verify failed";
  return report;
}

inline session::Verdict sample_verdict() {
  session::Verdict verdict;
  verdict.cause = "idle_timeout";
  verdict.confidence = catalogue::Confidence::likely;
  verdict.party = catalogue::Party::hop_behind;
  verdict.summary = "An idle time-out on the server's side ended the connection.";
  verdict.evidence = {"No byte passed for 60.0 s.", "nginx answered the upgrade."};
  verdict.candidates = {"lifetime_limit", "server_crashed"};
  verdict.fix = "Send a Ping more often than that.";
  return verdict;
}

// No Close, nothing known: what can be absent is absent.
inline session::SessionReport bare_report() {
  session::SessionReport report;
  report.id = 1;
  report.listener = "chat";
  report.upstream = "chat-a";
  report.accepted_wall = kAcceptedWall;
  report.accepted = kAccepted;
  report.ended = kAccepted;
  return report;
}

}  // namespace lastframe::output
