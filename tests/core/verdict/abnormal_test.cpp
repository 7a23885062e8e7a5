#include <doctest/doctest.h>

#include "support/verdicts.h"

using namespace lastframe;

namespace {

using session::SessionReport;
using session::Verdict;

// A server that ends its stream where others send a Close, known by the path.
catalogue::Catalogue rows_with_a_silent_server() {
  catalogue::Catalogue rows = test::catalogue_of_every_cause();
  catalogue::ProductRow silent;
  silent.id = silent.name = "quiet";
  silent.role = catalogue::Role::server;
  silent.signs.push_back({.where = catalogue::Sign::Where::path, .name = "", .value = "/quiet"});
  silent.habits.fails_without_close = true;
  rows.products.push_back(silent);
  return rows;
}

// The server resets the connection so long after the client's last byte.
SessionReport reset_after(int milliseconds, const char* path) {
  SessionReport report = test::open_connection();
  report.texts.set(session::Text::path, path);
  report.initiator = session::Initiator::server;
  report.ending = session::Ending::reset;
  report.stream_ends.push_back({Endpoint::server, session::EndKind::reset, test::at_ms(2000)});
  report.traffic[index(Direction::server_to_client)].frames = 1;
  session::Circumstances circumstances;
  circumstances.directions[index(Direction::client_to_server)].last_byte_at =
      test::at_ms(2000 - milliseconds);
  report.circumstances = circumstances;
  return report;
}

}  // namespace

TEST_CASE("a reset by a server that fails silently may be an answer to changed bytes") {
  const auto rows = rows_with_a_silent_server();
  const Verdict answer = verdict::classify(reset_after(2, "/quiet"), rows);
  CHECK(answer.cause == "ended_without_close");
  CHECK(test::says(answer.candidates, "changed the bytes"));

  CHECK(verdict::classify(reset_after(1900, "/quiet"), rows).cause == "server_crashed");
  CHECK(verdict::classify(reset_after(2, "/other"), rows).cause == "server_crashed");
}

TEST_CASE("a frame that was cut off is named with its rule, its frame and its byte") {
  for (const Endpoint side : kEndpoints) {
    SessionReport report = test::open_connection();
    report.initiator =
        side == Endpoint::client ? session::Initiator::client : session::Initiator::server;
    report.ending = session::Ending::fin_mid_frame;
    report.stream_ends.push_back({side, session::EndKind::fin, test::at_ms(300)});
    test::break_rule(report, ws::Rule::frame_cut_off, other(side), 9, 99, 300);
    test::break_rule(report, ws::Rule::frame_cut_off, side, 2, 11, 300);
    const Verdict verdict = verdict::classify(report, test::catalogue_of_every_cause());
    CHECK(verdict.cause == "cut_mid_frame");
    CHECK(verdict.party == test::party_of(side));
    CHECK(test::says(verdict.evidence, "byte 11 of that direction, broke FR-14"));
    CHECK_FALSE(test::says(verdict.evidence, "byte 99"));
  }
}
