// All connections of two captures, compared.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "diff/comparison.h"
#include "diff/pairing.h"
#include "diff/trace.h"
#include "diff/trace_collector.h"

namespace lastframe::diff {

// What is shown of a connection at one tap.
struct ConnectionFacts {
  std::string client;
  std::string server;
  WallTime accepted{};
  unsigned status = 0;  // of the answer; 0: none was seen
  bool is_finished = false;

  bool operator==(const ConnectionFacts&) const = default;
};

struct PairReport {
  PairedBy by = PairedBy::key;
  ConnectionFacts before;
  ConnectionFacts after;
  Comparison comparison;
};

// One of the two captures.
struct InputFacts {
  std::string path;
  std::string name;  // what the tap is called
  std::uint64_t connections = 0;
  std::uint64_t others = 0;  // of them, those that asked for no WebSocket
  std::array<FlawCount, kFlawKinds> flaws{};
};

struct KindCount {
  Kind kind = Kind::payload_changed;
  std::uint64_t connections = 0;
  std::uint64_t times = 0;
};

struct Report {
  std::array<InputFacts, 2> inputs;  // before and after the hop
  std::vector<PairReport> pairs;     // the gravest first
  std::vector<ConnectionFacts> only_before;
  std::vector<ConnectionFacts> only_after;
  std::array<std::uint64_t, 4> by_severity{};  // pairs
  std::uint64_t incomplete = 0;                // pairs of which not all could be compared
  std::vector<KindCount> kinds;                // the most frequent first
  Severity severity = Severity::transparent;   // the worst of all
};

ConnectionFacts facts_of(const Trace& trace);

// Pairs and compares. Of `inputs` all but the pairs is taken over.
Report report_of(std::array<InputFacts, 2> inputs, const std::vector<Trace>& before,
                 const std::vector<Trace>& after, const CompareOptions& options);

// Adds one pair to the counts; the order is put right by finish().
void add(Report& report, PairReport pair);
// The counts of another report, whose pairs were told already.
void add_counts(Report& report, const Report& told);
void finish(Report& report);

}  // namespace lastframe::diff
