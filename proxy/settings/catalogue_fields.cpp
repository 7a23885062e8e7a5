#include "settings/catalogue_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <expected>
#include <utility>

#include "core/base/ascii.h"
#include "core/base/words.h"
#include "settings/quantities.h"

namespace lastframe::settings {
namespace {

using namespace std::chrono_literals;
using catalogue::CodeRange;

constexpr std::size_t kLongestId = 64;
constexpr Range<std::chrono::milliseconds> kTimes{1ms, 8760h};
constexpr const char* kRangeExample = "a close code such as 1008, or a range such as 3000-3999";

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= kLongestId &&
         std::ranges::all_of(text, [](char c) { return is_lower(c) || is_digit(c) || c == '_'; });
}

// "2026-11-20", a day that there is.
bool is_date(std::string_view text) {
  constexpr std::string_view kShape = "0000-00-00";
  const auto fits = [](char c, char shape) { return shape == '0' ? is_digit(c) : c == shape; };
  if (text.size() != kShape.size() || !std::ranges::equal(text, kShape, fits)) return false;
  const auto number = [&](std::size_t from, std::size_t length) {
    unsigned value = 0;
    std::from_chars(text.data() + from, text.data() + from + length, value);
    return value;
  };
  const std::chrono::year year(static_cast<int>(number(0, 4)));
  return std::chrono::year_month_day(year, std::chrono::month(number(5, 2)),
                                     std::chrono::day(number(8, 2)))
      .ok();
}

std::optional<CodeRange> range_in(const Value& value) {
  const auto text = value.scalar(kRangeExample);
  if (!text) return std::nullopt;
  const std::size_t dash = text->find('-');
  const auto first = parse_whole_number(std::string_view(*text).substr(0, dash));
  const auto last = dash == std::string::npos
                        ? first
                        : parse_whole_number(std::string_view(*text).substr(dash + 1));
  if (!first || !last || *first > kCodes.highest || *last > kCodes.highest) {
    value.wrong(fmt::format("{} is no close code", in_quotes(*text)),
                fmt::format("write {}", kRangeExample));
    return std::nullopt;
  }
  if (*first > *last) {
    value.wrong(fmt::format("{} ends before it begins", printable(*text)),
                fmt::format("write {}-{}", *last, *first));
    return std::nullopt;
  }
  return CodeRange{static_cast<unsigned>(*first), static_cast<unsigned>(*last)};
}

}  // namespace

CatalogueFields::CatalogueFields(const Value& value, std::string_view section,
                                 std::vector<Reference>& references)
    : row_(value),
      section_(value.section(section, "a row of keys, such as {id: mine, ...}")),
      references_(&references) {}

const Value* CatalogueFields::find(std::string_view key) const {
  return section_ ? section_->find(key) : nullptr;
}

const Value* CatalogueFields::find(std::string_view key, Need need,
                                   std::string_view example) const {
  const Value* const value = find(key);
  if (value == nullptr && section_ && need == Need::must) {
    row_.missing(key, fmt::format("write {}", example));
  }
  return value;
}

std::string CatalogueFields::id() const {
  constexpr const char* kExample = "an id such as idle_timeout";
  const Value* const value = find("id", Need::must, kExample);
  if (value == nullptr) return {};
  auto id = value->scalar(kExample);
  if (!id) return {};
  if (is_id(*id)) return *std::move(id);
  value->wrong(fmt::format("{} is no id", in_quotes(*id)),
               "write at most 64 lower-case letters, digits and _, such as idle_timeout");
  return {};
}

std::string CatalogueFields::text(std::string_view key, Need need) const {
  constexpr const char* kExample = "a text";
  const Value* const value = find(key, need, kExample);
  if (value == nullptr || (need == Need::may && value->is(""))) return {};
  return value->text(kExample).value_or("");
}

std::string CatalogueFields::scalar(std::string_view key, Need need) const {
  constexpr const char* kExample = "a text";
  const Value* const value = find(key, need, kExample);
  if (value == nullptr) return {};
  auto text = value->scalar(kExample);
  if (!text) return {};
  if (text->empty() && need == Need::must) value->wrong("the text is empty", "write a text");
  return *std::move(text);
}

std::vector<std::string> CatalogueFields::texts(std::string_view key) const {
  std::vector<std::string> texts;
  for (const Value& item : items(key, Need::may, "[\"A sentence.\"]")) {
    if (auto text = item.text("a text")) texts.push_back(*std::move(text));
  }
  return texts;
}

catalogue::Localised CatalogueFields::localised(std::string_view key) const {
  constexpr const char* kExample = "texts by language, such as {en: Policy Violation}";
  catalogue::Localised texts;
  const Value* const value = find(key, Need::must, kExample);
  if (value == nullptr) return texts;
  const CatalogueFields fields(*value, "texts", *references_);
  for (const catalogue::Language language : catalogue::kLanguages) {
    const Need need = language == catalogue::Language::en ? Need::must : Need::may;
    texts[static_cast<std::size_t>(language)] = fields.text(name(language), need);
  }
  return texts;
}

bool CatalogueFields::yes_or_no(std::string_view key, bool by_default) const {
  const Value* const value = find(key);
  return value == nullptr ? by_default : value->yes_or_no().value_or(by_default);
}

