#include <doctest/doctest.h>

#include "support/verdicts.h"

using namespace lastframe;

namespace {

using catalogue::Confidence;
using catalogue::Party;
using session::SessionReport;
using session::StraySeen;
using session::Verdict;
using ws::Rule;

Verdict verdict_on(const SessionReport& report) {
  return verdict::classify(report, test::catalogue_of_every_cause());
}

StraySeen stray(Endpoint side, std::uint64_t frame, std::uint64_t offset, std::string_view kind) {
  return {.side = side,
          .frame = frame,
          .offset = offset,
          .is_inside_frame = false,
          .kind = kind,
          .summary = "what it was recognised as",
          .shown = ""};
}

}  // namespace

TEST_CASE("a 1007 without bad text here does not blame who sent the text") {
  for (const Endpoint victim : kEndpoints) {
    SessionReport report = test::open_connection();
    test::send_close(report, victim, 2, 1007, 300);
    const Verdict verdict = verdict_on(report);
    CHECK(verdict.cause == "inconsistent_data");
    CHECK(verdict.party == Party::unknown);
    CHECK(verdict.confidence == Confidence::possible);
    CHECK(test::says(verdict.candidates, "a hop between this tap and the "));
  }
}

TEST_CASE("a 1007 whose reason speaks of UTF-8 points at the hop towards its sender") {
  catalogue::Catalogue rows = test::catalogue_of_every_cause();
  catalogue::ReasonRow reason;
  reason.text = "bad utf-8";
  reason.cause = "invalid_utf8";
  rows.reasons.push_back(reason);
  for (const Endpoint victim : kEndpoints) {
    SessionReport report = test::open_connection();
    test::send_close(report, victim, 2, 1007, 300, "bad utf-8");
    const Verdict verdict = verdict::classify(report, rows);
    CHECK(verdict.cause == "protocol_error_unseen");
    CHECK(verdict.party == test::hop_at(victim));

    // Where compressed messages could not be read, the sender may be at fault after all.
    ws::CompressionCounts compression;
    compression.not_inflated = 1;
    report.compression[index(direction_from(other(victim)))] = compression;
    CHECK(verdict::classify(report, rows).party == Party::unknown);
  }
}

TEST_CASE("a wrong mask is a fault of a frame, and a hop's") {
  for (const std::string_view kind : {"not_masked", "masked_again", "still_masked"}) {
    for (const Endpoint sender : kEndpoints) {
      CAPTURE(kind);
      SessionReport report = test::open_connection();
      test::break_rule(report, Rule::text_not_utf8, sender, 2, 20, 300);
      report.stray_bytes.push_back(stray(sender, 2, 20, kind));
      test::send_close(report, other(sender), 2, 1007, 301);
      const Verdict verdict = verdict_on(report);
      CHECK(verdict.cause == "invalid_utf8");
      CHECK(verdict.party == test::hop_at(sender));
      CHECK(test::says(verdict.evidence, "what it was recognised as"));
    }
  }
}

TEST_CASE("text that a broken frame leaves behind was not injected, a page was") {
  struct Row {
    std::string_view kind;
    std::uint64_t frame;  // of the stray bytes; the broken one is the second
    const char* cause;
  };
  constexpr Row kRows[] = {{"text", 3, "invalid_utf8"},
                           {"json", 3, "invalid_utf8"},
                           {"text", 2, "injected_bytes"},
                           {"http_response", 3, "injected_bytes"}};
  for (const Endpoint sender : kEndpoints) {
    for (const Row& row : kRows) {
      CAPTURE(row.kind);
      CAPTURE(row.frame);
      SessionReport report = test::open_connection();
      test::break_rule(report, Rule::text_not_utf8, sender, 2, 308, 300);
      report.stray_bytes.push_back(stray(sender, row.frame, 311, row.kind));
      test::send_close(report, other(sender), 2, 1007, 301);
      CHECK(verdict_on(report).cause == row.cause);
    }
  }
}

TEST_CASE("a Close of one byte is no 1002 that somebody sent") {
  for (const Endpoint closer : kEndpoints) {
    SessionReport report = test::open_connection();
    test::send_close(report, closer, 7, std::nullopt, 300);
    CHECK(verdict_on(report).cause != "protocol_error_unseen");
  }
}

TEST_CASE("compressed messages behind a lost one are why their receiver fails the connection") {
  for (const Endpoint sender : kEndpoints) {
    for (const unsigned code : {1002u, 1007u}) {
      CAPTURE(code);
      SessionReport report = test::open_connection();
      test::break_rule(report, Rule::deflate_context_lost, sender, 2, 11, 300);
      test::send_close(report, other(sender), 2, code, 301);
      const Verdict verdict = verdict_on(report);
      CHECK(verdict.cause == "compression_mismatch");
      CHECK(verdict.party == test::party_of(sender));
    }
  }
}
