#include "report/tally.h"

#include <algorithm>

#include "report/ends.h"

namespace lastframe::report {
namespace {

constexpr char kBetween = '\x1f';  // JSON cannot write it but escaped, and nobody does
constexpr std::size_t kMostFixes = 500;
constexpr std::string_view kOthers = "(others)";

std::string_view without_query(std::string_view path) { return path.substr(0, path.find('?')); }

// "203.0.113.9:50122", "[::1]:50122"; a unix socket has no port.
std::string_view without_port(std::string_view client) {
  if (client.starts_with("unix:")) return client;
  const std::size_t colon = client.rfind(':');
  const bool is_bare_ipv6 = client.find(':') != colon && !client.starts_with('[');
  return is_bare_ipv6 ? client : client.substr(0, colon);
}

void add_named(TopNames& names, std::string_view name, bool is_abnormal) {
  if (!name.empty()) names.add(name, is_abnormal);
}

}  // namespace

std::string joined(std::initializer_list<std::string_view> words) {
  std::string name;
  for (const std::string_view word : words) name.append(word) += kBetween;
  if (!name.empty()) name.pop_back();
  return name;
}

std::vector<std::string> parted(std::string_view name, std::size_t count) {
  std::vector<std::string> words;
  while (words.size() + 1 < count && !name.empty()) {
    const std::size_t end = std::min(name.find(kBetween), name.size());
    words.emplace_back(name.substr(0, end));
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  words.emplace_back(name);
  words.resize(count);
  return words;
}

void Tally::add(const Record& record) {
  ++events[static_cast<std::size_t>(record.event)];
  if (record.time) {
    first = first ? std::min(*first, *record.time) : record.time;
    last = last ? std::max(*last, *record.time) : record.time;
  }
  if (record.event == Event::violation && !record.broken.empty()) {
    rules.add_line(record.broken.front());
  }
  if (record.event == Event::mass_close) add_mass_close(record);
  if (is_of_connection(record.event)) add_connection(record);
}

void Tally::add_connection(const Record& record) {
  const Kind kind = kind_of(record);
  const bool is_odd = is_abnormal(record, kind);
  GroupTally& group = group_of(record);
  ++kinds[static_cast<std::size_t>(kind)];
  ++group.kinds[static_cast<std::size_t>(kind)];
  if (is_odd) ++abnormal, ++group.abnormal;
  record.time ? series.add(*record.time, kind) : static_cast<void>(++timeless);
  if (record.close.code && kind != Kind::not_opened) {
    NameCounts& counts = codes[*record.close.code];
    ++counts.all;
    if (is_odd) ++counts.abnormal;
  }
  add_named(initiators, record.close.initiator, is_odd);
  add_named(endings, record.close.ending, is_odd);
  add_cause(record, is_odd, group);
  add_named(paths, without_query(record.path), is_odd);
  add_named(agents, record.user_agent, is_odd);
  add_named(clients, without_port(record.client), is_odd);
  rules.add_record(record.broken);
  if (kind == Kind::not_opened) return add_failure(record, is_odd);
  if (const auto facts = end_facts(record)) {
    group.times.add(*facts);
    note_sizes(*facts, group);
  }
}

void Tally::add_cause(const Record& record, bool is_odd, GroupTally& group) {
  if (!record.cause) return;
  const CauseSeen& cause = *record.cause;
  const std::string name = joined({cause.id, cause.party});
  causes.add(name, is_odd);
  if (!is_odd) return;
  group.causes.add(name, true);
  places.add(joined({cause.id, cause.party, group.listener, group.upstream}), true);
  if (fixes.size() < kMostFixes && !fixes.contains(cause.id)) fixes.emplace(cause.id, cause.fix);
}

void Tally::add_failure(const Record& record, bool is_odd) {
  switch (record.event) {
    case Event::handshake_failed:
      handshakes.add(
          joined({record.outcome, record.status ? std::to_string(*record.status) : std::string()}),
          is_odd);
      return;
    case Event::tls_failed:
      tls_failures.add(joined({record.tls_leg, record.tls_fault,
                               record.cause ? record.cause->id : std::string_view()}),
                       is_odd);
      return;
    case Event::connect_failed:
      connect_errors.add(joined({record.connect_error, record.upstream}), is_odd);
      return;
    case Event::session_end:
    case Event::mass_close:
    case Event::violation:
    case Event::session_start:
    case Event::message:
    case Event::frame:
    case Event::summary:
    case Event::other:
      return;
  }
}

void Tally::add_mass_close(const Record& record) {
  ++mass_closes;
  mass_closed += record.mass.closes;
  mass_close_upstreams.add(joined({record.listener, record.upstream}), true);
  largest_mass_closes.push_back({.began = std::string(record.mass.began),
                                 .listener = std::string(record.listener),
                                 .upstream = std::string(record.upstream),
                                 .summary = std::string(record.mass.summary.substr(0, 1000)),
                                 .closes = record.mass.closes,
                                 .lasted = record.mass.lasted});
  if (largest_mass_closes.size() < 2 * kMostMassCloses) return;
  std::ranges::stable_sort(largest_mass_closes, std::ranges::greater{}, &MassCloseSeen::closes);
  largest_mass_closes.resize(kMostMassCloses);
}

// What is known last is what holds: where facts contradict each other, the limit was changed.
void Tally::note_sizes(const verdict::EndFacts& facts, GroupTally& group) {
  if (facts.was_cut_by_us || (!facts.accepted_size && !facts.refused_size)) return;
  group.sizes[index(facts.closer)] = group.limits.learn(facts);
  if (facts.refused_size) ++group.refusals[index(facts.closer)];
}

GroupTally& Tally::group_of(const Record& record) {
  const std::string name = joined({record.listener, record.upstream});
  if (const auto found = by_name_.find(name); found != by_name_.end()) return *found->second;
  if (groups.size() >= kMostGroups) return *groups.back();
  const bool is_last = groups.size() + 1 == kMostGroups;
  groups.push_back(std::make_unique<GroupTally>());
  GroupTally& group = *groups.back();
  group.listener = is_last ? kOthers : record.listener;
  group.upstream = is_last ? kOthers : record.upstream;
  if (!is_last) by_name_.emplace(name, &group);
  return group;
}

}  // namespace lastframe::report
