#include "probe/battery.h"

#include <doctest/doctest.h>

#include <string>

#include "probe/echo_server.h"

using namespace lastframe;
using namespace lastframe::probe;
using namespace std::chrono_literals;

namespace {

PathReport tested(const std::string& url) {
  PathOptions options{.target = *parse_target(url),
                      .dial = {},
                      .origin = "",
                      .fields = {},
                      .max_size = std::size_t{64} * 1024,
                      .longest = std::nullopt};
  options.dial.timeout = 10s;
  return test_path(options);
}

}  // namespace

TEST_CASE("directly against an echo nothing is altered") {
  const auto server = EchoServer::start({.listen = net::TcpAddress{"127.0.0.1", 0}, .tls = {}});
  REQUIRE(server.has_value());
  const PathReport report = tested("ws://" + (*server)->address() + "/");
  CHECK(report.rows.size() > 50);
  for (const Row& row : report.rows) {
    CAPTURE(row.id);
    CAPTURE(row.findings.size());
    CHECK(row.result == Result::unchanged);
    CHECK(row.findings.empty());
    CHECK(row.took.count() > 0);
  }
  CHECK_FALSE(has_difference(report));
}

TEST_CASE("where nobody listens the other checks are not made") {
  const PathReport report = tested("ws://127.0.0.1:1/");
  REQUIRE(report.rows.size() == 2);
  CHECK(report.rows[0].result == Result::not_tried);
  CHECK(has_difference(report));
  CHECK(text_page(report, output::Colour::off).contains("ECONNREFUSED"));
}

TEST_CASE("a report as JSON and as a page, with nothing that disturbs a terminal") {
  PathReport report{.target = *parse_target("ws://a/?token=secret"), .rows = {}};
  report.rows.push_back({.id = "close_1000", .title = "Close 1000"});
  report.rows.back().note(Result::altered, "it arrived as \x1b[31m");
  report.rows.back().took = 1500us;
  CHECK(json_text(report) ==
        R"({"event":"path","url":"ws://a/?token=[redacted, 6 bytes]","ok":false,"checks":[)"
        R"({"id":"close_1000","title":"Close 1000","result":"altered",)"
        R"("findings":["it arrived as \u001b[31m"],"facts":[],"duration_s":0.001500}]})");
  const std::string page = text_page(report, output::Colour::off);
  CHECK(page.contains("1 check: 1 altered"));
  CHECK(page.contains("Close 1000: altered"));
  CHECK_FALSE(page.contains('\x1b'));
  CHECK_FALSE(page.contains("secret"));
}
