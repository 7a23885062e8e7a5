#include "capture/flight_recorder.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>

#include "core/session/session.h"
#include "support/frames.h"
#include "support/handshake.h"
#include "support/recording_observer.h"
#include "support/session_start.h"

namespace lastframe::capture {
namespace {

using session::RecordKind;
using session::SessionReport;

const WorthOptions kNothing{.is_abnormal = false, .is_violation = false};

SessionReport ended(unsigned code, bool is_clean) {
  SessionReport report;
  report.id = 1;
  report.kind = RecordKind::session_end;
  report.code = static_cast<ws::CloseCode>(code);
  report.clean = is_clean;
  return report;
}

TEST_CASE("an end is abnormal unless it is clean, with a code that says that all is well") {
  WorthOptions options = kNothing;
  options.is_abnormal = true;
  struct Row {
    unsigned code;
    bool is_clean;
    bool is_worth;
  };
  // RFC 6455 section 7.4.1 and 7.4.2.
  for (const Row& row : {Row{1000, true, false}, Row{1001, true, false}, Row{1005, true, false},
                         Row{3000, true, false}, Row{4999, true, false}, Row{1000, false, true},
                         Row{1001, false, true}, Row{4000, false, true}, Row{1002, true, true},
                         Row{1003, true, true}, Row{1006, false, true}, Row{1009, true, true},
                         Row{1011, true, true}, Row{1012, true, true}, Row{2999, true, true}}) {
    CAPTURE(row.code);
    CAPTURE(row.is_clean);
    CHECK(is_worth_keeping(ended(row.code, row.is_clean), options) == row.is_worth);
    CHECK_FALSE(is_worth_keeping(ended(row.code, row.is_clean), kNothing));
  }
}

TEST_CASE("whatever is no end of a session is abnormal; sealed ones are by their end") {
  WorthOptions options = kNothing;
  options.is_abnormal = true;
  for (const auto kind :
       {RecordKind::handshake_failed, RecordKind::tls_failed, RecordKind::connect_failed}) {
    SessionReport report = ended(1000, true);
    report.kind = kind;
    CHECK(is_worth_keeping(report, options));
    CHECK_FALSE(is_worth_keeping(report, kNothing));
  }
  SessionReport sealed = ended(1006, false);
  sealed.is_sealed = true;
  sealed.ending = session::Ending::fin_without_close;
  CHECK_FALSE(is_worth_keeping(sealed, options));
  sealed.ending = session::Ending::reset;
  CHECK(is_worth_keeping(sealed, options));
}

TEST_CASE("broken rules, named causes and `all` are reasons of their own") {
  SessionReport report = ended(1000, true);
  report.violation_count = 1;
  report.verdict.emplace().cause = "idle_timeout";
  CHECK_FALSE(is_worth_keeping(report, kNothing));
  WorthOptions options = kNothing;
  options.is_violation = true;
  CHECK(is_worth_keeping(report, options));
  options = kNothing;
  options.causes = {"server_crashed"};
  CHECK_FALSE(is_worth_keeping(report, options));
  options.causes.insert("idle_timeout");
  CHECK(is_worth_keeping(report, options));
  options = kNothing;
  options.is_all = true;
  CHECK(is_worth_keeping(ended(1000, true), options));
}

TEST_CASE("a sample is of its share, and the same wherever it is asked for") {
  for (const double share : {0.0, 0.25, 1.0}) {
    CAPTURE(share);
    WorthOptions options = kNothing;
    options.sample = share;
    int kept = 0;
    for (std::uint64_t i = 0; i < 4000; ++i) {
      SessionReport report = ended(1000, true);
      report.id = (i + 1) * 0x123456789ABCDULL;
      const bool is_kept = is_worth_keeping(report, options);
      CHECK(is_kept == is_worth_keeping(report, options));
      kept += is_kept ? 1 : 0;
    }
    // Four standard deviations.
    CHECK(kept >= 4000 * share - 110);
    CHECK(kept <= 4000 * share + 110);
    if (share == 0.0) CHECK(kept == 0);
    if (share == 1.0) CHECK(kept == 4000);
  }
}

// Plays one connection, and gives its report.
SessionReport played(FlightRecorder& recorder, unsigned code) {
  auto mine = std::make_unique<test::RecordingObserver>();
  test::RecordingObserver& next = *mine;
  const auto observer = recorder.make_observer(std::move(mine));
  const session::SessionOptions options{
      .listener = "chat", .upstream = "chat-a", .privacy = {}, .interest = test::kEverything};
  session::Session session(test::kSomeStart, options, *observer);
  const Moment now = test::kSomeStart.accepted;
  const auto say = [&](Endpoint from, std::string_view bytes) {
    session.handle(now, session::BytesRelayed{direction_from(from), as_bytes(bytes)});
  };
  say(Endpoint::client, test::kUpgradeRequest);
  say(Endpoint::server, test::kAcceptingResponse);
  for (const Endpoint endpoint : kEndpoints) {
    say(endpoint, test::frame(endpoint, ws::Opcode::close, test::close_payload(code)));
  }
  session.handle(now, session::StreamEnded{Endpoint::server, session::EndKind::fin});
  session.handle(now, session::Finished{});
  CHECK(next.starts.size() == 1);
  CHECK_FALSE(next.records.empty());
  REQUIRE(next.reports.size() == 1);
  return next.reports[0];
}

TEST_CASE("reports that are worth it carry their recording, and memory is given back") {
  FlightRecorder recorder({}, {}, [](std::string) { return true; });
  CHECK(played(recorder, 1000).recording == nullptr);
  {
    const SessionReport report = played(recorder, 1011);
    REQUIRE(report.recording != nullptr);
    CHECK(recorder.memory() > 0);
    CHECK(static_cast<const FlightRecording&>(*report.recording).id() == 7);
  }
  CHECK(recorder.memory() == 0);
  CHECK(recorder.given_up() == 0);
}

TEST_CASE("a whole recording stays with its report, whatever it is worth") {
  FlightOptions options;
  options.is_whole = true;
  std::string handed_out;
  FlightRecorder recorder(options, {}, [&](std::string blocks) {
    handed_out += blocks;
    return true;
  });
  CHECK(played(recorder, 1000).recording != nullptr);
  CHECK_FALSE(handed_out.empty());
  CHECK(recorder.memory() == 0);
}

}  // namespace
}  // namespace lastframe::capture
