// verdict_bench: what the verdict on one end costs, in nanoseconds, with the built-in catalogue.
#include <array>
#include <chrono>
#include <cstdio>
#include <string>

#include "core/verdict/diagnosis.h"
#include "settings/catalogue_file.h"
#include "tests/bench/stopwatch.h"

namespace {

using namespace lastframe;
using namespace std::chrono_literals;

constexpr int kRuns = 11;
constexpr std::chrono::microseconds kRunTime{20'000};
constexpr Moment kOpened{100s};

session::SessionReport opened(std::chrono::seconds age, std::chrono::seconds idle) {
  session::SessionReport report;
  report.accepted = kOpened;
  report.handshake.outcome = session::HandshakeOutcome::accepted;
  report.handshake.status = 101;
  report.handshake.opened = kOpened;
  report.texts.set(session::Text::host, "chat.example.com");
  report.texts.set(session::Text::path, "/chat");
  session::Circumstances& seen = report.circumstances.emplace();
  seen.at = kOpened + age;
  for (session::DirectionState& direction : seen.directions) {
    direction.last_byte_at = seen.at - idle;
    direction.messages = 100;
    direction.recent.assign(8, {.at = seen.at - idle, .size = 120});
  }
  report.ended = seen.at;
  return report;
}

session::SessionReport closed(std::uint16_t code, const char* reason, Endpoint closer,
                              std::chrono::seconds idle = 1s) {
  session::SessionReport report = opened(300s, idle);
  session::CloseSeen close;
  close.code = code;
  close.reported = report.code = static_cast<ws::CloseCode>(code);
  close.reason = reason;
  close.frame = 101;
  close.at = report.ended;
  report.close_frames[index(closer)] = report.close_frames[index(other(closer))] = close;
  report.initiator =
      closer == Endpoint::client ? session::Initiator::client : session::Initiator::server;
  report.clean = true;
  report.ending = session::Ending::closing_handshake;
  return report;
}

session::SessionReport cut(std::chrono::seconds idle) {
  session::SessionReport report = opened(300s, idle);
  report.initiator = session::Initiator::server;
  report.stream_ends = {
      {.endpoint = Endpoint::server, .how = session::EndKind::fin, .at = report.ended}};
  return report;
}

}  // namespace

int main() {
  const auto catalogue = settings::load_catalogue({});
  if (!catalogue) return 1;
  struct Row {
    const char* name;
    session::SessionReport report;
  };
  const std::array rows{
      Row{"1000, no reason", closed(1000, "", Endpoint::client)},
      Row{"1001, no reason", closed(1001, "", Endpoint::client)},
      Row{"1000, a reason that nobody knows", closed(1000, "bye for now", Endpoint::client)},
      Row{"1011, a reason that is known", closed(1011, "keepalive ping timeout", Endpoint::server)},
      Row{"1008, no reason", closed(1008, "", Endpoint::server)},
      Row{"1009, no reason", closed(1009, "", Endpoint::server)},
      Row{"FIN without a Close, 60 s idle", cut(60s)},
      Row{"FIN without a Close, in traffic", cut(0s)},
  };
  for (const Row& row : rows) {
    const double ns = bench::median_ns(
        kRuns, kRunTime, [&] { static_cast<void>(verdict::classify(row.report, **catalogue)); });
    std::printf("%-36s %6.0f ns  %s\n", row.name, ns,
                verdict::classify(row.report, **catalogue).cause.c_str());
  }
}
