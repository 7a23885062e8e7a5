#include "sinks/http_sink.h"

#include <doctest/doctest.h>

#include <atomic>
#include <string>

#include "output/record_json.h"
#include "support/http_receiver.h"
#include "support/sample_report.h"
#include "support/temporary_folder.h"
#include "support/waiting.h"

namespace lastframe::sinks {
namespace {

using namespace std::chrono_literals;
using test::HttpReceiver;

SinkOptions to(const HttpReceiver& receiver) {
  SinkOptions options;
  options.name = "test";
  options.url = receiver.url();
  options.instance = "i";
  options.batch_interval = 5ms;
  options.retry_first = 10ms;
  return options;
}

void ignore(const std::string&) {}

std::string ok(std::size_t) { return HttpReceiver::answer("200 OK"); }

TEST_CASE("records of a tap arrive, without its violations unless they are asked for") {
  const HttpReceiver receiver(ok);
  SinkOptions options = to(receiver);
  options.level = SinkLevel::closes;
  unsigned expected = 2;
  SUBCASE("closes") {}
  SUBCASE("violations") {
    options.level = SinkLevel::violations;
    expected = 3;
  }
  const auto sink = *HttpSink::start(options, ignore);
  const session::SessionReport report = output::full_report();
  sink->on_record(&report, output::record_json(report));
  sink->on_record(nullptr, R"({"event":"violation","id":"FR-01"})");
  sink->on_record(nullptr, R"({"event":"mass_close","closes":40})");
  sink->finish();
  CHECK(sink->counts().delivered == expected);
  CHECK(sink->counts().last_success.has_value());
  std::string all;
  for (const std::string& request : receiver.requests()) all += request;
  CHECK(all.contains("0123456789abcdef"));
  CHECK(all.contains("mass_close"));
  CHECK(all.contains("FR-01\"}") == false);
  CHECK(all.contains("\"event\":\"violation\"") == (expected == 3));
}

TEST_CASE("a receiver that fails at first gets each record in the end, once") {
  const HttpReceiver receiver(
      [](std::size_t n) { return HttpReceiver::answer(n < 3 ? "503 Busy" : "200 OK"); });
  const auto sink = *HttpSink::start(to(receiver), ignore);
  for (int i = 0; i < 10; ++i) sink->on_record(nullptr, "{\"event\":\"e\"}");
  test::wait_until("all of them", [&] { return sink->counts().delivered == 10; });
  CHECK(sink->counts().batches_retried == 3);
  CHECK(sink->counts().dropped == 0);
}

TEST_CASE("a stop takes two seconds at most where the receiver hangs, and spools the rest") {
  const test::TemporaryFolder folder;
  test::Gate gate;
  {
    const HttpReceiver receiver([&](std::size_t) {
      gate.pass();
      return HttpReceiver::answer("200 OK");
    });
    SinkOptions options = to(receiver);
    options.spool_folder = folder.file("spool");
    const auto sink = *HttpSink::start(options, ignore);
    sink->on_record(nullptr, "{\"event\":\"e\"}");
    gate.wait_until_reached();
    const auto begin = std::chrono::steady_clock::now();
    sink->finish();
    CHECK(std::chrono::steady_clock::now() - begin < 10s);
    CHECK(sink->counts().spool_bytes == 14);
    CHECK(sink->counts().dropped == 0);
    gate.open();
  }
  const HttpReceiver receiver(ok);
  SinkOptions options = to(receiver);
  options.spool_folder = folder.file("spool");
  const auto sink = *HttpSink::start(options, ignore);
  test::wait_until("what waited", [&] { return sink->counts().delivered == 1; });
  CHECK(sink->counts().spool_bytes == 0);
}

TEST_CASE("all sinks of a configuration start, or all that is wrong with them is told") {
  const test::TemporaryFolder folder;
  const HttpReceiver receiver(ok);
  SinkOptions one = to(receiver);
  SinkOptions other = to(receiver);
  other.name = "other";
  {
    auto sinks = *HttpSinks::start(std::vector{one, other}, ignore);
    for (output::RecordTap* tap : sinks.taps()) tap->on_record(nullptr, "{\"event\":\"e\"}");
    sinks.finish();
    REQUIRE(sinks.counts().size() == 2);
    CHECK(sinks.counts()[0].delivered == 1);
    CHECK(sinks.counts()[1].name == "other");
    CHECK(sinks.counts()[1].delivered == 1);
  }
  one.spool_folder = other.spool_folder = "/dev/null/spool";
  const auto failed = HttpSinks::start(std::vector{one, other}, ignore);
  REQUIRE_FALSE(failed.has_value());
  CHECK(failed.error().size() == 2);
  CHECK(failed.error()[0].where == "/dev/null/spool/test");
}

}  // namespace
}  // namespace lastframe::sinks
