#include <doctest/doctest.h>

#include "support/verdicts.h"

using namespace lastframe;

namespace {

using catalogue::Party;
using session::SessionReport;
using session::Verdict;
using ws::Rule;

Verdict verdict_on(const SessionReport& report) {
  return verdict::classify(report, test::catalogue_of_every_cause());
}

}  // namespace

TEST_CASE("a Close that was right here and is answered 1002 was changed behind this tap") {
  for (const Endpoint closer : kEndpoints) {
    for (const unsigned code : {1000u, 1001u, 4001u}) {
      CAPTURE(code);
      SessionReport report = test::open_connection();
      test::send_close(report, closer, 7, code, 300);
      test::send_close(report, other(closer), 7, 1002, 301);
      const Verdict verdict = verdict_on(report);
      CHECK(verdict.cause == "protocol_error_unseen");
      CHECK(verdict.party == test::hop_at(other(closer)));
    }
  }
}

TEST_CASE("a code that some library refuses was refused, and not changed") {
  catalogue::Catalogue rows = test::catalogue_of_every_cause();
  catalogue::ProductRow strict;
  strict.id = strict.name = "strict";
  strict.habits.refuses_codes.push_back({.first = 1012, .last = 3999});
  rows.products.push_back(strict);
  for (const Endpoint closer : kEndpoints) {
    SessionReport report = test::open_connection();
    test::send_close(report, closer, 7, 1012, 300);
    test::send_close(report, other(closer), 7, 1002, 301);
    const Verdict verdict = verdict::classify(report, rows);
    CHECK(verdict.cause == "close_code_refused");
    CHECK(verdict.party == test::party_of(other(closer)));
  }
}

TEST_CASE("what only the answer to a Close breaks did not cause that Close") {
  for (const Endpoint closer : kEndpoints) {
    SessionReport report = test::open_connection();
    test::send_close(report, closer, 7, 1000, 300);
    test::send_close(report, other(closer), 5, 1006, 300);
    test::break_rule(report, Rule::close_code_never_on_wire, other(closer), 5, 404, 300);
    CHECK(verdict_on(report).cause == "normal_closure");
  }
}

TEST_CASE("a wrongly masked Close is named with its rule, its frame and its byte") {
  for (const Endpoint side : kEndpoints) {
    SessionReport report = test::open_connection();
    const bool is_client = side == Endpoint::client;
    test::send_close(report, side, 3, 1001, 300);
    test::break_rule(report, is_client ? Rule::client_frame_unmasked : Rule::server_frame_masked,
                     side, 3, 319, 300);
    const Verdict verdict = verdict_on(report);
    CHECK(verdict.cause == "injected_close");
    CHECK(verdict.party == test::hop_at(side));
    CHECK(test::says(verdict.evidence, is_client ? "Frame 3 from the client, byte 319"
                                                 : "Frame 3 from the server, byte 319"));
    CHECK(test::says(verdict.evidence, is_client ? "FR-01" : "FR-02"));
  }
}

TEST_CASE("an empty 1001 amid data may be a proxy's, another Close amid data is not") {
  struct Row {
    unsigned code;
    const char* reason;
    bool has_data_behind;
    bool is_injected;
  };
  constexpr Row kRows[] = {{1001, "", true, true},
                           {1001, "", false, false},
                           {1001, "restart", true, false},
                           {1000, "", true, false}};
  for (const Endpoint side : kEndpoints) {
    for (const Row& row : kRows) {
      CAPTURE(row.code);
      CAPTURE(row.reason);
      CAPTURE(row.has_data_behind);
      SessionReport report = test::open_connection();
      test::send_close(report, side, 3, row.code, 300, row.reason);
      if (row.has_data_behind) {
        test::break_rule(report, Rule::data_after_close, side, 4, 323, 301);
      }
      const Verdict verdict = verdict_on(report);
      CHECK((verdict.cause == "injected_close") == row.is_injected);
      if (!row.is_injected) continue;
      CHECK(verdict.party == test::hop_at(side));
      CHECK(verdict.confidence == catalogue::Confidence::possible);
    }
  }
}

TEST_CASE("an illegal code is named with its rule, its frame and its byte") {
  SessionReport report = test::open_connection();
  test::send_close(report, Endpoint::client, 7, 1006, 300);
  test::break_rule(report, Rule::close_code_never_on_wire, Endpoint::client, 7, 428, 300);
  const Verdict verdict = verdict_on(report);
  CHECK(verdict.cause == "reserved_code_sent");
  CHECK(test::says(verdict.evidence, "Frame 7 from the client, byte 428"));
}
