// What the metrics say of the program itself: values that live elsewhere, as cli/ brings them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "output/exposition.h"
#include "output/own_process.h"
#include "output/sink_counts.h"

namespace lastframe::output {

struct RelayFacts {
  unsigned workers = 0;
  std::uint64_t connections_limit = 0;
  std::uint64_t pending_bytes = 0;
  std::uint64_t pending_bytes_limit = 0;
  std::uint64_t inflate_bytes = 0;
  double tick_lag_s = 0;  // since it was last asked for
  std::uint64_t accept_pauses = 0;
  std::uint64_t analyses_shed = 0;
  std::uint64_t other_protocols = 0;
  bool is_draining = false;
};

// What closes of one upstream cluster at. `upstream` as the configuration names it; empty where
// clients do.
struct LearntFacts {
  std::string listener;
  std::string upstream;
  std::optional<double> idle_s{};
  std::optional<double> lifetime_s{};
  std::array<std::optional<std::uint64_t>, 2> size_limits{};  // bytes, by Direction
};

struct CertificateExpiry {
  std::string listener;
  std::string file;
  double expires = 0;  // unix seconds
};

struct FeedFacts {
  std::uint64_t subscribers = 0;
  std::uint64_t dropped = 0;
};

struct RecorderCounts {
  std::uint64_t memory_bytes = 0;
  std::uint64_t memory_limit_bytes = 0;
  std::uint64_t given_up = 0;  // recordings that gave their memory to others
  std::uint64_t written = 0;   // connections, to files
  std::uint64_t dropped = 0;   // those that found no room or no disk
};

struct ProcessFacts {
  std::string version;
  std::string libwebsockets;
  std::string openssl;
  RelayFacts relay{};
  std::uint64_t log_dropped_lines = 0;
  bool is_last_reload_good = true;
  double configured_at = 0;  // unix seconds; when the configuration in use was taken
  std::vector<LearntFacts> learnt{};
  std::vector<CertificateExpiry> certificates{};
  std::optional<FeedFacts> feed{};  // absent without an admin port
  std::vector<SinkCounts> sinks{};
  std::optional<RecorderCounts> recorder{};  // absent where nothing is recorded
  OwnProcess process{};
};

// Asked at each scrape, from the thread that scrapes.
using FactSource = std::function<ProcessFacts()>;

void add_to(Exposition& exposition, const ProcessFacts& facts);

}  // namespace lastframe::output
