#include "output/known_code.h"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>

#include "core/base/words.h"
#include "core/ws/close_code.h"

namespace lastframe::output {
namespace {

bool is_one_of(const std::vector<catalogue::CodeRange>& ranges, unsigned code) {
  return std::ranges::any_of(ranges, [&](const auto& range) { return range.has(code); });
}

std::string joined_lines(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += (out.empty() ? "" : "\n") + line;
  return out;
}

// What applications say of it, one a line; nothing for a code with a row of its own.
std::string of_applications(const KnownCode& known,
                            std::string catalogue::ApplicationCode::* text) {
  std::vector<std::string> lines;
  if (known.has_own_row()) return {};
  for (const auto& [application, code] : known.applications) {
    if ((code->*text).empty()) continue;
    lines.push_back(fmt::format("{}, {}: {}", application->name, code->name, code->*text));
  }
  return joined_lines(lines);
}

}  // namespace

bool KnownCode::is_in_use() const {
  const auto on_wire = ws::row_of(static_cast<ws::CloseCode>(code)).on_wire;
  return has_own_row() || on_wire != ws::OnWire::unassigned || !applications.empty();
}

bool is_between(const catalogue::DifferenceRow& row, unsigned code) {
  return std::ranges::find(row.between, code) != row.between.end();
}

std::optional<KnownCode> known_code(const catalogue::Catalogue& rows, unsigned code) {
  if (code > 65535) return std::nullopt;
  const catalogue::CodeRow* const row = rows.code(code);
  if (row == nullptr) return std::nullopt;
  KnownCode known{code, row, {}, {}, {}};
  for (const catalogue::ApplicationRow& application : rows.applications) {
    for (const catalogue::ApplicationCode& meaning : application.codes) {
      if (meaning.codes.has(code)) known.applications.push_back({&application, &meaning});
    }
  }
  for (const catalogue::ReasonRow& reason : rows.reasons) {
    if (is_one_of(reason.codes, code)) known.reasons.push_back(&reason);
  }
  for (const catalogue::DifferenceRow& difference : rows.differences) {
    if (is_between(difference, code)) known.differences.push_back(&difference);
  }
  return known;
}

std::string nearest_code(const catalogue::Catalogue& rows, std::string_view digits) {
  std::vector<std::string> codes;
  for (const catalogue::CodeRow& row : rows.codes) {
    if (row.codes.first == row.codes.last) codes.push_back(code_range(row.codes));
  }
  const std::vector<std::string_view> candidates(codes.begin(), codes.end());
  return std::string(nearest(digits, candidates));
}

std::string title_of(const KnownCode& known, const Wording& wording) {
  const std::string_view english = in(catalogue::Language::en, known.row->name);
  const std::string own = wording.in_language(known.row->name);
  std::string title = fmt::format("{} {}", known.code, english);
  if (own != english) title += fmt::format(" ({})", own);
  return title;
}

std::string meaning_of(const KnownCode& known, const Wording& wording) {
  const std::string theirs = of_applications(known, &catalogue::ApplicationCode::meaning);
  return theirs.empty() ? wording.in_language(known.row->meaning) : theirs;
}

std::string fix_of(const KnownCode& known, const Wording& wording) {
  const std::string theirs = of_applications(known, &catalogue::ApplicationCode::fix);
  return theirs.empty() ? wording.in_language(known.row->fix) : theirs;
}

std::vector<std::string> comparisons_of(const KnownCode& known) {
  std::vector<std::string> calls;
  for (const catalogue::DifferenceRow* row : known.differences) {
    calls.push_back(
        fmt::format("lastframe compare {} {}", row->between.front(), row->between.back()));
  }
  return calls;
}

}  // namespace lastframe::output
