#include "output/live_json.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "output/record_json.h"
#include "support/sample_report.h"

namespace lastframe::output {
namespace {

using nlohmann::json;

TEST_CASE("a session that goes on has the keys of its record that are known by then") {
  const session::SessionReport report = full_report();
  const json live = json::parse(
      live_json({report, session::Stage::closing, std::chrono::microseconds(1'500'000), {17, 4}}));
  CHECK(live["state"] == "closing");
  CHECK(live["event"] == "session_live");
  CHECK(live["duration_s"] == 61.234567);
  CHECK(live["idle_s"] == 1.5);
  CHECK(live["traffic"]["client_to_server"]["pending"] == 17);
  CHECK(live["traffic"]["server_to_client"]["pending"] == 4);
  const json record = json::parse(record_json(report));
  for (const char* key : {"time", "session", "listener", "upstream", "client", "server", "host",
                          "path", "subprotocol", "extensions", "request", "handshake",
                          "close_frames", "stream_ends", "violations", "violation_count"}) {
    CAPTURE(key);
    CHECK(live.at(key) == record.at(key));
  }
  for (const char* direction : {"client_to_server", "server_to_client"}) {
    for (const char* key : {"bytes", "frames", "messages"}) {
      CHECK(live["traffic"][direction][key] == record["traffic"][direction][key]);
    }
  }
  // Nothing that only an end tells.
  for (const char* key : {"close", "cause", "views"}) CHECK_FALSE(live.contains(key));
}

TEST_CASE("a record says that it has ended, before its own keys") {
  CHECK(ended_json(R"({"event":"session_end"})") == R"({"state":"ended","event":"session_end"})");
}

}  // namespace
}  // namespace lastframe::output
