// What a report says, worked out from the tally and the catalogue: rows in the order in which they
// are shown. Text, JSON and HTML say the same.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/catalogue/catalogue.h"
#include "report/rule_counts.h"
#include "report/tally.h"
#include "report/time_series.h"

namespace lastframe::report {

// What was read.
struct Inputs {
  std::vector<std::string> files;  // "-" for standard input
  std::uint64_t bytes = 0;
  std::uint64_t lines = 0;
  std::uint64_t damaged = 0;  // lines that are no records
  std::uint64_t cut = 0;      // files that stop within a line

  bool operator==(const Inputs&) const = default;
};

enum class Judgement : std::uint8_t { normal, mostly_normal, not_normal, nothing_closed };

struct CauseLine {
  std::string id;
  std::string party;
  std::string title;  // "" where the catalogue has no such row, as the next
  std::string summary;
  std::string fix;
  std::uint64_t count = 0;
  std::string listener;  // where most of them were
  std::string upstream;
  std::uint64_t count_there = 0;
};

struct CodeLine {
  std::uint16_t code = 0;
  std::string name;
  NameCounts counts;
};

struct GroupLine {
  std::string listener;
  std::string upstream;
  KindCounts kinds{};
  std::uint64_t abnormal = 0;
  std::string main_cause;  // id, "" without one
  std::uint64_t main_cause_count = 0;
};

struct TimeoutLine {
  std::string listener;
  std::string upstream;
  TimeCluster cluster;
  std::vector<std::string> known;  // "nginx: proxy_read_timeout is 60.0 s by default"
};

// Bytes of messages towards `side`: how large ones it took, and refused with 1009.
struct SizeLine {
  std::string listener;
  std::string upstream;
  Endpoint side = Endpoint::server;
  std::optional<std::uint64_t> largest_taken;
  std::uint64_t smallest_refused = 0;
  std::uint64_t refusals = 0;
  std::vector<std::string> known;  // "nginx: client_max_body_size is 1 MiB"
};

struct RuleLine {
  RuleCounts::Row row;
  std::string name;      // "" for an id that is not known, as the next
  std::string sentence;  // what the rule demands
};

// Rows, and how much there is besides: names that are not shown, and records of names that were
// given up.
template <typename Row>
struct Table {
  std::vector<Row> rows;
  std::uint64_t more = 0;       // rows that `top` leaves out
  std::uint64_t forgotten = 0;  // abnormal connections of names that were not kept
};

struct NamedLine {
  std::vector<std::string> words;
  NameCounts counts;
};

struct Summary {
  Inputs inputs;
  std::array<std::uint64_t, kEventCount> events{};
  std::optional<WallTime> first;
  std::optional<WallTime> last;
  KindCounts kinds{};
  std::uint64_t connections = 0;
  std::uint64_t opened = 0;  // and whose end could be seen
  std::uint64_t clean = 0;   // of these, with both Closes
  std::uint64_t abnormal = 0;
  Judgement judgement = Judgement::nothing_closed;

  Table<CauseLine> causes;  // of abnormal connections
  Table<GroupLine> groups;
  Table<TimeoutLine> timeouts;
  Table<SizeLine> sizes;
  std::uint64_t mass_closes = 0;
  std::uint64_t mass_closed = 0;
  Table<MassCloseSeen> mass_close_lines;
  Table<NamedLine> mass_close_upstreams;  // listener, upstream
  TimeSteps series;
  Table<NamedLine> paths;
  Table<NamedLine> clients;
  Table<NamedLine> agents;
  Table<RuleLine> rules;
  Table<NamedLine> handshakes;      // outcome, status
  Table<NamedLine> tls_failures;    // leg, fault, cause
  Table<NamedLine> connect_errors;  // error, upstream
  Table<CodeLine> codes;
  Table<NamedLine> initiators;
  Table<NamedLine> endings;
};

// `top`: rows of each table; at least 1.
Summary summarise(const Tally& tally, Inputs inputs, const catalogue::Catalogue& rows,
                  std::size_t top);

}  // namespace lastframe::report
