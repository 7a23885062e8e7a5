#include "report/text_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "output/columns.h"
#include "output/page.h"
#include "report/utc_time.h"
#include "report/words.h"

namespace lastframe::report {
namespace {

using output::Page;
using output::Wording;
using Row = Page::Row;

constexpr std::size_t kMostSteps = 24;  // lines of the series
constexpr std::size_t kBarWidth = 32;   // columns of its longest bar

// The columns before the last hold numbers: they stand on the right.
void add_table(Page& page, std::string_view heading, std::vector<Row> rows, std::string rest) {
  if (rows.size() < 2) return;  // the first one says what the columns are
  std::vector<std::size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      widths[i] = std::max(widths[i], output::columns(row[i]));
    }
  }
  for (Row& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      row[i].insert(0, widths[i] - output::columns(row[i]), ' ');
    }
  }
  page.section(heading, rows);
  page.paragraph(rest);
}

void add_named(Page& page, std::string_view heading, std::string_view what,
               const Table<NamedLine>& table, std::string_view between = " ") {
  std::vector<Row> rows{{"abnormal", "of", "share", std::string(what)}};
  for (const NamedLine& line : table.rows) {
    std::string words;
    for (const std::string& word : line.words) {
      if (word.empty()) continue;
      words.append(words.empty() ? "" : between).append(word);
    }
    rows.push_back({number_text(line.counts.abnormal), number_text(line.counts.all),
                    share_text(line.counts.abnormal, line.counts.all),
                    words.empty() ? "(none)" : words});
  }
  add_table(page, heading, std::move(rows), rest_text(table.more, table.forgotten));
}

// How often, and what.
void add_counted(Page& page, std::string_view heading, const Table<NamedLine>& table,
                 std::uint64_t of, std::string_view between = " ") {
  std::vector<Row> rows{{"count", "share", ""}};
  for (const NamedLine& line : table.rows) {
    std::string words;
    for (const std::string& word : line.words) {
      if (word.empty()) continue;
      words.append(words.empty() ? "" : between).append(word);
    }
    rows.push_back({number_text(line.counts.all), share_text(line.counts.all, of),
                    words.empty() ? "(none)" : words});
  }
  add_table(page, heading, std::move(rows), rest_text(table.more, 0));
}

void add_causes(Page& page, const Summary& summary, const Wording& wording) {
  if (summary.causes.rows.empty()) return;
  page.heading("Causes, of connections that call for action");
  for (const CauseLine& line : summary.causes.rows) {
    page.item(fmt::format("{:>7}", number_text(line.count)),
              fmt::format("{} ({}){}", line.id, share_text(line.count, summary.abnormal),
                          line.title.empty() ? "" : ": " + line.title));
    std::string who = fmt::format("to act: {}", party_text(line.party, wording));
    if (line.count_there > 0) {
      who += fmt::format("; {} on {}", number_text(line.count_there),
                         place_text(line.listener, line.upstream));
    }
    page.item("       ", who);
    if (!line.fix.empty()) page.item("       ", "fix: " + line.fix);
  }
  page.paragraph(rest_text(summary.causes.more, summary.causes.forgotten));
}

void add_groups(Page& page, const Summary& summary) {
  std::vector<Row> rows{{"abnormal", "of", "share", "listener and upstream, main cause"}};
  for (const GroupLine& line : summary.groups.rows) {
    std::uint64_t all = 0;
    for (const std::uint64_t count : line.kinds) all += count;
    std::string where = place_text(line.listener, line.upstream);
    if (!line.main_cause.empty()) {
      where += fmt::format(": {} ({})", line.main_cause, number_text(line.main_cause_count));
    }
    rows.push_back({number_text(line.abnormal), number_text(all), share_text(line.abnormal, all),
                    std::move(where)});
  }
  add_table(page, "Where", std::move(rows), rest_text(summary.groups.more, 0));
}

void add_known(Page& page, const std::vector<std::string>& known) {
  if (!known.empty()) page.item("       ", fmt::format("known: {}", fmt::join(known, "; ")));
}

void add_limits(Page& page, const Summary& summary) {
  if (!summary.timeouts.rows.empty()) {
    page.heading("Time-outs: ends after nearly the same time");
  }
  for (const TimeoutLine& line : summary.timeouts.rows) {
    const TimeCluster& cluster = line.cluster;
    page.item(fmt::format("{:>7}", number_text(cluster.count)),
              fmt::format("of {} such ends: {}", number_text(cluster.of), cluster_text(cluster)));
    page.item("       ", "on " + place_text(line.listener, line.upstream));
    add_known(page, line.known);
  }
  page.paragraph(rest_text(summary.timeouts.more, 0));
  if (!summary.sizes.rows.empty()) page.heading("Size limits: messages that were refused");
  for (const SizeLine& line : summary.sizes.rows) {
    page.item(fmt::format("{:>7}", number_text(line.refusals)), size_line_text(line));
    page.item("       ", "on " + place_text(line.listener, line.upstream));
    add_known(page, line.known);
  }
  page.paragraph(rest_text(summary.sizes.more, 0));
}

