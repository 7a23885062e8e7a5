#include "output/record_words.h"

#include <doctest/doctest.h>

#include <string>

#include "support/sample_report.h"

namespace lastframe::output {
namespace {

using session::Ending;
using session::Initiator;

TEST_CASE("a moment's calendar time is the start's plus what has passed") {
  using namespace std::chrono_literals;
  CHECK(utc_text(kAcceptedWall, kAccepted, kAccepted) == "2026-11-20T19:00:00.000001Z");
  CHECK(utc_text(kAcceptedWall, kAccepted, kAccepted + 1234567us) == "2026-11-20T19:00:01.234568Z");
  CHECK(utc_text(kAcceptedWall, kAccepted, kAccepted + 24h * 42) == "2027-01-01T19:00:00.000001Z");
  CHECK(utc_text(WallTime{} - 1us, kAccepted, kAccepted) == "1969-12-31T23:59:59.999999Z");
}

TEST_CASE("a session's id is 16 digits, and later attempts are numbered") {
  CHECK(session_id(0, 1) == "0000000000000000");
  CHECK(session_id(0xFEDCBA9876543210u, 1) == "fedcba9876543210");
  CHECK(session_id(0xA, 2) == "000000000000000a-2");
  CHECK(session_id(0xA, 13) == "000000000000000a-13");
}

TEST_CASE("a reason is shown as UTF-8 without its tokens") {
  CHECK(shown_reason("going away") == "going away");
  CHECK(shown_reason("") == "");
  CHECK(shown_reason("\xff") == "\xEF\xBF\xBD");
  CHECK(shown_reason("token 550e8400-e29b-41d4-a716-446655440000").contains("[redacted"));
}

TEST_CASE("a clean close looks the same from all sides") {
  const Views views = views_of([] {
    session::SessionReport report = full_report();
    report.violations.clear();
    return report;
  }());
  CHECK(views.wire == "client sent Close 1000, server answered with Close 1000");
  CHECK(views.browser == "close event 1000, wasClean true");
  CHECK(views.server == "closed with 1000");
}

// RFC 6455 section 7.1.5 and 7.1.7: a side reports the code that it received; without one, and
// where it had to fail the connection, 1006.
TEST_CASE("each side reports the code that it received") {
  session::SessionReport report = bare_report();
  report.handshake.outcome = session::HandshakeOutcome::accepted;
  report.close_frames[index(Endpoint::server)] = close_seen(1011, "");
  report.code = static_cast<ws::CloseCode>(1011);
  report.initiator = Initiator::server;
  report.ending = Ending::close_unanswered;
  Views views = views_of(report);
  CHECK(views.wire == "server sent Close 1011, client sent none");
  CHECK(views.browser == "close event 1011, wasClean false");
  CHECK(views.server == "closed with 1006");

  report.violations = {
      {.rule = ws::Rule::server_frame_masked, .side = Endpoint::server, .frame = 1}};
  views = views_of(report);
  CHECK(views.browser == "close event 1006, wasClean false");
  // What breaks a rule without failing the connection changes nothing.
  for (const ws::Violation& harmless :
       {ws::Violation{.rule = ws::Rule::header_malformed, .side = Endpoint::server},
        ws::Violation{.rule = ws::Rule::data_after_close, .side = Endpoint::server, .frame = 2},
        ws::Violation{.rule = ws::Rule::frame_cut_off, .side = Endpoint::server, .frame = 2}}) {
    report.violations = {harmless};
    CHECK(views_of(report).browser == "close event 1011, wasClean false");
  }
}

TEST_CASE("without a Close the wire shows whose stream ended first, and how") {
  struct Row {
    session::EndKind how;
    std::string_view wire;
  };
  using session::EndKind;
  for (const Row& row :
       {Row{EndKind::fin, "server ended its stream (FIN) without a Close frame"},
        Row{EndKind::reset, "server reset the connection without a Close frame"},
        Row{EndKind::timeout, "server was given up after a time-out without a Close frame"},
        Row{EndKind::tls_truncated,
            "server ended its stream (FIN, no close_notify) without a Close frame"},
        Row{EndKind::proxy_shutdown,
            "the proxy ended the connection to the server without a Close frame"},
        Row{EndKind::error, "the connection to the server failed without a Close frame"}}) {
    session::SessionReport report = bare_report();
    report.stream_ends = {{Endpoint::server, row.how, kAccepted}};
    report.initiator = Initiator::server;
    const Views views = views_of(report);
    CHECK(views.wire == row.wire);
    CHECK(views.browser == "close event 1006, wasClean false");
    CHECK(views.server == "closed with 1006");
  }
}

TEST_CASE("what never opened was never open for the server") {
  session::SessionReport report = bare_report();
  report.kind = session::RecordKind::handshake_failed;
  report.ending = Ending::handshake_failed;
  CHECK(views_of(report).wire == "the handshake was not answered");
  report.handshake.status = 403;
  CHECK(views_of(report).wire == "the server answered the handshake with 403");
  CHECK(views_of(report).server == "never opened");
  report.kind = session::RecordKind::connect_failed;
  report.ending = Ending::connect_failed;
  report.connect_error = "ECONNREFUSED";
  CHECK(views_of(report).wire == "the upstream could not be reached (ECONNREFUSED)");
}

// WHATWG WebSockets: a page is told 1006, so that it cannot tell why.
TEST_CASE("a failed TLS handshake is 1006 for a page, and opened nothing for the server") {
  for (const Endpoint peer : kEndpoints) {
    session::SessionReport report = tls_failed_report();
    report.tls_failure->peer = peer;
    const Views views = views_of(report);
    const std::string sent = "; the proxy sent it the alert certificate_expired";
    const bool is_client = peer == Endpoint::client;
    CHECK(views.browser == "close event 1006, wasClean false" + (is_client ? sent : ""));
    CHECK(views.server == "never opened" + (is_client ? "" : sent));
    CHECK(views.wire == (is_client ? "the proxy refused the client's certificate"
                                   : "the proxy refused the server's certificate (expired)"));
  }
}

TEST_CASE("of a connection that passed sealed only its end is known") {
  session::SessionReport report = bare_report();
  report.is_sealed = true;
  CHECK(views_of(report).wire == "TLS passed without its keys; no end of a stream was seen");
  report.stream_ends = {{Endpoint::server, session::EndKind::fin, kAccepted}};
  const Views views = views_of(report);
  CHECK(views.wire == "TLS passed without its keys; server ended its stream (FIN)");
  CHECK(views.browser == "not known: a Close would have passed within TLS");
  CHECK(views.server == "not known: a Close would have passed within TLS");
}

TEST_CASE("a Close without a code is called empty, or half a code") {
  session::SessionReport report = full_report();
  report.close_frames[0]->code.reset();
  report.close_frames[0]->reported = ws::CloseCode::no_status_received;
  CHECK(views_of(report).wire == "client sent an empty Close, server answered with Close 1000");
  report.close_frames[0]->reported = ws::CloseCode::protocol_error;
  CHECK(views_of(report).wire ==
        "client sent a Close with half a code, server answered with Close 1000");
}

}  // namespace
}  // namespace lastframe::output