std::optional<std::size_t> CatalogueFields::position_of(std::string_view key,
                                                        std::span<const std::string_view> words,
                                                        Need need) const {
  const Value* const value = find(key, need, fmt::format("one of {}", fmt::join(words, ", ")));
  return value == nullptr ? std::nullopt : value->one_of(words);
}

std::string CatalogueFields::one_of(std::string_view key, std::span<const std::string_view> words,
                                    Need need) const {
  const auto position = position_of(key, words, need);
  return position ? std::string(words[*position]) : std::string();
}

std::chrono::milliseconds CatalogueFields::duration(std::string_view key, Need need) const {
  const Value* const value = find(key, need, "a time such as 60s");
  return value == nullptr ? 0ms : value->duration(kTimes).value_or(0ms);
}

std::uint64_t CatalogueFields::bytes(std::string_view key) const {
  constexpr const char* kExample = "a size such as 64KiB, or a number of bytes";
  const Value* const value = find(key, Need::must, kExample);
  const auto text = value == nullptr ? std::nullopt : value->scalar(kExample);
  if (!text) return 0;
  const bool is_bare = std::ranges::all_of(*text, is_digit);
  auto size = is_bare ? parse_whole_number(*text) : parse_size(*text);
  if (size && *size > 0) return *size;
  value->wrong(size ? Error{"", "nothing passes a limit of 0", fmt::format("write {}", kExample)}
                    : std::move(size.error()));
  return 0;
}

CodeRange CatalogueFields::range(std::string_view key) const {
  const Value* const value = find(key, Need::must, kRangeExample);
  return value == nullptr ? CodeRange{} : range_in(*value).value_or(CodeRange{});
}

std::vector<CodeRange> CatalogueFields::ranges(std::string_view key) const {
  std::vector<CodeRange> ranges;
  for (const Value& item : items(key, Need::may, "[1006, 3000-3999]")) {
    if (const auto range = range_in(item)) ranges.push_back(*range);
  }
  return ranges;
}

std::optional<unsigned> CatalogueFields::code(std::string_view key, Need need) const {
  const Value* const value = find(key, need, "a close code such as 1008");
  const auto code = value == nullptr ? std::nullopt : value->whole_number(kCodes);
  return code ? std::optional(static_cast<unsigned>(*code)) : std::nullopt;
}

std::vector<unsigned> CatalogueFields::numbers(std::string_view key, Range<std::uint64_t> range,
                                               Need need) const {
  std::vector<unsigned> numbers;
  for (const Value& item : items(key, need, fmt::format("[{}]", range.lowest))) {
    if (const auto number = item.whole_number(range)) {
      numbers.push_back(static_cast<unsigned>(*number));
    }
  }
  return numbers;
}

std::string CatalogueFields::refer(const Value& value, Reference::To to) const {
  auto id = value.scalar("an id such as idle_timeout");
  if (!id) return {};
  references_->push_back({value, to, *id});
  return *std::move(id);
}

std::string CatalogueFields::reference(std::string_view key, Reference::To to, Need need) const {
  const Value* const value = find(key, need, "the id of a row");
  if (value == nullptr || (need == Need::may && value->is(""))) return {};
  return refer(*value, to);
}

std::vector<std::string> CatalogueFields::references(std::string_view key, Reference::To to) const {
  std::vector<std::string> ids;
  for (const Value& item : items(key, Need::may, "[idle_timeout]")) {
    ids.push_back(refer(item, to));
  }
  return ids;
}

std::vector<catalogue::ProductFix> CatalogueFields::fixes() const {
  constexpr const char* kExample = "texts by product, such as {nginx: ..., code: ...}";
  const Value* const value = find("fixes");
  const auto entries = value == nullptr ? std::nullopt : value->entries(kExample);
  std::vector<catalogue::ProductFix> fixes;
  if (!entries) return fixes;
  for (const auto& [product, text] : *entries) {
    references_->push_back({text, Reference::To::product_or_code, product});
    fixes.push_back({product, text.text("a text").value_or("")});
  }
  return fixes;
}

catalogue::Source CatalogueFields::source() const {
  constexpr const char* kDate = "the day on which it was checked, such as 2026-11-20";
  catalogue::Source source{
      .source = text("source"), .version_seen = scalar("version_seen"), .verified_on = {}};
  const Value* const day = find("verified_on", Need::must, kDate);
  const auto date = day == nullptr ? std::nullopt : day->scalar(kDate);
  if (!date) return source;
  if (!is_date(*date)) {
    day->wrong(fmt::format("{} is no day", in_quotes(*date)), fmt::format("write {}", kDate));
  }
  source.verified_on = *date;
  return source;
}

std::vector<Value> CatalogueFields::items(std::string_view key, Need need,
                                          std::string_view example) const {
  const Value* const value = find(key, need, fmt::format("a list such as {}", example));
  if (value == nullptr) return {};
  auto items = value->items(example);
  if (!items) return {};
  if (items->empty() && need == Need::must) {
    value->wrong("the list is empty", fmt::format("write a list such as {}", example));
  }
  return *std::move(items);
}

std::vector<CatalogueFields> CatalogueFields::rows(std::string_view key, std::string_view section,
                                                   Need need) const {
  std::vector<CatalogueFields> rows;
  for (const Value& item : items(key, need, "[{...}]")) {
    rows.emplace_back(item, section, *references_);
  }
  return rows;
}

}  // namespace lastframe::settings
