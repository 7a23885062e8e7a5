// Counts what records say, in bounded memory, however many and in whatever order they come.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/verdict/size_limits.h"
#include "report/kind.h"
#include "report/record.h"
#include "report/rule_counts.h"
#include "report/time_clusters.h"
#include "report/time_series.h"
#include "report/top_names.h"

namespace lastframe::report {

// What one listener and one upstream of it have seen.
struct GroupTally {
  std::string listener;
  std::string upstream;
  KindCounts kinds{};
  std::uint64_t abnormal = 0;
  TopNames causes{64};  // "idle_timeout" and its party, of abnormal connections
  TimeClusters times;
  std::array<verdict::SizeLimits::Known, 2> sizes;  // by the Endpoint that took or refused
  std::array<std::uint64_t, 2> refusals{};          // with a size, likewise
  verdict::SizeLimits limits;
};

struct MassCloseSeen {
  std::string began;
  std::string listener;
  std::string upstream;
  std::string summary;
  std::uint64_t closes = 0;
  double lasted = 0;  // seconds
};

// Several words as one name, for TopNames; and apart again, into exactly `count` (at least 1).
std::string joined(std::initializer_list<std::string_view> words);
std::vector<std::string> parted(std::string_view name, std::size_t count);

struct Tally {
  static constexpr std::size_t kMostGroups = 200;  // with the one for all others
  static constexpr std::size_t kMostMassCloses = 200;
  static constexpr std::size_t kNames = 2000;

  void add(const Record& record);
  // A file is over.
  void end_source() { rules.end_source(); }

  std::array<std::uint64_t, kEventCount> events{};
  std::optional<WallTime> first;
  std::optional<WallTime> last;
  KindCounts kinds{};
  std::uint64_t abnormal = 0;
  std::uint64_t timeless = 0;  // connections without a time that can be read
  std::map<std::uint16_t, NameCounts> codes;
  TopNames initiators{32};
  TopNames endings{64};
  TopNames causes{500};                                   // cause, party
  TopNames places{kNames};                                // cause, party, listener, upstream
  std::map<std::string, std::string, std::less<>> fixes;  // of causes, as records say them
  TimeSeries series;
  std::vector<std::unique_ptr<GroupTally>> groups;
  std::uint64_t mass_closes = 0;
  std::uint64_t mass_closed = 0;  // connections
  std::vector<MassCloseSeen> largest_mass_closes;
  TopNames mass_close_upstreams{256};  // listener, upstream
  TopNames paths{kNames};              // without queries
  TopNames agents{kNames};
  TopNames clients{kNames};  // addresses without ports
  RuleCounts rules;
  TopNames handshakes{500};      // outcome, status
  TopNames tls_failures{500};    // leg, fault, cause
  TopNames connect_errors{500};  // error, upstream

 private:
  void add_connection(const Record& record);
  void add_cause(const Record& record, bool is_abnormal, GroupTally& group);
  void add_failure(const Record& record, bool is_abnormal);
  void add_mass_close(const Record& record);
  void note_sizes(const verdict::EndFacts& facts, GroupTally& group);
  GroupTally& group_of(const Record& record);

  std::map<std::string, GroupTally*, std::less<>> by_name_;
};

}  // namespace lastframe::report
