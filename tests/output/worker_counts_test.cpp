#include "output/worker_counts.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "support/exposition_text.h"
#include "support/sample_report.h"

namespace lastframe::output {
namespace {

using namespace std::chrono_literals;
using session::RecordKind;
using session::SessionReport;
using test::series_count;
using test::value_of;

std::string text_of(const WorkerCounts& counts) {
  Exposition exposition;
  counts.add_to(exposition);
  return exposition.text();
}

SessionReport with_cause(SessionReport report, const std::string& cause) {
  report.verdict.emplace();
  report.verdict->cause = cause;
  return report;
}

SessionReport without_close() {
  SessionReport report = full_report();
  report.close_frames = {};
  report.code = ws::CloseCode::abnormal_closure;
  report.initiator = session::Initiator::server;
  report.clean = false;
  return report;
}

TEST_CASE("a record is counted by its code, its cause and its times") {
  const CodeLabels codes({});
  WorkerCounts counts(codes);
  counts.count(with_cause(full_report(), "normal_closure"));
  counts.count(with_cause(full_report(), "normal_closure"));
  const std::string text = text_of(counts);
  const std::string labels = "{listener=\"chat\",upstream=\"chat-a\",";
  CHECK(value_of(text, "lastframe_closes_total" + labels +
                           "code=\"1000\",initiator=\"client\",clean=\"true\"}") == 2);
  CHECK(value_of(text, "lastframe_close_causes_total" + labels + "cause=\"normal_closure\"}") == 2);
  // It lived for 61.23 s, and the last byte came 250 ms before the end began.
  const std::string lived = "lastframe_connection_duration_seconds_bucket{listener=\"chat\",";
  CHECK(value_of(text, lived + "le=\"61\"}") == 0);
  CHECK(value_of(text, lived + "le=\"99\"}") == 2);
  const std::string idle = "lastframe_idle_before_close_seconds_bucket{listener=\"chat\",";
  CHECK(value_of(text, idle + "le=\"0.1\"}") == 0);
  CHECK(value_of(text, idle + "le=\"1\"}") == 2);
}

TEST_CASE("where no Close was seen the code is none") {
  const CodeLabels codes({});
  WorkerCounts counts(codes);
  counts.count(without_close());
  SessionReport sealed = full_report();
  sealed.is_sealed = true;
  counts.count(sealed);
  const std::string text = text_of(counts);
  CHECK(series_count(text,
                     "lastframe_closes_total{listener=\"chat\",upstream=\"chat-a\","
                     "code=\"none\",") == 2);
  CHECK(series_count(text, "lastframe_closes_total{") == 2);
}

TEST_CASE("a Close without a code is 1005, one of a single byte 1002") {
  struct Row {
    ws::CloseCode reported;
    const char* label;
  };
  for (const Row& row : {Row{ws::CloseCode::no_status_received, "1005"},
                         Row{ws::CloseCode::protocol_error, "1002"}}) {
    CAPTURE(row.label);
    const CodeLabels codes({});
    WorkerCounts counts(codes);
    SessionReport report = full_report();
    report.close_frames[0]->code.reset();
    report.close_frames[0]->reported = row.reported;
    counts.count(report);
    CHECK(series_count(text_of(counts), std::string("lastframe_closes_total{listener=\"chat\","
                                                    "upstream=\"chat-a\",code=\"") +
                                            row.label + "\"") == 1);
  }
}

TEST_CASE("failed handshakes are counted by outcome, and are no closes") {
  const CodeLabels codes({});
  WorkerCounts counts(codes);
  SessionReport report = full_report();
  report.kind = RecordKind::handshake_failed;
  report.handshake.outcome = session::HandshakeOutcome::rejected;
  counts.count(report);
  const std::string text = text_of(counts);
  CHECK(value_of(text,
                 "lastframe_handshakes_total{listener=\"chat\",upstream=\"chat-a\","
                 "outcome=\"rejected\"}") == 1);
  CHECK(series_count(text, "lastframe_close") == 0);
}

TEST_CASE("a handshake that opened a connection was counted when it did") {
  const CodeLabels codes({});
  WorkerCounts counts(codes);
  counts.live("chat", "chat-a").accepted.add(1);
  SessionReport report = full_report();
  report.handshake.opened = report.accepted;
  counts.count(report);
  CHECK(value_of(text_of(counts),
                 "lastframe_handshakes_total{listener=\"chat\",upstream=\"chat-a\","
                 "outcome=\"accepted\"}") == 1);
}

TEST_CASE("what failed before is counted by its cause") {
  const CodeLabels codes({});
  WorkerCounts counts(codes);
  SessionReport unreachable = with_cause(full_report(), "upstream_refused");
  unreachable.kind = RecordKind::connect_failed;
  counts.count(unreachable);
  counts.count(with_cause(tls_failed_report(), "upstream_certificate_expired"));
  const std::string text = text_of(counts);
  CHECK(value_of(text,
                 "lastframe_connect_failures_total{listener=\"chat\",upstream=\"chat-a\","
                 "cause=\"upstream_refused\"}") == 1);
  CHECK(value_of(text,
                 "lastframe_tls_failures_total{listener=\"chat\",leg=\"server\","
                 "reason=\"upstream_certificate_expired\"}") == 1);
}

TEST_CASE("where clients choose the server, the upstream's label is empty") {
  const CodeLabels codes({});
  WorkerCounts counts(codes);
  SessionReport report = full_report();
  report.upstream = session::kChosenByClient;
  counts.count(report);
  CHECK(series_count(text_of(counts), "lastframe_closes_total{listener=\"chat\",upstream=\"\",") ==
        1);
}

TEST_CASE("a mass close is counted under the name that the configuration has for its upstream") {
  const CodeLabels codes({});
  WorkerCounts counts(codes);
  session::MassCloseSeen seen;
  seen.listener = "chat";
  seen.upstream = "10.0.0.7:9000";
  seen.configured_upstream = "ws://chat.example:9000";
  counts.count(seen);
  const std::string text = text_of(counts);
  CHECK(value_of(text,
                 "lastframe_mass_closes_total{listener=\"chat\","
                 "upstream=\"ws://chat.example:9000\"}") == 1);
  CHECK(text.find("10.0.0.7") == std::string::npos);
}

TEST_CASE("active connections are those that are accepted and not over") {
  const CodeLabels codes({});
  WorkerCounts counts(codes);
  session::LiveCounts& live = counts.live("chat");
  live.accepted.add(3);
  live.note_over(session::ConnectionResult::refused);
  const std::string text = text_of(counts);
  CHECK(value_of(text, "lastframe_connections_active{listener=\"chat\"}") == 2);
  CHECK(value_of(text, "lastframe_connections_total{listener=\"chat\",result=\"refused\"}") == 1);
}

TEST_CASE("short messages that were only added up appear like the others") {
  const CodeLabels codes({});
  WorkerCounts counts(codes);
  auto& from_client = counts.live("chat").directions[index(Direction::client_to_server)];
  from_client.short_texts.messages.add(1);
  from_client.short_texts.bytes.add(6 + 40);
  from_client.short_binaries.messages.add(2);
  from_client.short_binaries.bytes.add(2 * 6 + 60);
  from_client.frames[1].add(1);
  from_client.frames[0xB].add(1);
  from_client.frames[0x3].add(1);
  from_client.payload.add(1000);
  from_client.messages.observe(1000);
  const std::string text = text_of(counts);
  const std::string labels = "{listener=\"chat\",direction=\"client_to_server\",";
  CHECK(value_of(text, "lastframe_frames_total" + labels + "opcode=\"text\"}") == 2);
  CHECK(value_of(text, "lastframe_frames_total" + labels + "opcode=\"binary\"}") == 2);
  CHECK(value_of(text, "lastframe_frames_total" + labels + "opcode=\"reserved\"}") == 2);
  CHECK(value_of(text,
                 "lastframe_payload_bytes_total{listener=\"chat\","
                 "direction=\"client_to_server\"}") == 1100);
  CHECK(value_of(text, "lastframe_message_size_bytes_bucket" + labels + "le=\"125\"}") == 3);
  CHECK(value_of(text, "lastframe_message_size_bytes_bucket" + labels + "le=\"1024\"}") == 4);
  CHECK(value_of(text,
                 "lastframe_message_size_bytes_sum{listener=\"chat\","
                 "direction=\"client_to_server\"}") == 1100);
}

TEST_CASE("whatever comes from the wire, series stay few") {
  const CodeLabels codes({4001});
  WorkerCounts counts(codes);
  for (unsigned i = 0; i < 1'000'000; ++i) {
    static SessionReport report = full_report();
    report.close_frames[0]->code = static_cast<std::uint16_t>(i);
    report.close_frames[0]->reported = static_cast<ws::CloseCode>(i);
    if (i % 1000 == 0) {
      report.close_frames[0]->reason = "reason\"} 1\n" + std::to_string(i);
      report.texts.replace(session::Text::path, "/" + std::to_string(i));
      report.texts.replace(session::Text::client, "10.0.0.1:" + std::to_string(i));
    }
    counts.count(report);
  }
  const std::string text = text_of(counts);
  CHECK(series_count(text, "lastframe_closes_total{") == 16 + 3 + 1 + 3);
  CHECK(text.find("reason") == std::string::npos);
  CHECK(test::lines_of(text).size() < 200);
}

TEST_CASE("more upstreams than a configuration sensibly has share one label") {
  const CodeLabels codes({});
  WorkerCounts counts(codes);
  for (int i = 0; i < 2000; ++i) {
    SessionReport report = full_report();
    report.upstream = "ws://10.0.0.7:" + std::to_string(i);
    counts.count(report);
  }
  const std::string text = text_of(counts);
  CHECK(series_count(text, "lastframe_closes_total{") == WorkerCounts::kMostUpstreams + 1);
  CHECK(series_count(text, "lastframe_closes_total{listener=\"chat\",upstream=\"\",") == 1);
}

}  // namespace
}  // namespace lastframe::output
