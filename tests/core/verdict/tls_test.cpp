// Failed TLS handshakes as a whole; tests/scenarios/causes has one for each cause.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/verdicts.h"

using namespace lastframe;
using session::CertificateFault;
using session::TlsFault;
using session::TlsHandling;

namespace {

session::SessionReport failed_tls(Endpoint peer, TlsHandling handling,
                                  session::TlsFailure failure) {
  session::SessionReport report;
  report.kind = session::RecordKind::tls_failed;
  report.ending = session::Ending::tls_failed;
  report.code = ws::CloseCode::tls_handshake_failure;
  report.accepted = test::at_ms(0);
  report.tls[index(peer)].emplace().handling = handling;
  failure.bytes_from_peer = 300;
  report.tls_failure = {.peer = peer, .facts = std::move(failure), .at = test::at_ms(20)};
  return report;
}

session::Verdict verdict_of(const session::SessionReport& report) {
  static const catalogue::Catalogue rows = test::catalogue_of_every_cause();
  return verdict::classify(report, rows);
}

bool is_of_tls(const session::Verdict& verdict) {
  using catalogue::Cause;
  for (auto i = static_cast<unsigned>(Cause::tls_certificate_expired);
       i <= static_cast<unsigned>(Cause::tls_failed); ++i) {
    if (verdict.cause == name(static_cast<Cause>(i))) return true;
  }
  return false;
}

constexpr TlsHandling kHandlings[] = {TlsHandling::terminated, TlsHandling::intercepted,
                                      TlsHandling::originated, TlsHandling::passed_through};

}  // namespace

TEST_CASE("every failure has a cause of TLS and says where it happened") {
  for (const Endpoint peer : kEndpoints) {
    for (const TlsHandling handling : kHandlings) {
      for (unsigned i = 0; i <= static_cast<unsigned>(TlsFault::other); ++i) {
        for (unsigned j = 0; j <= static_cast<unsigned>(CertificateFault::other); ++j) {
          session::TlsFailure failure;
          failure.fault = static_cast<TlsFault>(i);
          session::SessionReport report = failed_tls(peer, handling, failure);
          report.tls[index(peer)]->certificate_fault = static_cast<CertificateFault>(j);
          const session::Verdict verdict = verdict_of(report);
          CAPTURE(name(failure.fault));
          CHECK(is_of_tls(verdict));
          CHECK(test::says(verdict.evidence, "20 ms after the client had been accepted."));
        }
      }
    }
  }
}

TEST_CASE("every alert is named with its sender, on each leg, before and after the handshake") {
  for (const Endpoint peer : kEndpoints) {
    for (const TlsHandling handling : kHandlings) {
      for (unsigned number = 0; number < 256; ++number) {
        for (const bool is_after : {false, true}) {
          session::TlsFailure failure;
          failure.fault = TlsFault::alert_received;
          failure.received = {static_cast<std::uint8_t>(number), true};
          failure.is_after_handshake = is_after;
          const session::Verdict verdict = verdict_of(failed_tls(peer, handling, failure));
          CAPTURE(number);
          CHECK(is_of_tls(verdict));
          CHECK(verdict.cause != "tls_failed");
          CHECK(test::says(verdict.evidence, peer == Endpoint::client
                                                 ? "The client sent the alert "
                                                 : "The server sent the alert "));
        }
      }
    }
  }
}

// RFC 8446 section 6.2. Only the server's leg has a client that is us.
TEST_CASE("the same alert about a certificate is another matter on each leg") {
  struct Row {
    const char* name;
    Endpoint peer;
    TlsHandling handling;
    const char* cause;
    catalogue::Party party;
  };
  using enum catalogue::Party;
  const Row rows[] = {
      {"our certificate", Endpoint::client, TlsHandling::terminated, "tls_unknown_ca", operators},
      {"a minted one", Endpoint::client, TlsHandling::intercepted, "tls_interception_distrusted",
       unknown},
      {"the server's own", Endpoint::client, TlsHandling::passed_through, "tls_unknown_ca", server},
      {"our client certificate", Endpoint::server, TlsHandling::originated,
       "tls_client_certificate_refused", operators},
      {"the client's own", Endpoint::server, TlsHandling::passed_through,
       "tls_client_certificate_refused", client},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    session::TlsFailure failure;
    failure.fault = TlsFault::alert_received;
    failure.received = {48, true};
    const auto verdict = verdict_of(failed_tls(row.peer, row.handling, failure));
    CHECK(verdict.cause == row.cause);
    CHECK(verdict.party == row.party);
  }
}

TEST_CASE("a failure of which nothing is known is called that") {
  session::SessionReport report;
  report.kind = session::RecordKind::tls_failed;
  CHECK(verdict_of(report).cause == "tls_failed");
  report.tls_failure.emplace();  // no leg either
  CHECK(verdict_of(report).cause == "tls_failed");
}

TEST_CASE("the query of a request that came without TLS is not shown") {
  session::TlsFailure failure;
  failure.fault = TlsFault::plain_http;
  failure.first_bytes = "GET /chat?token=hunter2 HTTP/1.1";
  const auto verdict = verdict_of(failed_tls(Endpoint::client, TlsHandling::terminated, failure));
  CHECK(verdict.cause == "plain_http_to_tls_port");
  CHECK(test::says(verdict.evidence, "GET /chat"));
  CHECK_FALSE(test::says(verdict.evidence, "hunter2"));
}

TEST_CASE("a fix has this connection's addresses, but none that a shell would run") {
  catalogue::Catalogue rows = test::catalogue_of_every_cause();
  for (auto& row : rows.causes) row.fix = "s_client -connect HOST:PORT -servername NAME";
  session::TlsFailure failure;
  failure.fault = TlsFault::ended;
  session::SessionReport report = failed_tls(Endpoint::server, TlsHandling::originated, failure);
  const auto fix = [&] { return verdict::classify(report, rows).fix; };
  CHECK(fix() == "s_client -connect HOST:PORT -servername NAME");
  report.texts.set(session::Text::server, "[2001:db8::7]:9000");
  report.tls[1]->server_name = "chat.example";
  CHECK(fix() == "s_client -connect [2001:db8::7]:9000 -servername chat.example");
  for (const char* hostile :
       {"a;reboot", "$(reboot)", "-verify_return_error", "a b", "a\n", "`a`"}) {
    report.tls[1]->server_name = hostile;
    CHECK(fix() == "s_client -connect [2001:db8::7]:9000 -servername NAME");
  }
}

TEST_CASE("a FIN without close_notify counts as a FIN, and is said") {
  for (const Endpoint side : kEndpoints) {
    for (const int milliseconds : {20, 60'000}) {
      session::SessionReport report = test::open_connection();
      report.initiator =
          side == Endpoint::client ? session::Initiator::client : session::Initiator::server;
      report.stream_ends = {{side, session::EndKind::fin, test::at_ms(milliseconds)}};
      const session::Verdict with = verdict_of(report);
      CHECK_FALSE(test::says(with.evidence, "No close_notify"));
      report.stream_ends[0].how = session::EndKind::tls_truncated;
      const session::Verdict without = verdict_of(report);
      CHECK(without.cause == with.cause);
      CHECK(without.confidence == with.confidence);
      CHECK(test::says(without.evidence, "No close_notify came before the FIN"));
      // Behind a Close it says nothing more.
      test::send_close(report, side, 1, 1000, milliseconds);
      CHECK_FALSE(test::says(verdict_of(report).evidence, "No close_notify"));
    }
  }
}
