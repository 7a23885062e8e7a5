#include "output/wording.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/words.h"
#include "core/catalogue/words.h"

namespace lastframe::output {

using catalogue::PartyRule;

std::string Wording::heading(std::string_view id, std::string_view fallback) const {
  const auto row = std::ranges::find(rows_->headings, id, &catalogue::HeadingRow::id);
  if (row != rows_->headings.end()) return in_language(row->text);
  std::string text(fallback.empty() ? id : fallback);
  std::ranges::replace(text, '_', ' ');
  return text;
}

std::string Wording::sentence(std::string_view id, std::string_view placeholder,
                              std::string_view word) const {
  return filled(heading(id), placeholder, word);
}

std::string Wording::party(PartyRule rule) const {
  switch (rule) {
    case PartyRule::closer:
      return heading("party_closer", "the side that closed");
    case PartyRule::other_side:
      return heading("party_other_side", "the side that did not close");
    case PartyRule::hop_at_closer:
      return heading("party_hop_at_closer", "a hop on the side that closed");
    case PartyRule::hop_at_other_side:
      return heading("party_hop_at_other_side", "a hop on the side that did not close");
    case PartyRule::client:
    case PartyRule::server:
    case PartyRule::hop_before:
    case PartyRule::hop_behind:
    case PartyRule::network:
    case PartyRule::operators:
    case PartyRule::proxy:
    case PartyRule::nobody:
    case PartyRule::unknown:
      break;
  }
  return heading(fmt::format("party_{}", word(rule)), word(rule));
}

std::string Wording::sent_by(const catalogue::CodeRow& row) const {
  return heading("sent_by_" + row.sent_by, row.sent_by);
}

std::string Wording::on_the_wire(const catalogue::CodeRow& row) const {
  return row.may_be_sent ? heading("wire_yes", "yes") : heading("wire_no", "no");
}

std::string Wording::product(std::string_view id) const {
  const catalogue::ProductRow* row = rows_->product(id);
  return row != nullptr ? row->name : std::string(id);
}

std::string filled(std::string text, std::string_view placeholder, std::string_view word) {
  std::size_t at = 0;
  while ((at = text.find(placeholder, at)) != std::string::npos) {
    text.replace(at, placeholder.size(), word);
    at += word.size();
  }
  return text;
}

std::string for_any_closer(std::string_view text) {
  std::string sides =
      filled(filled(std::string(text), "{closer}", "closer"), "{other}", "other side");
  return filled(std::move(sides), "{rule}", "RULE");
}

std::string code_range(const catalogue::CodeRange& range) {
  if (range.first == range.last) return fmt::format("{}", range.first);
  return fmt::format("{}-{}", range.first, range.last);
}

std::string code_ranges(const std::vector<catalogue::CodeRange>& ranges) {
  std::string text;
  for (const catalogue::CodeRange& range : ranges) {
    text += (text.empty() ? "" : ", ") + code_range(range);
  }
  return text;
}

std::string duration_text(std::chrono::milliseconds duration) {
  const auto count = duration.count();
  if (count > 0 && count % 3'600'000 == 0) return fmt::format("{}h", count / 3'600'000);
  // A minute is mostly said in seconds, as settings say it.
  if (count > 60'000 && count % 60'000 == 0) return fmt::format("{}m", count / 60'000);
  if (count % 1000 == 0) return fmt::format("{}s", count / 1000);
  return fmt::format("{}ms", count);
}

std::string size_text(std::uint64_t bytes) {
  using Unit = std::pair<std::uint64_t, std::string_view>;
  static constexpr std::array kUnits{Unit{std::uint64_t{1} << 30, "GiB"},
                                     Unit{std::uint64_t{1} << 20, "MiB"},
                                     Unit{std::uint64_t{1} << 10, "KiB"}};
  for (const auto& [size, unit] : kUnits) {
    if (bytes >= size && bytes % size == 0) return fmt::format("{}{}", bytes / size, unit);
  }
  return in_bytes(bytes);
}

}  // namespace lastframe::output
