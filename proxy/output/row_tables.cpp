#include "output/row_tables.h"

#include <fmt/core.h>

#include "core/base/endpoint.h"

#include "core/catalogue/words.h"

namespace lastframe::output {

Page::Row table_row(const catalogue::TimeoutRow& row, const Wording& wording) {
  return {wording.product(row.product), duration_text(row.after), kind_text(row), row.setting};
}

Page::Row table_row(const catalogue::LimitRow& row, const Wording& wording) {
  return {wording.product(row.product), size_text(row.bytes), measure_text(row), row.setting};
}

Page::Row table_row(const catalogue::HeartbeatRow& row, const Wording&) {
  return {carrier_text(row), pace_text(row), row.note};
}

std::string reason_text(const catalogue::ReasonRow& row, const Wording& wording) {
  const std::string_view before = row.match == catalogue::Match::contains ? "..." : "";
  const std::string_view behind = row.match == catalogue::Match::exact ? "" : "...";
  const std::string who =
      row.product.empty() ? std::string() : fmt::format(" ({})", wording.product(row.product));
  return fmt::format("\"{}{}{}\"{}: {}", before, row.text, behind, who, row.id);
}

std::vector<std::string> reason_texts(const std::vector<const catalogue::ReasonRow*>& rows,
                                      const Wording& wording) {
  std::vector<std::string> texts;
  for (const catalogue::ReasonRow* row : rows) texts.push_back(reason_text(*row, wording));
  return texts;
}

std::string kind_text(const catalogue::TimeoutRow& row) {
  return std::string(name(row.kind)) + (row.is_default ? "" : ", no default");
}

std::string measure_text(const catalogue::LimitRow& row) {
  return std::string(word(row.of)) + (row.is_inflated ? ", inflated" : "");
}

std::string carrier_text(const catalogue::HeartbeatRow& row) {
  const auto what = [&]() -> std::string {
    switch (row.carrier) {
      case catalogue::Carrier::ping:
        return "Ping";
      case catalogue::Carrier::pong:
        return "Pong";
      case catalogue::Carrier::text:
        break;
    }
    return fmt::format("text \"{}\"", row.starts);
  };
  return fmt::format("{} of the {}", what(), name(row.sender));
}

std::string pace_text(const catalogue::HeartbeatRow& row) {
  std::string text = "every " + duration_text(row.every);
  if (row.patience.count() > 0) text += ", given up after " + duration_text(row.patience);
  return text;
}

std::string source_text(const catalogue::Source& source) {
  std::string text = source.source;
  if (!source.version_seen.empty() && source.version_seen != "-") {
    text += ", version " + source.version_seen;
  }
  if (!source.verified_on.empty()) text += ", " + source.verified_on;
  return text;
}

std::vector<Page::Row> cause_rows(const catalogue::Catalogue& rows,
                                  const std::vector<std::string>& ids) {
  std::vector<Page::Row> table;
  for (const std::string& id : ids) {
    const catalogue::CauseRow* const row = rows.cause(id);
    table.push_back({id, row == nullptr ? std::string() : row->title});
  }
  return table;
}

}  // namespace lastframe::output
