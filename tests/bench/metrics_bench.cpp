// metrics_bench: what a scrape costs, and what counting the end of a connection does.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "output/metrics.h"
#include "tests/bench/stopwatch.h"

namespace {

using namespace lastframe;

constexpr int kRuns = 11;
constexpr std::chrono::microseconds kRunTime{20'000};
constexpr int kWorkers = 2;

class SilentObserver final : public session::Observer {
 public:
  void on_session_start(const session::SessionReport&) override {}
  void on_frame(const session::SessionLabel&, Moment, const session::FrameSeen&) override {}
  void on_message(const session::SessionLabel&, Moment, const session::MessageSeen&) override {}
  void on_violation(const session::SessionLabel&, Moment, const ws::Violation&) override {}
  void on_session_end(session::SessionReport) override {}
  void on_mass_close(const session::MassCloseSeen&) override {}
};

session::SessionReport closed(int listener, std::uint16_t code) {
  session::SessionReport report;
  report.listener = "listener-" + std::to_string(listener);
  report.upstream = "ws://10.0.0.7:9000";
  report.accepted = Moment(std::chrono::hours(10));
  report.ended = report.accepted + std::chrono::seconds(60);
  report.initiator = session::Initiator::server;
  session::CloseSeen& close = report.close_frames[index(Endpoint::server)].emplace();
  close.code = code;
  close.reported = static_cast<ws::CloseCode>(code);
  report.verdict.emplace();
  report.verdict->cause = "idle_timeout";
  return report;
}

}  // namespace

int main() {
  // 64 sets of labels of the closes: 4 listeners with 16 codes each, in each of the workers.
  output::Metrics metrics({});
  std::unique_ptr<session::Observer> observers[kWorkers];
  for (auto& observer : observers) {
    observer = metrics.make_observer(std::make_unique<SilentObserver>());
    for (int listener = 0; listener < 4; ++listener) {
      for (std::uint16_t code = 1000; code < 1016; ++code) {
        observer->on_session_end(closed(listener, code));
      }
      session::LiveCounts& live = *observer->live_counts("listener-" + std::to_string(listener));
      for (session::DirectionCounts& direction : live.directions) {
        direction.short_texts.messages.add(1000);
        direction.short_texts.bytes.add(100'000);
      }
    }
  }
  const std::size_t bytes = metrics.exposition().size();
  const double scrape = bench::median_ns(kRuns, kRunTime, [&] { metrics.exposition(); });
  std::printf("scrape of 64 sets of labels, 2 workers    %8.0f us  (%zu bytes; limit 1000 us)\n",
              scrape / 1000, bytes);
  const session::SessionReport report = closed(1, 1001);
  const double copy = bench::median_ns(kRuns, kRunTime, [&] { session::SessionReport{report}; });
  const double end =
      bench::median_ns(kRuns, kRunTime, [&] { observers[0]->on_session_end(report); });
  std::printf("end of a connection                       %8.0f ns\n", end - copy);
}
