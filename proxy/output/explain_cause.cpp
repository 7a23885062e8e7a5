#include "output/explain_cause.h"

#include <fmt/core.h>

#include <optional>

#include "core/catalogue/cause.h"
#include "core/catalogue/words.h"
#include "output/page.h"
#include "output/row_json.h"
#include "output/row_tables.h"

namespace lastframe::output {
namespace {

using catalogue::Cause;
using catalogue::TimeoutKind;

// The kind of time-out that leads to a cause.
std::optional<TimeoutKind> kind_behind(std::string_view cause) {
  if (cause == name(Cause::idle_timeout)) return TimeoutKind::idle;
  if (cause == name(Cause::lifetime_limit)) return TimeoutKind::lifetime;
  if (cause == name(Cause::stale_flow)) return TimeoutKind::silent;
  return std::nullopt;
}

void add_tables(Page& page, const CauseRows& found, const Wording& wording) {
  std::vector<Page::Row> timeouts;
  for (const auto* row : found.timeouts) timeouts.push_back(table_row(*row, wording));
  page.section(wording.heading("time_limits"), timeouts);
  std::vector<Page::Row> limits;
  for (const auto* row : found.limits) limits.push_back(table_row(*row, wording));
  page.section(wording.heading("size_limits"), limits);
  page.list(wording.heading("reason_texts"), reason_texts(found.reasons, wording));
  std::vector<Page::Row> applications;
  for (const auto& [application, code] : found.applications) {
    applications.push_back(
        {code_range(code->codes), fmt::format("{}, {}", application->name, code->name)});
  }
  page.section(wording.heading("application_codes"), applications);
}

void append_rows(JsonWriter& json, const CauseRows& found) {
  json.key("timeouts").begin_array();
  for (const auto* row : found.timeouts) append_timeout(json, *row);
  json.end_array().key("limits").begin_array();
  for (const auto* row : found.limits) append_limit(json, *row);
  json.end_array().key("reasons").begin_array();
  for (const auto* row : found.reasons) append_reason(json, *row);
  json.end_array().key("applications").begin_array();
  for (const auto& [application, code] : found.applications) {
    append_application_code(json, *application, *code);
  }
  json.end_array();
}

}  // namespace

CauseRows rows_of(const catalogue::Catalogue& rows, const catalogue::CauseRow& cause) {
  CauseRows found;
  const auto kind = kind_behind(cause.id);
  for (const catalogue::TimeoutRow& row : rows.timeouts) {
    if (row.kind == kind) found.timeouts.push_back(&row);
  }
  if (cause.id == name(Cause::message_too_big)) {
    for (const catalogue::LimitRow& row : rows.limits) found.limits.push_back(&row);
  }
  for (const catalogue::ReasonRow& row : rows.reasons) {
    if (row.cause == cause.id) found.reasons.push_back(&row);
  }
  for (const catalogue::ApplicationRow& row : rows.applications) {
    for (const catalogue::ApplicationCode& code : row.codes) {
      if (code.cause == cause.id) found.applications.push_back({&row, &code});
    }
  }
  return found;
}

std::string cause_page(const catalogue::CauseRow& cause, const Wording& wording, Colour colour) {
  Page page(wording.language(), colour);
  page.title(fmt::format("{}: {}", cause.id, cause.title));
  page.paragraph(for_any_closer(cause.summary));
  page.section(wording.heading("meaning"), cause.meaning);
  page.section(wording.heading("found_by"), cause.found_by);
  page.section(wording.heading("how_to_fix"), for_any_closer(cause.fix));
  std::vector<std::string> fixes;
  for (const catalogue::ProductFix& fix : cause.fixes) {
    fixes.push_back(fmt::format("{}: {}", wording.product(fix.product), for_any_closer(fix.text)));
  }
  page.list(wording.heading("products"), fixes);
  page.fields({
      {wording.heading("who_has_to_act"), wording.party(cause.party)},
      {wording.heading("close_codes"), code_ranges(cause.codes)},
      {wording.heading("source"), source_text(cause.source)},
  });
  add_tables(page, rows_of(wording.rows(), cause), wording);
  page.section(wording.heading("see_also"), cause_rows(wording.rows(), cause.see));
  return page.text();
}

std::string cause_json(const catalogue::CauseRow& cause, const Wording& wording,
                       std::string_view rule) {
  std::string out;
  JsonWriter json(out);
  json.begin_object()
      .field("kind", "cause")
      .field("lang", name(wording.language()))
      .field("id", cause.id)
      .field("title", cause.title)
      .field("party", word(cause.party))
      .field("summary", for_any_closer(cause.summary))
      .field("meaning", cause.meaning)
      .field("found_by", cause.found_by)
      .field("fix", for_any_closer(cause.fix))
      .key("fixes")
      .begin_array();
  for (const catalogue::ProductFix& fix : cause.fixes) {
    json.begin_object().field("product", fix.product);
    json.field("text", for_any_closer(fix.text)).end_object();
  }
  json.end_array();
  append_codes(json, cause.codes);
  append_rows(json, rows_of(wording.rows(), cause));
  json.key("see_also").begin_array();
  for (const std::string& id : cause.see) json.value(id);
  json.end_array();
  append_source(json, cause.source);
  json.key("rule");
  if (rule.empty()) {
    json.null().end_object();
    return out;
  }
  out.append(rule);
  json.end_object();
  return out;
}

std::string cause_list(const Wording& wording, Colour colour) {
  Page page(wording.language(), colour);
  std::vector<Page::Row> table;
  for (const catalogue::CauseRow& row : wording.rows().causes) table.push_back({row.id, row.title});
  page.table(table);
  return page.text();
}

std::string cause_list_json(const Wording& wording) {
  std::string out = "[";
  for (const catalogue::CauseRow& row : wording.rows().causes) {
    out += (out.size() > 1 ? ",\n " : "") + cause_json(row, wording);
  }
  return out + "]";
}

}  // namespace lastframe::output
