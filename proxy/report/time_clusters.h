// Times that connections ended after again and again. core/verdict finds them close by close; this
// counts over a whole log what it found.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/moment.h"
#include "core/verdict/close_clusters.h"
#include "core/verdict/end_facts.h"

namespace lastframe::report {

enum class Measure : std::uint8_t { idle, idle_of_closer, idle_of_other, age };

// Closes of one side with one code (or without any) that came after nearly the same time.
struct TimeCluster {
  Measure measure = Measure::idle;
  Endpoint closer = Endpoint::server;
  std::optional<std::uint16_t> code;
  std::uint64_t count = 0;  // exact or too low: what came before it was found may be missing
  std::uint64_t of = 0;     // all closes of that side with that code
  double sum = 0;           // seconds, as the next two
  double lowest = 0;
  double highest = 0;
  Moment first;  // when the first and the last of them ended
  Moment last;

  double mean() const { return count == 0 ? 0 : sum / static_cast<double>(count); }
  bool operator==(const TimeCluster&) const = default;
};

class TimeClusters {
 public:
  static constexpr std::size_t kMost = 64;  // clusters, and kinds of closes

  void add(const verdict::EndFacts& facts);

  // Those of at least three, the largest first.
  std::vector<TimeCluster> found() const;

 private:
  using CloseKind = std::pair<Endpoint, std::optional<std::uint16_t>>;

  bool joins(Measure measure, double seconds, const verdict::EndFacts& facts);
  void begin(Measure measure, double seconds, const session::Share& share,
             const verdict::EndFacts& facts);

  verdict::CloseClusters closes_;
  std::map<CloseKind, std::uint64_t> kinds_;
  std::vector<TimeCluster> clusters_;
};

}  // namespace lastframe::report
