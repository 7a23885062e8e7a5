#include "output/causes_document.h"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>

#include "output/row_tables.h"
#include "output/wording.h"

namespace lastframe::output {
namespace {

constexpr std::string_view kIntroduction = R"(# Causes

Why WebSocket connections end, as Lastframe knows it: the causes that a record's `cause.id` names, the close codes, and
the time-outs, size limits and application codes that lead to them. The same comes from the program: `lastframe explain
idle_timeout`, `lastframe explain 1008`, `lastframe explain nginx`, `lastframe compare 1002 1008`, `lastframe lookup
TEXT`; [explain.md](explain.md) shows how. Each row's source stands in [the catalogue](../config/catalogue/README.md),
which you can add to.

This page is generated: `lastframe explain --markdown causes > docs/causes.md`.

"The closer" sent the first Close, or ended first where there is none; "the other side" is its peer.

)";

// A text in one line, as a table's cell or a list's entry needs it.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_blank = c == '\n' || c == ' ';
    if (is_blank && (out.empty() || out.ends_with(' '))) continue;
    if (c == '|') out += '\\';
    out += is_blank ? ' ' : c;
  }
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

std::string in_code(std::string_view text) {
  return text.empty() ? std::string() : fmt::format("`{}`", cell(text));
}

// A link for a cause, which has a heading here; the word alone for a rule.
std::string reference(const catalogue::Catalogue& rows, const std::string& id) {
  if (id.empty()) return {};
  return rows.cause(id) != nullptr ? fmt::format("[{0}](#{0})", id) : fmt::format("`{}`", id);
}

std::string references(const catalogue::Catalogue& rows, const std::vector<std::string>& ids) {
  std::string text;
  for (const std::string& id : ids) text += (text.empty() ? "" : ", ") + reference(rows, id);
  return text;
}

std::string paragraph(std::string_view text) {
  return text.empty() ? std::string() : fmt::format("{}\n\n", cell(text));
}

std::string list_line(std::string_view label, std::string_view text) {
  return text.empty() ? std::string() : fmt::format("- {}: {}\n", label, cell(text));
}

std::string cause_section(const catalogue::CauseRow& row, const Wording& wording) {
  std::string out = fmt::format("\n### {}\n\n**{}.** ", row.id, cell(row.title));
  out += paragraph(for_any_closer(row.summary));
  out += paragraph(row.meaning);
  out += list_line("Found by", row.found_by);
  out += list_line("Who has to act", wording.party(row.party));
  out += list_line("Fix", for_any_closer(row.fix));
  for (const catalogue::ProductFix& fix : row.fixes) {
    const std::string product =
        fix.product == "code" ? "your own code" : wording.product(fix.product);
    out += list_line("Fix, " + product, for_any_closer(fix.text));
  }
  out += list_line("Close codes", code_ranges(row.codes));
  out += list_line("See", references(wording.rows(), row.see));
  return out;
}

std::string code_table(const catalogue::Catalogue& rows) {
  std::string out =
      "\n## Close codes\n\n| code | name | meaning | sent by | on the wire | causes |\n"
      "|---|---|---|---|---|---|\n";
  for (const catalogue::CodeRow& row : rows.codes) {
    out += fmt::format("| {} | {} | {} | {} | {} | {} |\n", code_range(row.codes),
                       cell(in(catalogue::Language::en, row.name)),
                       cell(in(catalogue::Language::en, row.meaning)), row.sent_by,
                       row.may_be_sent ? "yes" : "no", references(rows, row.causes));
  }
  return out;
}

std::string timeout_table(const Wording& wording) {
  std::string out =
      "\n## Time-outs\n\n`idle`: after so long without bytes. `lifetime`: whatever passes. "
      "`silent`: "
      "state is dropped and\nnothing is sent.\n\n| product | after | kind | setting | ends with | "
      "what to do |\n|---|---|---|---|---|---|\n";
  for (const catalogue::TimeoutRow& row : wording.rows().timeouts) {
    out += fmt::format("| {} | {} | {} | {} | {} | {} |\n", cell(wording.product(row.product)),
                       duration_text(row.after), kind_text(row), in_code(row.setting), row.how,
                       cell(row.fix));
  }
  return out;
}

std::string limit_table(const Wording& wording) {
  std::string out =
      "\n## Size limits\n\n| product | limit | of | setting | note |\n|---|---|---|---|---|\n";
  for (const catalogue::LimitRow& row : wording.rows().limits) {
    out +=
        fmt::format("| {} | {} | {} | {} | {} |\n", cell(wording.product(row.product)),
                    size_text(row.bytes), measure_text(row), in_code(row.setting), cell(row.note));
  }
  return out;
}

std::string application_table(const catalogue::Catalogue& rows) {
  std::string out =
      "\n## Application codes\n\n| application | code | name | meaning | cause |\n"
      "|---|---|---|---|---|\n";
  for (const catalogue::ApplicationRow& row : rows.applications) {
    for (const catalogue::ApplicationCode& code : row.codes) {
      out += fmt::format("| {} | {} | {} | {} | {} |\n", cell(row.name), code_range(code.codes),
                         cell(code.name), cell(code.meaning), references(rows, {code.cause}));
    }
  }
  return out;
}

}  // namespace

std::string causes_document(const catalogue::Catalogue& rows) {
  const Wording wording(rows, catalogue::Language::en);
  std::string out(kIntroduction);
  out += "## Overview\n\n| cause | what | close codes | who has to act |\n|---|---|---|---|\n";
  for (const catalogue::CauseRow& row : rows.causes) {
    out += fmt::format("| {} | {} | {} | {} |\n", reference(rows, row.id), cell(row.title),
                       code_ranges(row.codes), cell(wording.party(row.party)));
  }
  out += "\n## Each cause\n";
  for (const catalogue::CauseRow& row : rows.causes) out += cause_section(row, wording);
  return out + code_table(rows) + timeout_table(wording) + limit_table(wording) +
         application_table(rows);
}

}  // namespace lastframe::output
