#include "report/html_page.h"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "report/html.h"
#include "report/html_style.h"
#include "report/plots.h"
#include "report/words.h"

namespace lastframe::report {
namespace {

using output::Wording;
using Cells = std::vector<std::vector<std::string>>;

std::string code(std::string_view text) { return element("code", text); }

// Rows of a table with a heading over it and what it leaves out below; "" without rows.
std::string section(std::string_view title, const std::vector<Column>& columns, const Cells& rows,
                    const std::string& rest) {
  if (rows.empty()) return "";
  return element("h2", title) + "\n" + html_table(columns, rows) +
         (rest.empty() ? "" : element("p", rest, "soft"));
}

std::string words_of(const NamedLine& line) {
  std::string text;
  for (const std::string& word : line.words) {
    if (!word.empty()) text += (text.empty() ? "" : " ") + code(word);
  }
  return text.empty() ? element("span", "(none)", "soft") : text;
}

std::string worst(std::string_view title, std::string_view what, const Table<NamedLine>& table) {
  std::uint64_t most = 0;
  for (const NamedLine& line : table.rows) most = std::max(most, line.counts.all);
  Cells rows;
  for (const NamedLine& line : table.rows) {
    rows.push_back({words_of(line), number_text(line.counts.abnormal), number_text(line.counts.all),
                    share_text(line.counts.abnormal, line.counts.all),
                    small_bar(line.counts.abnormal, line.counts.all, most)});
  }
  return section(title,
                 {{std::string(what)}, {"abnormal", true}, {"of", true}, {"share", true}, {""}},
                 rows, rest_text(table.more, table.forgotten));
}

std::string counted(std::string_view title, std::string_view what, const Table<NamedLine>& table,
                    std::uint64_t of) {
  Cells rows;
  for (const NamedLine& line : table.rows) {
    rows.push_back({words_of(line), number_text(line.counts.all), share_text(line.counts.all, of)});
  }
  return section(title, {{std::string(what)}, {"count", true}, {"share", true}}, rows,
                 rest_text(table.more, 0));
}

std::string tile(std::string_view number, std::string_view text, std::string_view colour = {}) {
  const std::string dot = colour.empty() ? "" : element("i", "", colour);
  return element_of("div", element("b", number) + element_of("span", dot + escaped(text)), "tile");
}

std::string top(const Summary& summary, const Wording& wording) {
  static constexpr auto kClasses =
      std::to_array<std::string_view>({"normal", "mostly_normal", "not_normal", "nothing_closed"});
  const std::string main = main_cause_text(summary, wording);
  std::string out = element("div", "Lastframe report", "name") + element("h1", headline(summary)) +
                    (main.empty() ? "" : element("p", main)) +
                    element("p", span_text(summary), "soft");
  const auto judgement = std::string(kClasses[static_cast<std::size_t>(summary.judgement)]);
  out = element_of("header", out, "top " + judgement) + "\n";
  std::string tiles = tile(number_text(summary.connections), "connections");
  for (const Kind kind : kKinds) {
    const auto i = static_cast<std::size_t>(kind);
    if (summary.kinds[i] == 0) continue;
    const std::string share = share_text(summary.kinds[i], summary.connections);
    tiles += tile(number_text(summary.kinds[i]), fmt::format("{}, {}", kKindTexts[i], share),
                  kKindNames[i]);
  }
  if (summary.opened > 0) tiles += tile(share_text(summary.clean, summary.opened), "clean closes");
  return out + element_of("div", tiles, "tiles") + "\n" + kinds_bar(summary.kinds);
}

std::string causes(const Summary& summary, const Wording& wording) {
  Cells rows;
  const std::uint64_t most = summary.causes.rows.empty() ? 0 : summary.causes.rows.front().count;
  for (const CauseLine& line : summary.causes.rows) {
    std::string what = code(line.id) + " " + escaped(line.title);
    if (!line.summary.empty()) what += element("div", line.summary, "soft");
    if (!line.fix.empty()) {
      what += element_of("div", element("b", "Fix: ") + escaped(line.fix), "fix");
    }
    std::string where = escaped(party_text(line.party, wording));
    if (line.count_there > 0) {
      where += element("div",
                       fmt::format("{} on {}", number_text(line.count_there),
                                   place_text(line.listener, line.upstream)),
                       "soft");
    }
    rows.push_back({number_text(line.count), share_text(line.count, summary.abnormal),
                    small_bar(line.count, line.count, most), what, where});
  }
  return section("Why",
                 {{"count", true}, {"share", true}, {""}, {"cause"}, {"who has to act, where"}},
                 rows, rest_text(summary.causes.more, summary.causes.forgotten));
}

std::string groups(const Summary& summary) {
  std::uint64_t most = 0;
  for (const GroupLine& line : summary.groups.rows) most = std::max(most, sum_of(line.kinds));
  Cells rows;
  for (const GroupLine& line : summary.groups.rows) {
    const std::uint64_t all = sum_of(line.kinds);
    rows.push_back({code(line.listener), code(line.upstream), number_text(line.abnormal),
                    number_text(all), share_text(line.abnormal, all),
                    small_bar(line.abnormal, all, most),
                    line.main_cause.empty()
                        ? std::string()
                        : code(line.main_cause) + " " + number_text(line.main_cause_count)});
  }
  return section("Where",
                 {{"listener"},
                  {"upstream"},
                  {"abnormal", true},
                  {"of", true},
                  {"share", true},
                  {""},
                  {"main cause"}},
                 rows, rest_text(summary.groups.more, 0));
}

std::string known_list(const std::vector<std::string>& known) {
  std::string out;
  for (const std::string& text : known) out += element("div", text);
  return out;
}

std::string limits(const Summary& summary) {
  Cells times;
  for (const TimeoutLine& line : summary.timeouts.rows) {
    times.push_back({number_text(line.cluster.count), number_text(line.cluster.of),
                     escaped(cluster_text(line.cluster)),
                     escaped(place_text(line.listener, line.upstream)), known_list(line.known)});
  }
  Cells sizes;
  for (const SizeLine& line : summary.sizes.rows) {
    sizes.push_back({number_text(line.refusals), escaped(size_line_text(line)),
                     escaped(place_text(line.listener, line.upstream)), known_list(line.known)});
  }
  return section("Time-outs: ends after nearly the same time",
                 {{"count", true}, {"of such", true}, {"ended after"}, {"where"}, {"known"}}, times,
                 rest_text(summary.timeouts.more, 0)) +
         section("Size limits: messages that were refused",
                 {{"count", true}, {"size"}, {"where"}, {"known"}}, sizes,
                 rest_text(summary.sizes.more, 0));
}

std::string mass_closes(const Summary& summary) {
  Cells rows;
  for (const MassCloseSeen& line : summary.mass_close_lines.rows) {
    rows.push_back({number_text(line.closes), escaped(shown_time(line.began)),
                    escaped(place_text(line.listener, line.upstream)), escaped(line.summary)});
  }
  return section(fmt::format("Mass closes: {} of {}", number_text(summary.mass_closes),
                             count_text(summary.mass_closed, "connection")),
                 {{"closes", true}, {"began", true}, {"where"}, {"what"}}, rows,
                 rest_text(summary.mass_close_lines.more, 0)) +
         (summary.mass_close_upstreams.rows.size() > 1
              ? counted("Mass closes by upstream", "listener and upstream",
                        summary.mass_close_upstreams, summary.mass_closes)
              : "");
}

std::string series(const Summary& summary) {
  const std::string plot = series_plot(summary.series);
  if (plot.empty()) return "";
  return element("h2", "Over time, in steps of " + step_text(summary.series.step)) + "\n" + plot;
}

std::string rules(const Summary& summary) {
  Cells rows;
  for (const RuleLine& line : summary.rules.rows) {
    rows.push_back(
        {number_text(line.row.connections), number_text(line.row.times),
         code(line.row.id) + " " + escaped(line.name) + element("div", line.sentence, "soft"),
         escaped(line.row.side)});
  }
  return section("Broken rules", {{"connections", true}, {"times", true}, {"rule"}, {"broken by"}},
                 rows, rest_text(summary.rules.more, 0));
}

std::string codes(const Summary& summary) {
  std::uint64_t most = 0;
  for (const CodeLine& line : summary.codes.rows) most = std::max(most, line.counts.all);
  Cells rows;
  for (const CodeLine& line : summary.codes.rows) {
    rows.push_back({code(std::to_string(line.code)) + " " + escaped(line.name),
                    number_text(line.counts.abnormal), number_text(line.counts.all),
                    share_text(line.counts.all, summary.opened),
                    small_bar(line.counts.abnormal, line.counts.all, most)});
  }
  return section("Close codes",
                 {{"code"}, {"abnormal", true}, {"of", true}, {"of opened", true}, {""}}, rows,
                 rest_text(summary.codes.more, 0));
}

}  // namespace

std::string html_page(const Summary& summary, const Wording& wording) {
  const auto events = [&](Event event) { return summary.events[static_cast<std::size_t>(event)]; };
  std::string body = top(summary, wording) + causes(summary, wording) + series(summary) +
                     groups(summary) + limits(summary) + mass_closes(summary);
  body += worst("Worst paths", "path", summary.paths);
  body += worst("Worst client addresses", "address", summary.clients);
  body += worst("Worst user agents", "user agent", summary.agents);
  body += rules(summary);
  body += counted("Handshakes that failed", "outcome and status", summary.handshakes,
                  events(Event::handshake_failed));
  body += counted("TLS that failed", "with whom, how, cause", summary.tls_failures,
                  events(Event::tls_failed));
  body += counted("Upstreams that were not reached", "error and upstream", summary.connect_errors,
                  events(Event::connect_failed));
  body += codes(summary);
  body += counted("Who ended them", "side", summary.initiators, summary.connections);
  body += counted("How they ended", "ending", summary.endings, summary.connections);
  body += element("footer", "Read: " + inputs_text(summary.inputs) +
                                ". Abnormal: calls for action by somebody; `lastframe explain "
                                "CAUSE` says more of each cause.");
  return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n" +
         element("title", headline(summary)) + "\n<style>" + std::string(kStyle) +
         "</style></head>\n<body>\n" + body + "\n</body></html>\n";
}

}  // namespace lastframe::report
