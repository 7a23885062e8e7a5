#include "core/session/report.h"

#include <doctest/doctest.h>

namespace lastframe::session {
namespace {

CloseSeen a_close(std::uint16_t code) {
  CloseSeen close;
  close.code = code;
  return close;
}

TEST_CASE("the words of records are the contract's") {
  CHECK(name(RecordKind::session_end) == "session_end");
  CHECK(name(RecordKind::handshake_failed) == "handshake_failed");
  CHECK(name(RecordKind::tls_failed) == "tls_failed");
  CHECK(name(RecordKind::connect_failed) == "connect_failed");
  CHECK(name(HandshakeOutcome::accepted) == "accepted");
  CHECK(name(HandshakeOutcome::rejected) == "rejected");
  CHECK(name(HandshakeOutcome::failed) == "failed");
  CHECK(name(HandshakeOutcome::unanswered) == "unanswered");
  CHECK(name(HandshakeOutcome::abandoned) == "abandoned");
  CHECK(name(Initiator::client) == "client");
  CHECK(name(Initiator::server) == "server");
  CHECK(name(Initiator::proxy) == "proxy");
  CHECK(name(Initiator::none) == "none");
  CHECK(name(Ending::handshake_failed) == "handshake_failed");
  CHECK(name(Ending::connect_failed) == "connect_failed");
  CHECK(name(Ending::tls_failed) == "tls_failed");
  CHECK(name(Ending::closing_handshake) == "closing_handshake");
  CHECK(name(Ending::close_unanswered) == "close_unanswered");
  CHECK(name(Ending::proxy_shutdown) == "proxy_shutdown");
  CHECK(name(Ending::timeout) == "timeout");
  CHECK(name(Ending::reset_mid_frame) == "reset_mid_frame");
  CHECK(name(Ending::reset) == "reset");
  CHECK(name(Ending::fin_mid_frame) == "fin_mid_frame");
  CHECK(name(Ending::fin_mid_message) == "fin_mid_message");
  CHECK(name(Ending::fin_without_close) == "fin_without_close");
  CHECK(name(EndKind::fin) == "fin");
  CHECK(name(EndKind::reset) == "reset");
  CHECK(name(EndKind::timeout) == "timeout");
  CHECK(name(EndKind::tls_truncated) == "tls_truncated");
  CHECK(name(EndKind::proxy_shutdown) == "proxy_shutdown");
  CHECK(name(EndKind::error) == "error");
}

TEST_CASE("the first Close is the initiator's where there are two, else the only one") {
  SessionReport report;
  CHECK(first_close(report) == nullptr);
  for (const Endpoint endpoint : kEndpoints) {
    SessionReport one;
    one.close_frames[index(endpoint)] = a_close(4000);
    CHECK(first_close(one) == &*one.close_frames[index(endpoint)]);
  }
  for (auto& close : report.close_frames) close = a_close(1000);
  report.initiator = Initiator::client;
  CHECK(first_close(report) == &*report.close_frames[index(Endpoint::client)]);
  report.initiator = Initiator::server;
  CHECK(first_close(report) == &*report.close_frames[index(Endpoint::server)]);
}

}  // namespace
}  // namespace lastframe::session
