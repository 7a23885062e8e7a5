// What one worker has counted: its sessions count while they run, and each record when it ends.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "core/base/counter.h"
#include "core/session/live_counts.h"
#include "core/session/mass_close_seen.h"
#include "core/session/report.h"
#include "output/code_label.h"
#include "output/exposition.h"

namespace lastframe::output {

// Upper bounds in microseconds, narrow ones around the time-outs of well-known products.
inline constexpr auto kLifetimes = std::to_array<std::uint64_t>(
    {100'000,     1'000'000,     5'000'000,     10'000'000,    20'000'000,    29'000'000,
     31'000'000,  54'000'000,    56'000'000,    59'000'000,    61'000'000,    99'000'000,
     101'000'000, 119'000'000,   121'000'000,   239'000'000,   241'000'000,   269'000'000,
     271'000'000, 299'000'000,   301'000'000,   349'000'000,   351'000'000,   599'000'000,
     601'000'000, 3'599'000'000, 3'601'000'000, 7'199'000'000, 7'201'000'000, 86'400'000'000});

class WorkerCounts {
 public:
  // Of a listener that has more, the others share one without a name: reloads may bring new ones
  // for ever.
  static constexpr std::size_t kMostUpstreams = 256;

  // `codes` outlives this.
  explicit WorkerCounts(const CodeLabels& codes) : codes_(codes) {}

  // Each on the worker's thread. The results live as long as this.
  session::LiveCounts& live(std::string_view listener);
  session::UpstreamCounts& live(std::string_view listener, std::string_view upstream);
  void count(const session::SessionReport& report);
  void count(const session::MassCloseSeen& seen);

  // From any thread.
  void add_to(Exposition& exposition) const;

 private:
  using Named = std::map<std::string, std::uint64_t, std::less<>>;

  struct Close {
    std::string code;
    session::Initiator initiator;
    bool clean;

    auto operator<=>(const Close&) const = default;
  };
  struct Upstream {
    session::UpstreamCounts live;
    std::array<std::uint64_t, session::kHandshakeOutcomes> handshakes{};  // that opened nothing
    std::map<Close, std::uint64_t> closes;
    Named causes;
    Named connect_failures;  // by cause
    std::uint64_t mass_closes = 0;
    std::uint64_t source_ports_exhausted = 0;
  };
  struct Listener {
    session::LiveCounts live;
    std::map<std::string, std::unique_ptr<Upstream>, std::less<>> upstreams;
    Histogram<kLifetimes> durations;
    Histogram<kLifetimes> silences;
    std::array<Named, 2> tls_failures;  // by the Endpoint on the leg, and cause
    std::array<Named, 2> strays;        // by Direction, and kind
  };

  Listener& listener(std::string_view name);
  static Upstream& upstream(Listener& listener, std::string_view name);
  void count_close(const session::SessionReport& report, Listener& own, Upstream& upstream);
  static void add(const std::string& name, const Listener& own, Exposition& to);
  static void add_live(const std::string& name, const session::LiveCounts& live, Exposition& to);
  static void add(const std::string& listener, const std::string& name, const Upstream& own,
                  Exposition& to);

  const CodeLabels& codes_;
  // Only a scrape contends for it, and never for long.
  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Listener>, std::less<>> listeners_;
};

}  // namespace lastframe::output
