#include "output/process_facts.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "support/exposition_text.h"

namespace lastframe::output {
namespace {

using test::value_of;

std::string text_of(const ProcessFacts& facts) {
  Exposition exposition;
  add_to(exposition, facts);
  return exposition.text();
}

TEST_CASE("what the program says of itself appears under its names") {
  ProcessFacts facts{.version = "1.2.3", .libwebsockets = "4.1.6", .openssl = "3.0.15"};
  facts.relay = {.workers = 4,
                 .connections_limit = 5000,
                 .pending_bytes = 12,
                 .pending_bytes_limit = 1000,
                 .inflate_bytes = 34,
                 .tick_lag_s = 0.005,
                 .accept_pauses = 3,
                 .analyses_shed = 2,
                 .other_protocols = 1,
                 .is_draining = true};
  facts.log_dropped_lines = 9;
  facts.is_last_reload_good = false;
  facts.configured_at = 1'700'000'000;
  facts.learnt.push_back({.listener = "chat",
                          .upstream = "ws://a:1",
                          .idle_s = 60.0,
                          .lifetime_s = 3600.0,
                          .size_limits = {65'536, std::nullopt}});
  facts.certificates.push_back({"chat", "/etc/a.pem", 1'800'000'000});
  facts.feed = FeedFacts{.subscribers = 2, .dropped = 5};
  facts.sinks.push_back({.name = "loki",
                         .delivered = 100,
                         .batches_ok = 7,
                         .last_success = WallTime(std::chrono::seconds(1'700'000'001))});
  facts.recorder = RecorderCounts{
      .memory_bytes = 5000, .memory_limit_bytes = 9000, .given_up = 6, .written = 8, .dropped = 1};
  facts.process.resident_bytes = 4096;
  const std::string text = text_of(facts);
  struct Row {
    const char* series;
    double value;
  };
  for (const Row& row :
       {Row{"lastframe_build_info{version=\"1.2.3\",libwebsockets=\"4.1.6\",openssl=\"3.0.15\"}",
            1},
        {"lastframe_workers", 4},
        {"lastframe_connections_limit", 5000},
        {"lastframe_pending_bytes", 12},
        {"lastframe_pending_bytes_limit", 1000},
        {"lastframe_inflate_bytes", 34},
        {"lastframe_tick_lag_seconds", 0.005},
        {"lastframe_accept_pauses_total", 3},
        {"lastframe_analyses_shed_total", 2},
        {"lastframe_other_protocols_total", 1},
        {"lastframe_draining", 1},
        {"lastframe_log_dropped_lines_total", 9},
        {"lastframe_config_last_reload_successful", 0},
        {"lastframe_config_last_reload_success_timestamp_seconds", 1'700'000'000},
        {"lastframe_learnt_timeout_seconds{listener=\"chat\",upstream=\"ws://a:1\",kind=\"idle\"}",
         60},
        {"lastframe_learnt_timeout_seconds{listener=\"chat\",upstream=\"ws://a:1\","
         "kind=\"lifetime\"}",
         3600},
        {"lastframe_learnt_size_limit_bytes{listener=\"chat\",upstream=\"ws://a:1\","
         "direction=\"client_to_server\"}",
         65'536},
        {"lastframe_certificate_expiry_timestamp_seconds{listener=\"chat\","
         "certificate=\"/etc/a.pem\"}",
         1'800'000'000},
        {"lastframe_feed_subscribers", 2},
        {"lastframe_feed_dropped_total", 5},
        {"lastframe_sink_records_total{sink=\"loki\",result=\"delivered\"}", 100},
        {"lastframe_sink_batches_total{sink=\"loki\",result=\"ok\"}", 7},
        {"lastframe_sink_spool_bytes{sink=\"loki\"}", 0},
        {"lastframe_sink_last_success_timestamp_seconds{sink=\"loki\"}", 1'700'000'001},
        {"lastframe_recorder_memory_bytes", 5000},
        {"lastframe_recorder_memory_limit_bytes", 9000},
        {"lastframe_recorder_given_up_total", 6},
        {"lastframe_recordings_total{result=\"written\"}", 8},
        {"lastframe_recordings_total{result=\"dropped\"}", 1},
        {"process_resident_memory_bytes", 4096}}) {
    CAPTURE(row.series);
    CHECK(value_of(text, row.series) == row.value);
  }
}

TEST_CASE("what is not there is absent; counters without labels are there from the start") {
  const std::string text = text_of({});
  CHECK(text.find("feed") == std::string::npos);
  CHECK(text.find("sink") == std::string::npos);
  CHECK(text.find("record") == std::string::npos);
  CHECK(text.find("learnt") == std::string::npos);
  CHECK(text.find("certificate") == std::string::npos);
  CHECK(text.find("process_") == std::string::npos);
  CHECK(value_of(text, "lastframe_accept_pauses_total") == 0);
  CHECK(value_of(text, "lastframe_log_dropped_lines_total") == 0);
}

}  // namespace
}  // namespace lastframe::output