void add_mass_closes(Page& page, const Summary& summary) {
  if (summary.mass_closes == 0) return;
  page.heading(fmt::format("Mass closes: {} of {}", number_text(summary.mass_closes),
                           count_text(summary.mass_closed, "connection")));
  for (const MassCloseSeen& line : summary.mass_close_lines.rows) {
    page.item(fmt::format("{:>7}", number_text(line.closes)),
              fmt::format("{} on {}: {}", shown_time(line.began),
                          place_text(line.listener, line.upstream), line.summary));
  }
  page.paragraph(rest_text(summary.mass_close_lines.more, 0));
}

void add_series(Page& page, const Summary& summary) {
  const TimeSteps steps = coarser(summary.series, kMostSteps);
  if (steps.counts.size() < 2) return;
  std::uint64_t most = 1;
  for (const KindCounts& kinds : steps.counts) most = std::max(most, sum_of(kinds));
  std::vector<Row> rows{{"from", "all", "not in order", ""}};
  for (std::size_t i = 0; i < steps.counts.size(); ++i) {
    const KindCounts& kinds = steps.counts[i];
    const std::uint64_t all = sum_of(kinds);
    const std::uint64_t good = kinds[0] + kinds[static_cast<std::size_t>(Kind::sealed)];
    const auto columns = [&](std::uint64_t count) {
      return static_cast<std::size_t>((count * kBarWidth + most - 1) / most);
    };
    const std::size_t bad_columns = columns(all - good);
    const std::size_t all_columns = std::max(columns(all), bad_columns);
    const std::string begin = readable_utc(steps.begin + steps.step * static_cast<std::int64_t>(i));
    rows.push_back({steps.step < std::chrono::minutes(1) ? begin : begin.substr(0, 16),
                    number_text(all), number_text(all - good),
                    std::string(bad_columns, '#') + std::string(all_columns - bad_columns, '.')});
  }
  add_table(
      page,
      fmt::format("Over time: ends in each {}; # not in order, . in order", step_text(steps.step)),
      std::move(rows), "");
}

void add_rules(Page& page, const Summary& summary) {
  std::vector<Row> rows{{"connections", "times", "rule, broken by"}};
  for (const RuleLine& line : summary.rules.rows) {
    rows.push_back(
        {number_text(line.row.connections), number_text(line.row.times),
         fmt::format("{} {}, {}: {}", line.row.id, line.name, line.row.side, line.sentence)});
  }
  add_table(page, "Broken rules", std::move(rows), rest_text(summary.rules.more, 0));
}

void add_codes(Page& page, const Summary& summary) {
  std::vector<Row> rows{{"abnormal", "of", "share", "code"}};
  for (const CodeLine& line : summary.codes.rows) {
    rows.push_back({number_text(line.counts.abnormal), number_text(line.counts.all),
                    share_text(line.counts.all, summary.opened),
                    fmt::format("{} {}", line.code, line.name)});
  }
  rows.front()[2] = "of opened";
  add_table(page, "Close codes", std::move(rows), rest_text(summary.codes.more, 0));
}

void add_opening(Page& page, const Summary& summary) {
  const auto events = [&](Event event) { return summary.events[static_cast<std::size_t>(event)]; };
  add_counted(page, "Handshakes that failed: outcome and status", summary.handshakes,
              events(Event::handshake_failed));
  add_counted(page, "TLS that failed: with whom, how, cause", summary.tls_failures,
              events(Event::tls_failed), ", ");
  add_counted(page, "Upstreams that were not reached", summary.connect_errors,
              events(Event::connect_failed));
}

}  // namespace

std::string text_page(const Summary& summary, const Wording& wording, output::Colour colour) {
  Page page(catalogue::Language::en, colour);
  page.title(headline(summary));
  page.paragraph(main_cause_text(summary, wording));
  std::vector<Page::Field> fields{{"when", span_text(summary)},
                                  {"read", inputs_text(summary.inputs)}};
  for (std::size_t i = 0; i < kKindCount; ++i) {
    if (summary.kinds[i] == 0) continue;
    fields.push_back({std::string(kKindTexts[i]),
                      fmt::format("{} ({})", number_text(summary.kinds[i]),
                                  share_text(summary.kinds[i], summary.connections))});
  }
  if (summary.opened > 0) fields.push_back({"clean", clean_text(summary)});
  page.fields(fields);
  add_causes(page, summary, wording);
  add_groups(page, summary);
  add_limits(page, summary);
  add_mass_closes(page, summary);
  add_series(page, summary);
  add_named(page, "Worst paths", "path", summary.paths);
  add_named(page, "Worst client addresses", "address", summary.clients);
  add_named(page, "Worst user agents", "user agent", summary.agents);
  add_rules(page, summary);
  add_opening(page, summary);
  add_codes(page, summary);
  add_counted(page, "Who ended them", summary.initiators, summary.connections);
  add_counted(page, "How they ended", summary.endings, summary.connections);
  return page.text();
}

}  // namespace lastframe::report
