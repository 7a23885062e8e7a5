#include "tools/demo_traffic.h"

#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "net/reactor.h"
#include "net/relay.h"
#include "tools/demo_service.h"

using namespace lastframe;
using namespace lastframe::tools;

namespace {

// Hands every record on, and counts them.
class RecordObserver final : public session::Observer {
 public:
  RecordObserver(ArrivedRecords& records, std::atomic<int>& count)
      : records_(records), count_(count) {}
  void on_session_start(const session::SessionReport&) override {}
  void on_frame(const session::SessionLabel&, Moment, const session::FrameSeen&) override {}
  void on_message(const session::SessionLabel&, Moment, const session::MessageSeen&) override {}
  void on_violation(const session::SessionLabel&, Moment, const ws::Violation&) override {}
  void on_session_end(session::SessionReport report) override {
    ++count_;
    records_.add(report);
  }
  void on_mass_close(const session::MassCloseSeen&) override {}

 private:
  ArrivedRecords& records_;
  std::atomic<int>& count_;
};

net::ListenerOptions listener(std::string name, const net::Address& upstream) {
  net::ListenerOptions options;
  options.name = std::move(name);
  options.listen = net::TcpAddress{"127.0.0.1", 0};
  options.upstreams = {{.address = upstream}};
  return options;
}

// The service, and the relay in front of it.
class Stage {
 public:
  explicit Stage(unsigned workers) {
    net::quiet_libwebsockets();
    net::RelayOptions options;
    options.workers = workers;
    options.listeners = {listener("demo", service_->address()),
                         listener("unreachable", service_->refusing_address())};
    relay_ = std::move(
        *net::Relay::start(options, {}, {}, [this](unsigned) -> std::unique_ptr<session::Observer> {
          return std::make_unique<RecordObserver>(records, record_count);
        }));
  }

  DemoDoors doors() const {
    return {*door_at(relay_->listening().front().address),
            *door_at(relay_->listening().back().address)};
  }
  const std::vector<Scenario>& scenarios() const { return scenarios_; }

  ArrivedRecords records;
  std::atomic<int> record_count{0};

 private:
  std::vector<Scenario> scenarios_ = demo_scenarios();
  std::unique_ptr<DemoService> service_ = std::move(*DemoService::start(scenarios_));
  std::unique_ptr<net::Relay> relay_;
};

}  // namespace

TEST_CASE("every record of the demo says what its scenario says") {
  for (const unsigned workers : {1u, 2u}) {
    CAPTURE(workers);
    Stage stage(workers);
    const DemoDoors doors = stage.doors();
    int expected = 0;
    for (int round = 0; round < 3; ++round) {
      for (const Scenario& scenario : stage.scenarios()) {
        CAPTURE(scenario.path);
        CHECK(difference(scenario, doors, stage.records).value_or("") == "");
        if (scenario.expected) ++expected;
      }
    }
    CHECK(stage.record_count == expected);
  }
}

TEST_CASE("a record that differs is found, and both are named") {
  Stage stage(1);
  Scenario scenario = stage.scenarios().front();
  REQUIRE(scenario.path == "/echo");
  scenario.expected->code = 1001;
  const auto found = difference(scenario, stage.doors(), stage.records);
  REQUIRE(found.has_value());
  CHECK(found->starts_with("/echo: expected session_end 1001 closing_handshake by client"));
  CHECK(found->find("the record says session_end 1000") != std::string::npos);
}

TEST_CASE("a server that does not do its part is found") {
  Stage stage(1);
  Scenario scenario = stage.scenarios().front();
  scenario.path = "/fin";
  scenario.client = opened({send_text("hello"), AwaitFrame{ws::Opcode::text}});
  const auto found = difference(scenario, stage.doors(), stage.records);
  REQUIRE(found.has_value());
  CHECK(found->starts_with("/fin: the client waited in vain"));
}

TEST_CASE("a client that cannot connect is no crash") {
  DemoDoors nowhere{*door_at("127.0.0.1:1"), *door_at("127.0.0.1:1")};
  CHECK_FALSE(play(demo_scenarios().front(), nowhere).has_value());
}

TEST_CASE("a door is a numeric address with its port") {
  CHECK(door_at("127.0.0.1:8080")->text() == "127.0.0.1:8080");
  CHECK_FALSE(door_at("unix:/tmp/socket").has_value());
  CHECK_FALSE(door_at("nonsense").has_value());
}
