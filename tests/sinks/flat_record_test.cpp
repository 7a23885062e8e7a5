#include "sinks/flat_record.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "output/mass_close.h"
#include "output/record_json.h"
#include "support/sample_report.h"

namespace lastframe::sinks {
namespace {

FlatRecord flat(std::string_view json) {
  const auto record = flatten(json);
  REQUIRE(record.has_value());
  return *record;
}

TEST_CASE("a record's values are found by their paths, whatever they are") {
  session::SessionReport report = output::full_report();
  report.verdict = output::sample_verdict();
  const FlatRecord record = flat(output::record_json(report));
  CHECK(record.text("event") == "session_end");
  CHECK(record.text("session") == "0123456789abcdef");
  CHECK(record.text("cause.id") == "idle_timeout");
  CHECK(*record.find<std::uint64_t>("close.code") == 1000);
  CHECK(*record.find<bool>("close.clean"));
  CHECK(*record.find<double>("duration_s") == doctest::Approx(61.234567));
  CHECK(*record.find<double>("transport.server.rtt_ms") == doctest::Approx(12.346));
  using Texts = std::vector<std::string>;
  CHECK(*record.find<Texts>("stream_ends[].endpoint") == Texts{"server", "client"});
  CHECK(*record.find<Texts>("violations[].id") == Texts{"FR-01"});
  CHECK(*record.find<Texts>("cause.candidates[]") == Texts{"lifetime_limit", "server_crashed"});
  // 2026-11-20T19:00:00.000001Z and 61.234567 s later
  CHECK(record.find<WallTime>("time")->time_since_epoch().count() == 1'795'201'261'234'568);
  // null, absent, and of another kind of line
  CHECK(record.text("connect_error").empty());
  CHECK(record.find<std::uint64_t>("pings.client.sent") == nullptr);
  CHECK(record.find<std::uint64_t>("closes") == nullptr);
}

TEST_CASE("every column of a record is filled by some record") {
  // A column that no line ever fills has a path with a mistake in it.
  session::SessionReport report = output::full_report();
  report.verdict = output::sample_verdict();
  const FlatRecord record = flat(output::record_json(report));
  for (const std::string_view path : {"listener",
                                      "upstream",
                                      "client",
                                      "server",
                                      "host",
                                      "path",
                                      "subprotocol",
                                      "extensions",
                                      "request.user_agent",
                                      "request.origin",
                                      "request.forwarded_for",
                                      "request.via",
                                      "request.trace_id",
                                      "request.user",
                                      "handshake.outcome",
                                      "handshake.server",
                                      "handshake.via",
                                      "close.name",
                                      "close.reason",
                                      "close.initiator",
                                      "close.ending",
                                      "close_frames.client.reason",
                                      "cause.confidence",
                                      "cause.party",
                                      "cause.summary",
                                      "views.wire",
                                      "views.browser",
                                      "views.server",
                                      "transport.server.error"}) {
    CAPTURE(path);
    CHECK_FALSE(record.text(path).empty());
  }
  const FlatRecord failed = flat(output::record_json(output::tls_failed_report()));
  for (const std::string_view path :
       {"tls.client.version", "tls.client.cipher", "tls.client.alpn", "tls.client.server_name",
        "tls.client.handling", "tls.server.handling", "tls.server.certificate_fault",
        "tls.failure.leg", "tls.failure.fault", "tls.failure.alert_sent", "tls.failure.detail"}) {
    CAPTURE(path);
    CHECK_FALSE(failed.text(path).empty());
  }
  const FlatRecord crowd = flat(output::mass_close_json({}));
  for (const std::string_view path :
       {"mass_close", "closes", "by_client", "by_server", "without_close", "with_restart_code"}) {
    CAPTURE(path);
    CHECK(crowd.find<std::uint64_t>(path) != nullptr);
  }
  CHECK(crowd.find<WallTime>("began") != nullptr);
  CHECK(crowd.find<double>("usual_per_s") != nullptr);
  const FlatRecord violation = flat(
      output::violation_json({}, output::kAccepted, {.rule = ws::Rule::client_frame_unmasked}));
  CHECK(violation.text("id") == "FR-01");
  CHECK(violation.text("severity") == "violation");
}

TEST_CASE("addresses and targets come apart") {
  struct Row {
    std::string_view client;
    std::string_view host;
    std::optional<std::uint64_t> port;
  };
  for (const Row& row : std::to_array<Row>({{"203.0.113.9:50122", "203.0.113.9", 50122},
                                            {"[2001:db8::1]:80", "2001:db8::1", 80},
                                            {"unix:/run/a:5", "unix:/run/a:5", {}},
                                            {"unix:", "unix:", {}},
                                            {"name", "name", {}},
                                            {"name:http", "name", {}}})) {
    CAPTURE(row.client);
    const FlatRecord record = flat("{\"client\":\"" + std::string(row.client) + "\"}");
    CHECK(record.text("client") == row.host);
    const auto& port = record.values[index_of("client") + 1];
    if (row.port) CHECK(std::get<std::uint64_t>(port) == *row.port);
    if (!row.port) CHECK(std::holds_alternative<std::monostate>(port));
  }
  const FlatRecord with = flat(R"({"path":"/chat?v=2&w=?"})");
  CHECK(with.text("path") == "/chat");
  CHECK(std::get<std::string>(with.values[index_of("path") + 1]) == "v=2&w=?");
  const FlatRecord without = flat(R"({"path":"/chat"})");
  CHECK(std::holds_alternative<std::monostate>(without.values[index_of("path") + 1]));
}

TEST_CASE("what is no record is none, and a value of another type is left out") {
  for (const char* text : {"", "{", "[]", "5", "{\"event\":\"a\"} x", "\xff"}) {
    CAPTURE(text);
    CHECK_FALSE(flatten(text).has_value());
  }
  const FlatRecord odd =
      flat(R"({"event":{},"close":5,"duration_s":"1","violations":{"id":1},"time":"yesterday",)"
           R"("close_frames":{"client":{"code":-1}},"sealed":1,"stream_ends":[5,{"how":null}]})");
  std::size_t filled = 0;
  for (const FlatValue& value : odd.values)
    filled += !std::holds_alternative<std::monostate>(value);
  CHECK(filled == 2);  // two lists without an element
  CHECK(odd.find<std::vector<std::string>>("stream_ends[].how")->empty());
  CHECK(flat(R"({"tls":{"failure":{"alert_received":200}}})").text("tls.failure.alert_received") ==
        "200");
}

TEST_CASE("times are read to the microsecond, and only in the log's own shape") {
  CHECK(parse_record_time("1970-01-01T00:00:00.000000Z") == WallTime());
  CHECK(parse_record_time("2024-02-29T23:59:59.999999Z")->time_since_epoch().count() ==
        1'709'251'199'999'999);
  for (const char* text :
       {"", "2026-11-20T19:00:01Z", "2026-11-20T19:00:01.234567+", "2026-13-20T19:00:01.234567Z",
        "2025-02-29T00:00:00.000000Z", "2026-11-20T24:00:00.000000Z", "2026-11-20T1x:00:00.000000Z",
        "2026-11-20 19:00:01.234567Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_record_time(text).has_value());
  }
}

}  // namespace
}  // namespace lastframe::sinks
