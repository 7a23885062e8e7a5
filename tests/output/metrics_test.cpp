#include "output/metrics.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "core/verdict/diagnosing_observer.h"
#include "support/exposition_text.h"
#include "support/relay_harness.h"
#include "support/sample_report.h"
#include "support/temporary_file.h"

namespace lastframe::output {
namespace {

using test::value_of;

// A relay whose sessions are counted, and told to `reports`.
struct CountedRelay {
  explicit CountedRelay(const net::RelayOptions& options) {
    net::quiet_libwebsockets();
    auto started = net::Relay::start(options, {}, {}, [this](unsigned) {
      return std::make_unique<verdict::DiagnosingObserver>(
          metrics.make_observer(std::make_unique<test::CollectingObserver>(
              reports, test::CollectingObserver::OnStart())));
    });
    if (!started) throw std::runtime_error(to_text(started.error().front()));
    relay = std::move(*started);
  }
  test::RawPeer connect() {
    return test::RawPeer::connect_to(test::address_of(relay->listening().front()));
  }
  void wait_for(const std::string& series, double value) {
    test::wait_until(series, [&] { return value_of(metrics.exposition(), series) == value; });
  }

  Metrics metrics{MetricsOptions{}};
  test::Reports reports;
  std::unique_ptr<net::Relay> relay;
};

TEST_CASE("everything is passed on to the next observer, with what it answers with") {
  Metrics metrics({});
  test::Reports reports;
  const auto observer = metrics.make_observer(
      std::make_unique<test::CollectingObserver>(reports, test::CollectingObserver::OnStart()));
  observer->on_session_end(full_report());
  session::MassCloseSeen seen;
  seen.listener = "chat";
  observer->on_mass_close(seen);
  CHECK(reports.count() == 1);
  CHECK(reports.mass_closes().size() == 1);
}

TEST_CASE("what several workers count is brought together") {
  Metrics metrics({});
  test::Reports reports;
  for (int worker = 0; worker < 3; ++worker) {
    metrics
        .make_observer(std::make_unique<test::CollectingObserver>(
            reports, test::CollectingObserver::OnStart()))
        ->on_session_end(full_report());
  }
  CHECK(value_of(metrics.exposition(),
                 "lastframe_closes_total{listener=\"chat\",upstream=\"chat-a\",code=\"1000\","
                 "initiator=\"client\",clean=\"true\"}") == 3);
}

TEST_CASE("a connection through a relay is counted while it runs, and when it is over") {
  test::RawListener upstream;
  CountedRelay relay(test::relaying_to(upstream));
  const std::string name = upstream.address().text();
  test::RawPeer client = relay.connect();
  test::RawPeer server = upstream.accept();
  client.send(test::kPlainRequest);
  server.receive(test::kPlainRequest.size());
  server.send(test::kSwitchingResponse);
  client.receive(test::kSwitchingResponse.size());
  const std::string labels = "{listener=\"test\",upstream=\"" + name + "\"";
  relay.wait_for("lastframe_sessions_active" + labels + "}", 1);
  relay.wait_for("lastframe_connections_active{listener=\"test\"}", 1);
  relay.wait_for("lastframe_handshakes_total" + labels + ",outcome=\"accepted\"}", 1);
  client.send(test::kMaskedHello);
  server.receive(test::kMaskedHello.size());
  relay.wait_for(
      "lastframe_frames_total{listener=\"test\",direction=\"client_to_server\",opcode=\"text\"}",
      1);
  relay.wait_for("lastframe_payload_bytes_total{listener=\"test\",direction=\"client_to_server\"}",
                 5);
  test::Pair pair{std::move(client), std::move(server)};
  test::close_websocket(pair);
  relay.wait_for(
      "lastframe_closes_total" + labels + ",code=\"1000\",initiator=\"client\",clean=\"true\"}", 1);
  relay.wait_for("lastframe_connections_total{listener=\"test\",result=\"websocket\"}", 1);
  relay.wait_for("lastframe_connections_active{listener=\"test\"}", 0);
  relay.wait_for("lastframe_sessions_active" + labels + "}", 0);
}

TEST_CASE("connections that leave no record are counted by what they were") {
  test::RawListener upstream;
  CountedRelay relay(test::relaying_to(upstream));
  {
    test::RawPeer client = relay.connect();
    test::RawPeer server = upstream.accept();
    client.fin();
    server.receive_to_end();
    server.fin();
    client.receive_to_end();
  }
  relay.wait_for("lastframe_connections_total{listener=\"test\",result=\"other\"}", 1);
  CHECK(relay.reports.count() == 0);
}

TEST_CASE("scrapes while workers count see whole numbers that only grow") {
  Metrics metrics({});
  test::Reports reports;
  auto observer = metrics.make_observer(
      std::make_unique<test::CollectingObserver>(reports, test::CollectingObserver::OnStart()));
  constexpr int kRounds = 2000;
  std::thread worker([&] {
    session::LiveCounts* live = observer->live_counts("chat");
    for (int i = 0; i < kRounds; ++i) {
      live->directions[0].short_texts.messages.add(1);
      live->directions[0].short_texts.bytes.add(16);
      observer->on_session_end(full_report());
    }
  });
  const std::string series =
      "lastframe_closes_total{listener=\"chat\",upstream=\"chat-a\",code=\"1000\",initiator="
      "\"client\","
      "clean=\"true\"}";
  double last = 0;
  while (last < kRounds) {
    const double seen = value_of(metrics.exposition(), series).value_or(0);
    REQUIRE(seen >= last);
    last = seen;
  }
  worker.join();
  CHECK(value_of(metrics.exposition(),
                 "lastframe_payload_bytes_total{listener=\"chat\","
                 "direction=\"client_to_server\"}") == 10.0 * kRounds);
}

// Something of every metric.
std::string everything() {
  static const CodeLabels codes({4001});
  WorkerCounts counts(codes);
  session::SessionReport report = full_report();
  report.verdict.emplace();
  report.verdict->cause = "normal_closure";
  report.stray_bytes.emplace_back().kind = "html";
  counts.count(report);
  report.kind = session::RecordKind::connect_failed;
  report.connect_error = "EADDRNOTAVAIL";
  counts.count(report);
  session::SessionReport tls = tls_failed_report();
  tls.verdict = report.verdict;
  counts.count(tls);
  session::MassCloseSeen seen;
  seen.listener = "chat";
  seen.configured_upstream = "ws://a:1";
  counts.count(seen);
  session::LiveCounts& live = counts.live("chat");
  live.note_over(session::ConnectionResult::websocket);
  live.handshakes.observe(1000);
  live.note_violation(report.violations.front());
  for (const Direction direction : kDirections) {
    auto& passed = live.directions[index(direction)];
    passed.short_texts.messages.add(1);
    passed.short_texts.bytes.add(100);
    passed.untrusted.add(1);
    live.pongs[index(direction)].observe(2000);
  }
  ProcessFacts facts{.version = "1.2.3", .libwebsockets = "4.1.6", .openssl = "3.0.15"};
  facts.learnt.push_back({.listener = "chat",
                          .upstream = "ws://a:1",
                          .idle_s = 60.0,
                          .lifetime_s = std::nullopt,
                          .size_limits = {1024, std::nullopt}});
  facts.certificates.push_back({"chat", "/etc/a.pem", 1'800'000'000});
  facts.feed.emplace();
  facts.sinks.push_back({.name = "loki",
                         .delivered = 1,
                         .batches_ok = 1,
                         .last_success = WallTime(std::chrono::seconds(1'700'000'001))});
  facts.recorder = RecorderCounts{.written = 1};
  facts.process = own_process();
  Exposition exposition;
  counts.add_to(exposition);
  add_to(exposition, facts);
  return exposition.text();
}

TEST_CASE("every metric of the table is one that something is counted in") {
  const std::string text = everything();
  for (const MetricRow& row : kMetrics) {
    CAPTURE(row.name);
    CHECK(text.find("# TYPE " + std::string(row.name) + " ") != std::string::npos);
  }
}

TEST_CASE("Prometheus's own tool accepts and praises the text") {
  const TemporaryFile file(everything());
  const std::string command = "promtool check metrics < " + file.path();
  CHECK(std::system(command.c_str()) == 0);
}

TEST_CASE("facts are asked for at each scrape, until nobody has them") {
  Metrics metrics({});
  int asked = 0;
  metrics.set_facts([&] {
    ProcessFacts facts;
    facts.relay.workers = static_cast<unsigned>(++asked);
    return facts;
  });
  CHECK(value_of(metrics.exposition(), "lastframe_workers") == 1);
  CHECK(value_of(metrics.exposition(), "lastframe_workers") == 2);
  metrics.set_facts({});
  CHECK_FALSE(value_of(metrics.exposition(), "lastframe_workers"));
}

}  // namespace
}  // namespace lastframe::output
