#include "probe/visit.h"

#include <doctest/doctest.h>

#include <chrono>
#include <map>
#include <string>

#include "probe/echo_server.h"
#include "settings/catalogue_file.h"
#include "support/raw_peer.h"

using namespace lastframe;
using namespace lastframe::probe;
using namespace std::chrono_literals;

namespace {

VisitOptions options() {
  VisitOptions options;
  options.dial.timeout = 5s;
  options.catalogue = *settings::load_catalogue({});
  return options;
}

std::map<std::string, StepResult> results(const Visit& visit) {
  std::map<std::string, StepResult> found;
  for (const Step& step : visit.steps) found[step.name] = step.result;
  return found;
}

}  // namespace

TEST_CASE("a visit to an echo: every step is good, and the verdict is the proxy's own") {
  const auto server = EchoServer::start({.listen = net::TcpAddress{"127.0.0.1", 0}, .tls = {}});
  REQUIRE(server.has_value());
  auto asked = options();
  asked.message = "hello";
  const Visit seen = visit(*parse_target("ws://" + (*server)->address() + "/x"), asked);
  for (const auto& [step, result] : results(seen)) {
    CAPTURE(step);
    CHECK(result == StepResult::good);
  }
  CHECK(seen.steps.size() == 6);
  CHECK_FALSE(has_fault(seen));
  REQUIRE(seen.report.has_value());
  CHECK(seen.report->clean);
  CHECK(static_cast<unsigned>(seen.report->code) == 1000);
  CHECK(seen.report->initiator == session::Initiator::client);
  REQUIRE(seen.report->verdict.has_value());
  CHECK(seen.report->verdict->cause == "normal_closure");
}

TEST_CASE("a visit to nobody says so, and what it did not reach") {
  const Visit seen = visit(*parse_target("ws://127.0.0.1:1/"), options());
  const auto found = results(seen);
  CHECK(found.at("resolve") == StepResult::good);
  CHECK(found.at("connect") == StepResult::bad);
  CHECK(found.at("handshake") == StepResult::not_reached);
  CHECK(found.at("close") == StepResult::not_reached);
  CHECK(has_fault(seen));
  REQUIRE(seen.report.has_value());
  REQUIRE(seen.report->verdict.has_value());
  CHECK(seen.report->verdict->cause == "connect_refused");
}
