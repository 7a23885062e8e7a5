// How often rules were broken, by whom. A broken rule may stand in a log twice: in its own line,
// and in the list of its connection's record.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "report/record.h"

namespace lastframe::report {

class RuleCounts {
 public:
  static constexpr std::size_t kMost = 512;  // rules and sides; there are fewer

  struct Row {
    std::string id;
    std::string side;
    std::uint64_t connections = 0;  // whose record lists it
    std::uint64_t times = 0;

    bool operator==(const Row&) const = default;
  };

  void add_line(const BrokenRule& broken);
  // The list of one connection's record.
  void add_record(std::span<const BrokenRule> broken);
  // A file is over. Within one file either each breach has its line, or none has.
  void end_source();

  // Those that most connections broke first.
  std::vector<Row> rows() const;

 private:
  struct Counts {
    std::string id;
    std::string side;
    std::uint64_t connections = 0;
    std::uint64_t times = 0;  // of the files before
    std::uint64_t lines = 0;  // of this file, as the next
    std::uint64_t listed = 0;
    std::uint64_t last_record = 0;  // that lists it
  };
  Counts* counts_of(const BrokenRule& broken);

  std::map<std::string, Counts, std::less<>> counts_;  // "FR-01 client"
  std::uint64_t records_ = 0;
};

}  // namespace lastframe::report
