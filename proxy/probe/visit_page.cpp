#include "probe/visit_page.h"

#include <fmt/format.h>

#include "core/ws/rule_table.h"
#include "output/json.h"
#include "output/page.h"
#include "output/record_json.h"

namespace lastframe::probe {
namespace {

std::string time_text(const Step& step) {
  if (step.result == StepResult::not_reached) return "";
  return fmt::format("{:.1f} ms", std::chrono::duration<double, std::milli>(step.took).count());
}

std::string result_text(StepResult result) {
  return result == StepResult::not_reached ? "not reached" : std::string(name(result));
}

std::string certainty(const session::Verdict& verdict) {
  return verdict.confidence == catalogue::Confidence::certain ? "" : " (not certain)";
}

void add_verdict(output::Page& page, const session::SessionReport& report) {
  if (!report.violations.empty()) page.heading("Broken rules and notes");
  for (const ws::Violation& violation : report.violations) {
    const ws::RuleRow& row = ws::row_of(violation.rule);
    page.item("-",
              fmt::format("{} {} by the {} ({}){}", row.id, row.name, name(violation.side),
                          row.section, violation.detail.empty() ? "" : ": " + violation.detail));
  }
  if (!report.verdict) return;
  const session::Verdict& verdict = *report.verdict;
  page.heading(fmt::format("Verdict: {}{}", verdict.cause, certainty(verdict)));
  page.paragraph(verdict.summary);
  for (const std::string& text : verdict.evidence) page.item("-", text);
  if (!verdict.fix.empty()) page.section("What to do", verdict.fix);
}

}  // namespace

std::string text_page(const Visit& visit, output::Colour colour) {
  output::Page page(catalogue::Language::en, colour);
  page.title("probe " + shown_url(visit.target));
  std::vector<output::Page::Row> rows;
  for (const Step& step : visit.steps) {
    const std::string first = step.says.empty() ? "" : step.says.front();
    rows.push_back({step.name, result_text(step.result), time_text(step), first});
    for (std::size_t i = 1; i < step.says.size(); ++i) rows.push_back({"", "", "", step.says[i]});
  }
  page.table(rows);
  if (visit.report) add_verdict(page, *visit.report);
  return page.text();
}

std::string json_text(const Visit& visit) {
  std::string text;
  output::JsonWriter json(text);
  json.begin_object().field("event", "probe").field("url", shown_url(visit.target));
  json.field("ok", !has_fault(visit)).key("steps").begin_array();
  for (const Step& step : visit.steps) {
    json.begin_object().field("step", step.name).field("result", name(step.result));
    json.key("duration_s").seconds(std::chrono::duration<double>(step.took).count());
    json.key("says").begin_array();
    for (const std::string& says : step.says) json.value(says);
    json.end_array().end_object();
  }
  json.end_array().key("record");
  if (visit.report) {
    text += output::record_json(*visit.report);
  } else {
    json.null();
  }
  json.end_object();
  return text;
}

}  // namespace lastframe::probe
