#include <doctest/doctest.h>

#include <string>

#include "support/verdicts.h"

using namespace lastframe;

namespace {

// Passed through as TLS; `side` ends it after a minute without a byte.
session::SessionReport sealed(Endpoint side, session::EndKind how) {
  session::SessionReport report = test::open_connection();
  report.is_sealed = true;
  report.initiator =
      side == Endpoint::client ? session::Initiator::client : session::Initiator::server;
  report.circumstances.emplace();
  for (auto& direction : report.circumstances->directions)
    direction.last_byte_at = test::at_ms(900);
  report.stream_ends = {{side, how, test::at_ms(60'950)}};
  report.traffic[0].bytes = 4096;
  report.traffic[1].bytes = 1;
  auto& leg = report.tls[0].emplace();
  leg.handling = session::TlsHandling::passed_through;
  leg.server_name = "chat.example";
  leg.version = 0x0303;
  leg.alpn = "http/1.1";
  return report;
}

catalogue::TimeoutRow minute_with_a_close() {
  catalogue::TimeoutRow row;
  row.id = "framework_idle";
  row.product = "framework";
  row.kind = catalogue::TimeoutKind::idle;
  row.after = std::chrono::seconds(60);
  row.is_default = true;
  row.how = "close";
  return row;
}

}  // namespace

TEST_CASE("of a sealed connection is said what can be told without keys") {
  for (const Endpoint side : kEndpoints) {
    const auto verdict =
        verdict::classify(sealed(side, session::EndKind::fin), test::catalogue_of_every_cause());
    CHECK(verdict.cause == "sealed");
    CHECK(verdict.confidence == catalogue::Confidence::unknown);
    CHECK(verdict.party == catalogue::Party::unknown);
    CHECK(test::says(verdict.evidence, std::string(name(side)) + " ended its stream (FIN)"));
    CHECK(test::says(verdict.evidence, "60.0 s after the last byte"));
    CHECK(test::says(verdict.evidence, "4096 bytes had come from the client, sealed."));
    CHECK(test::says(verdict.evidence, "TLS 1.2 for http/1.1 had been agreed on."));
    CHECK(test::says(verdict.candidates, "an orderly Close"));
  }
}

TEST_CASE("a reset of a sealed connection is no orderly Close") {
  const auto rows = test::catalogue_of_every_cause();
  const auto by = [&](Endpoint side) {
    return verdict::classify(sealed(side, session::EndKind::reset), rows).candidates;
  };
  CHECK(by(Endpoint::client) == std::vector<std::string>{"client_gone"});
  CHECK(by(Endpoint::server) == std::vector<std::string>{"server_crashed"});
}

TEST_CASE("silence tells of idle time-outs through the seal, of those with a Close as well") {
  catalogue::Catalogue rows = test::catalogue_of_every_cause();
  rows.timeouts.push_back(minute_with_a_close());
  for (const Endpoint side : kEndpoints) {
    session::SessionReport report = sealed(side, session::EndKind::fin);
    const auto verdict = verdict::classify(report, rows);
    CHECK(verdict.cause == "idle_timeout");
    CHECK(verdict.party == test::hop_at(side));
    CHECK(test::says(verdict.candidates, "sealed"));
    CHECK_FALSE(test::says(verdict.evidence, "without a Close"));
    report.is_sealed = false;
    CHECK(verdict::classify(report, rows).cause != "idle_timeout");
  }
}

TEST_CASE("our own ends, and a path that is lost, are told of sealed connections, too") {
  const auto rows = test::catalogue_of_every_cause();
  CHECK(verdict::classify(sealed(Endpoint::server, session::EndKind::timeout), rows).cause ==
        "path_lost");
  session::SessionReport report = sealed(Endpoint::server, session::EndKind::proxy_shutdown);
  report.initiator = session::Initiator::proxy;
  report.ending = session::Ending::proxy_shutdown;
  CHECK(verdict::classify(report, rows).cause == "proxy_shutdown");
}
