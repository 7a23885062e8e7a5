#include <algorithm>
#include <utility>

#include "core/ws/close_code.h"
#include "core/ws/rule_table.h"
#include "output/wording.h"
#include "report/known_limits.h"
#include "report/summary.h"

namespace lastframe::report {
namespace {

constexpr std::size_t kMostSteps = 120;
constexpr std::size_t kMostKnown = 8;  // limits of the catalogue beside one row

template <typename Row>
void cut(Table<Row>& table, std::size_t top) {
  if (table.rows.size() <= top) return;
  table.more = table.rows.size() - top;
  table.rows.erase(table.rows.begin() + static_cast<std::ptrdiff_t>(top), table.rows.end());
}

Table<NamedLine> named(const TopNames& names, std::vector<TopNames::Row> rows, std::size_t words,
                       std::size_t top) {
  Table<NamedLine> table;
  for (const TopNames::Row& row : rows) {
    table.rows.push_back({parted(row.name, words), row.counts});
  }
  table.forgotten = names.unnamed().abnormal;
  cut(table, top);
  return table;
}

Table<NamedLine> worst(const TopNames& names, std::size_t top) {
  return named(names, names.most_abnormal(names.names()), 1, top);
}

Table<NamedLine> usual(const TopNames& names, std::size_t words, std::size_t top) {
  return named(names, names.most_frequent(names.names()), words, top);
}

Table<CauseLine> causes_of(const Tally& tally, const catalogue::Catalogue& rows, std::size_t top) {
  const auto places = tally.places.most_abnormal(tally.places.names());
  Table<CauseLine> table;
  for (const TopNames::Row& row : tally.causes.most_abnormal(tally.causes.names())) {
    const auto words = parted(row.name, 2);
    CauseLine line;
    line.id = words[0];
    line.party = words[1];
    line.count = row.counts.abnormal;
    if (const catalogue::CauseRow* const known = rows.cause(line.id)) {
      line.title = known->title;
      line.summary = output::for_any_closer(known->summary);
      line.fix = output::for_any_closer(known->fix);
    } else if (const auto said = tally.fixes.find(line.id); said != tally.fixes.end()) {
      line.fix = said->second;
    }
    for (const TopNames::Row& place : places) {
      const auto parts = parted(place.name, 4);
      if (parts[0] != line.id || parts[1] != line.party) continue;
      line.listener = parts[2];
      line.upstream = parts[3];
      line.count_there = place.counts.abnormal;
      break;
    }
    table.rows.push_back(std::move(line));
    if (table.rows.size() > top) break;
  }
  const std::size_t all = tally.causes.most_abnormal(tally.causes.names()).size();
  cut(table, top);
  table.more = all - table.rows.size();
  table.forgotten = tally.causes.unnamed().abnormal;
  return table;
}

Table<GroupLine> groups_of(const Tally& tally, std::size_t top) {
  Table<GroupLine> table;
  for (const auto& group : tally.groups) {
    GroupLine line{group->listener, group->upstream, group->kinds, group->abnormal, "", 0};
    const auto main = group->causes.most_abnormal(1);
    if (!main.empty()) {
      line.main_cause = parted(main.front().name, 2)[0];
      line.main_cause_count = main.front().counts.abnormal;
    }
    table.rows.push_back(std::move(line));
  }
  std::ranges::stable_sort(table.rows, std::ranges::greater{}, &GroupLine::abnormal);
  cut(table, top);
  return table;
}

Table<TimeoutLine> timeouts_of(const Tally& tally, const catalogue::Catalogue& rows,
                               std::size_t top) {
  Table<TimeoutLine> table;
  for (const auto& group : tally.groups) {
    for (const TimeCluster& cluster : group->times.found()) {
      table.rows.push_back({group->listener, group->upstream, cluster, {}});
    }
  }
  std::ranges::stable_sort(table.rows, std::ranges::greater{},
                           [](const TimeoutLine& line) { return line.cluster.count; });
  cut(table, top);
  for (TimeoutLine& line : table.rows) line.known = known_timeouts(line.cluster, rows, kMostKnown);
  return table;
}

Table<SizeLine> sizes_of(const Tally& tally, const catalogue::Catalogue& rows, std::size_t top) {
  Table<SizeLine> table;
  for (const auto& group : tally.groups) {
    for (const Endpoint side : kEndpoints) {
      const verdict::SizeLimits::Known& known = group->sizes[index(side)];
      if (!known.smallest_refused) continue;
      table.rows.push_back({.listener = group->listener,
                            .upstream = group->upstream,
                            .side = side,
                            .largest_taken = known.largest_accepted,
                            .smallest_refused = *known.smallest_refused,
                            .refusals = group->refusals[index(side)],
                            .known = {}});
    }
  }
  std::ranges::stable_sort(table.rows, std::ranges::greater{}, &SizeLine::refusals);
  cut(table, top);
  for (SizeLine& line : table.rows) {
    line.known = known_sizes(line.largest_taken, line.smallest_refused, rows, kMostKnown);
  }
  return table;
}

Table<MassCloseSeen> mass_closes_of(const Tally& tally, std::size_t top) {
  Table<MassCloseSeen> table{tally.largest_mass_closes, 0, 0};
  std::ranges::stable_sort(table.rows, std::ranges::greater{}, &MassCloseSeen::closes);
  cut(table, top);
  table.more = tally.mass_closes - table.rows.size();
  return table;
}

Table<RuleLine> rules_of(const Tally& tally, std::size_t top) {
  Table<RuleLine> table;
  for (RuleCounts::Row& row : tally.rules.rows()) {
    RuleLine line{std::move(row), "", ""};
    const auto known =
        std::ranges::find(ws::kRules, std::string_view(line.row.id), &ws::RuleRow::id);
    if (known != ws::kRules.end()) {
      line.name = known->name;
      line.sentence = known->sentence;
    }
    table.rows.push_back(std::move(line));
  }
  cut(table, top);
  return table;
}

Table<CodeLine> codes_of(const Tally& tally, std::size_t top) {
  Table<CodeLine> table;
  for (const auto& [code, counts] : tally.codes) {
    table.rows.push_back({code, std::string(ws::row_of(ws::CloseCode{code}).name), counts});
  }
  std::ranges::stable_sort(table.rows, std::ranges::greater{},
                           [](const CodeLine& line) { return line.counts.all; });
  cut(table, top);
  return table;
}

// From 1 in 100 on it is worth a look, from 1 in 10 on it is what a user notices.
Judgement judgement_of(const Summary& summary) {
  if (summary.connections == 0) return Judgement::nothing_closed;
  if (100 * summary.abnormal < summary.connections) return Judgement::normal;
  if (10 * summary.abnormal < summary.connections) return Judgement::mostly_normal;
  return Judgement::not_normal;
}

std::uint64_t of(const KindCounts& kinds, Kind kind) {
  return kinds[static_cast<std::size_t>(kind)];
}

void count_all(const Tally& tally, Summary& summary) {
  summary.events = tally.events;
  summary.first = tally.first;
  summary.last = tally.last;
  summary.kinds = tally.kinds;
  for (const std::uint64_t count : tally.kinds) summary.connections += count;
  summary.clean = of(tally.kinds, Kind::in_order) + of(tally.kinds, Kind::other_code);
  summary.opened = summary.clean + of(tally.kinds, Kind::unclean);
  summary.abnormal = tally.abnormal;
  summary.judgement = judgement_of(summary);
}

}  // namespace

Summary summarise(const Tally& tally, Inputs inputs, const catalogue::Catalogue& rows,
                  std::size_t top) {
  Summary out;
  out.inputs = std::move(inputs);
  count_all(tally, out);
  out.causes = causes_of(tally, rows, top);
  out.groups = groups_of(tally, top);
  out.timeouts = timeouts_of(tally, rows, top);
  out.sizes = sizes_of(tally, rows, top);
  out.mass_closes = tally.mass_closes;
  out.mass_closed = tally.mass_closed;
  out.mass_close_lines = mass_closes_of(tally, top);
  out.mass_close_upstreams = usual(tally.mass_close_upstreams, 2, top);
  out.series = tally.series.steps(kMostSteps);
  out.paths = worst(tally.paths, top);
  out.clients = worst(tally.clients, top);
  out.agents = worst(tally.agents, top);
  out.rules = rules_of(tally, top);
  out.handshakes = usual(tally.handshakes, 2, top);
  out.tls_failures = usual(tally.tls_failures, 3, top);
  out.connect_errors = usual(tally.connect_errors, 2, top);
  out.codes = codes_of(tally, top);
  out.initiators = usual(tally.initiators, 1, top);
  out.endings = usual(tally.endings, 1, top);
  return out;
}

}  // namespace lastframe::report
