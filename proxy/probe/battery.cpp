#include "probe/battery.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <system_error>
#include <thread>
#include <utility>

#include "net/clock.h"
#include "output/json.h"
#include "output/page.h"
#include "probe/close_checks.h"
#include "probe/frame_checks.h"
#include "probe/head_checks.h"
#include "probe/silence.h"

namespace lastframe::probe {
namespace {

constexpr std::size_t kFirst = 2;       // checks that run alone
constexpr std::size_t kTogether = 4;    // of the others
constexpr std::size_t kMostShown = 12;  // findings of one check, in the text

std::vector<Check> all_checks(const PathOptions& options) {
  std::vector<Check> checks = head_checks();
  for (auto more : {frame_checks(), close_checks(), end_checks()}) {
    checks.insert(checks.end(), more.begin(), more.end());
  }
  if (!options.longest) return checks;
  for (Check& check : silence_checks()) checks.push_back(std::move(check));
  return checks;
}

void run(const Check& check, const PathOptions& options, Row& row) {
  const Moment began = net::now();
  row.id = check.id;
  row.title = check.title;
  check.run(options, row);
  row.took = net::now() - began;
}

void run_rest(const std::vector<Check>& checks, const PathOptions& options,
              std::vector<Row>& rows) {
  std::atomic<std::size_t> next = kFirst;
  const auto work = [&] {
    for (std::size_t at = next++; at < checks.size(); at = next++) {
      run(checks[at], options, rows[at]);
    }
  };
  std::vector<std::jthread> others;
  try {
    while (others.size() + 1 < kTogether) others.emplace_back(work);
  } catch (const std::system_error&) {
    // No more threads to be had: those that there are do it all.
  }
  work();
}

void append_texts(output::JsonWriter& json, const char* key,
                  const std::vector<std::string>& texts) {
  json.key(key).begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
}

std::string summary(const PathReport& report) {
  std::map<Result, std::size_t> counts;
  for (const Row& row : report.rows) ++counts[row.result];
  std::string text =
      fmt::format("{} check{}:", report.rows.size(), report.rows.size() == 1 ? "" : "s");
  const char* between = " ";
  for (const auto& [result, count] : counts) {
    text += fmt::format("{}{} {}", between, count, name(result));
    between = ", ";
  }
  return text;
}

}  // namespace

PathReport test_path(const PathOptions& options) {
  const std::vector<Check> checks = all_checks(options);
  PathReport report{.target = options.target, .rows = std::vector<Row>(checks.size())};
  for (std::size_t i = 0; i < kFirst; ++i) run(checks[i], options, report.rows[i]);
  const bool is_reached =
      report.rows.front().result <= Result::altered && report.rows[1].result == Result::unchanged;
  if (is_reached) {
    run_rest(checks, options, report.rows);
    return report;
  }
  report.rows.resize(kFirst);
  return report;
}

bool has_difference(const PathReport& report) {
  return std::ranges::any_of(report.rows,
                             [](const Row& row) { return row.result != Result::unchanged; });
}

std::string text_page(const PathReport& report, output::Colour colour) {
  output::Page page(catalogue::Language::en, colour);
  page.title("path to " + shown_url(report.target));
  page.paragraph(summary(report));
  for (const Row& row : report.rows) {
    if (row.findings.empty() && row.facts.empty()) continue;
    page.heading(fmt::format("{}: {}", row.title, name(row.result)));
    for (std::size_t i = 0; i < row.findings.size() && i < kMostShown; ++i) {
      page.item("-", row.findings[i]);
    }
    for (const std::string& fact : row.facts) page.item("-", fact);
  }
  page.heading("All checks");
  std::vector<output::Page::Row> rows;
  for (const Row& row : report.rows) rows.push_back({std::string(name(row.result)), row.title});
  page.table(rows);
  return page.text();
}

std::string json_text(const PathReport& report) {
  std::string text;
  output::JsonWriter json(text);
  json.begin_object().field("event", "path").field("url", shown_url(report.target));
  json.field("ok", !has_difference(report)).key("checks").begin_array();
  for (const Row& row : report.rows) {
    json.begin_object().field("id", row.id).field("title", row.title);
    json.field("result", name(row.result));
    append_texts(json, "findings", row.findings);
    append_texts(json, "facts", row.facts);
    json.key("duration_s").seconds(std::chrono::duration<double>(row.took).count()).end_object();
  }
  json.end_array().end_object();
  return text;
}

}  // namespace lastframe::probe
