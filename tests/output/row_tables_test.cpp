#include "output/row_tables.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/sample_catalogue.h"

namespace lastframe::output {
namespace {

TEST_CASE("rows become lines of tables") {
  const auto rows = test::sample_catalogue();
  const Wording wording(rows, catalogue::Language::en);
  CHECK(table_row(rows.timeouts[0], wording) ==
        Page::Row{"nginx", "60s", "idle", "proxy_read_timeout"});
  CHECK(table_row(rows.timeouts[1], wording) ==
        Page::Row{"nginx", "4m", "lifetime, no default", "worker_shutdown_timeout"});
  CHECK(table_row(rows.limits[0], wording) ==
        Page::Row{"websockets (Python)", "1MiB", "message, inflated", "max_size"});
  CHECK(table_row(rows.heartbeats[0], wording) ==
        Page::Row{"Ping of the server", "every 20s, given up after 20s", "On by default."});
  CHECK(reason_texts({&rows.reasons[0], &rows.reasons[1]}, wording) ==
        std::vector<std::string>{
            "\"keepalive ping timeout\" (websockets (Python)): python_websockets_keepalive",
            "\"frame exceeds limit...\": too_big_prefix"});
}

TEST_CASE("a row says of what it is, when it is not the usual") {
  catalogue::ReasonRow reason;
  reason.match = catalogue::Match::contains;
  reason.text = "token";
  reason.id = "any_token";
  const auto rows = test::sample_catalogue();
  CHECK(reason_text(reason, Wording(rows, catalogue::Language::en)) ==
        "\"...token...\": any_token");
  catalogue::LimitRow limit;
  limit.of = catalogue::LimitOf::frame;
  limit.is_inflated = false;
  CHECK(measure_text(limit) == "frame");
  catalogue::HeartbeatRow heartbeat;
  heartbeat.carrier = catalogue::Carrier::text;
  heartbeat.sender = Endpoint::client;
  heartbeat.starts = "2";
  heartbeat.every = std::chrono::seconds(25);
  CHECK(carrier_text(heartbeat) == "text \"2\" of the client");
  CHECK(pace_text(heartbeat) == "every 25s");
}

TEST_CASE("a source is one line") {
  CHECK(source_text({"RFC 6455 section 7.4.1", "-", "2026-11-20"}) ==
        "RFC 6455 section 7.4.1, 2026-11-20");
  CHECK(source_text({"https://example.org", "1.22.1", ""}) ==
        "https://example.org, version 1.22.1");
  CHECK(source_text({}) == "");
}

TEST_CASE("causes have their titles beside them, other ids nothing") {
  const auto rows = test::sample_catalogue();
  CHECK(cause_rows(rows, {"idle_timeout", "FR-01"}) ==
        std::vector<Page::Row>{{"idle_timeout", "Idle time-out"}, {"FR-01", ""}});
}

}  // namespace
}  // namespace lastframe::output
