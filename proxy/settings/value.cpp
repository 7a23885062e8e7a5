#include "settings/value.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "core/base/words.h"
#include "settings/catalogue_keys.h"
#include "settings/known_keys.h"
#include "settings/quantities.h"

namespace lastframe::settings {
namespace {

constexpr std::size_t kLongestText = 4096;

std::string_view name_of(YamlKind kind) {
  switch (kind) {
    case YamlKind::null:
      return "nothing";
    case YamlKind::plain:
    case YamlKind::quoted:
      return "a single value";
    case YamlKind::list:
      return "a list";
    case YamlKind::map:
      return "a map of keys";
  }
  return "";
}

bool is_number(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return !text.empty() && is_digit(text.front()) && std::ranges::count(text, '.') <= 1 &&
         std::ranges::all_of(text, [&](char c) { return is_digit(c) || c == '.'; });
}

bool is_truth_value(std::string_view text) { return text == "true" || text == "false"; }

// The rows of one section stand together in one of the tables.
std::span<const KnownKey> keys_of(std::string_view section) {
  for (const std::span<const KnownKey> table :
       {std::span<const KnownKey>(kKnownKeys), std::span<const KnownKey>(kCatalogueKeys)}) {
    const auto is_of_section = [&](const KnownKey& row) { return row.section == section; };
    const auto first = std::ranges::find_if(table, is_of_section);
    if (first != table.end()) return {first, std::find_if_not(first, table.end(), is_of_section)};
  }
  return {};
}

std::string joined(std::string_view path, std::string_view key) {
  return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
}

std::string or_word(std::string_view word) {
  return word.empty() ? std::string() : fmt::format(", or {}", word);
}

}  // namespace

std::string Mistakes::place(int line, std::string_view key) const {
  return fmt::format("{}:{}: {}", file_, line, key);
}

void Mistakes::add(int line, std::string_view key, Error error) {
  if (is_full()) {
    ++surplus_;
    return;
  }
  error.where = place(line, key);
  found_.push_back({{line, found_.size()}, std::move(error)});
}

std::vector<Error> Mistakes::in_order() const {
  std::vector<Mistake> sorted = found_;
  std::ranges::sort(sorted, {}, &Mistake::place);
  std::vector<Error> errors;
  std::unordered_set<std::string> seen;  // an anchored mistake is found again at each alias
  for (Mistake& mistake : sorted) {
    if (seen.insert(to_text(mistake.error)).second) errors.push_back(std::move(mistake.error));
  }
  if (surplus_ > 0) {
    errors.push_back({fmt::format("{}:{}: yaml", file_, sorted.back().place.first),
                      fmt::format("there are {} mistakes more", surplus_), "mend these first"});
  }
  return errors;
}

void Value::wrong(std::string what, std::string remedy) const {
  wrong(Error{"", std::move(what), std::move(remedy)});
}

void Value::wrong(Error error) const {
  mistakes_->add(line_, path_.empty() ? "yaml" : path_, std::move(error));
}

void Value::missing(std::string_view key, std::string remedy) const {
  mistakes_->add(line_, joined(path_, key), {"", "this key is missing", std::move(remedy)});
}

bool Value::is(std::string_view word) const {
  return (kind() == YamlKind::plain || kind() == YamlKind::quoted) && node().text == word;
}

std::optional<std::string> Value::scalar(std::string_view example) const {
  if (kind() != YamlKind::plain && kind() != YamlKind::quoted) {
    wrong(fmt::format("{} stands here", name_of(kind())), fmt::format("write {}", example));
    return std::nullopt;
  }
  if (node().text.size() > kLongestText) {
    wrong(fmt::format("a text of {} bytes stands here", node().text.size()),
          fmt::format("write {}, with at most {} bytes", example, kLongestText));
    return std::nullopt;
  }
  return node().text;
}

std::optional<std::string> Value::plain_scalar(std::string_view example) const {
  if (kind() == YamlKind::quoted) {
    wrong(fmt::format("the text {} stands here", in_quotes(node().text)),
          fmt::format("write {}, without quotes", example));
    return std::nullopt;
  }
  return scalar(example);
}

std::optional<std::string> Value::text(std::string_view example) const {
  auto text = scalar(example);
  if (!text) return std::nullopt;
  if (kind() == YamlKind::plain && (is_number(*text) || is_truth_value(*text))) {
    wrong(fmt::format("{} is {}", printable(*text),
                      is_number(*text) ? "a number, not a text" : "true or false, not a text"),
          fmt::format("write {}, or \"{}\" in quotes", example, printable(*text)));
    return std::nullopt;
  }
  if (text->empty()) {
    wrong("the text is empty", fmt::format("write {}", example));
    return std::nullopt;
  }
  return text;
}

std::optional<bool> Value::yes_or_no() const {
  const auto text = plain_scalar("true or false");
  if (!text) return std::nullopt;
  if (is_truth_value(*text)) return *text == "true";
  wrong(fmt::format("{} is not true or false", in_quotes(*text)), "write true or false");
  return std::nullopt;
}

template <typename Number>
std::optional<Number> Value::quantity(const std::string& text, std::expected<Number, Error> parsed,
                                      Range<Number> range, const std::string& limits,
                                      std::string_view word) const {
  if (!parsed) {
    parsed.error().remedy += or_word(word);
    wrong(std::move(parsed.error()));
    return std::nullopt;
  }
  if (*parsed >= range.lowest && *parsed <= range.highest) return *parsed;
  wrong(fmt::format("{} is out of range", printable(text)), fmt::format("write {}", limits));
  return std::nullopt;
}

std::optional<std::uint64_t> Value::whole_number(Range<std::uint64_t> range,
                                                 std::string_view word) const {
  const std::string limits =
      fmt::format("a number from {} to {}{}", range.lowest, range.highest, or_word(word));
  const auto text = plain_scalar(limits);
  if (!text) return std::nullopt;
  return quantity(*text, parse_whole_number(*text), range, limits, word);
}

std::optional<std::chrono::milliseconds> Value::duration(Range<std::chrono::milliseconds> range,
                                                         std::string_view word) const {
  const std::string limits = fmt::format("a time from {} to {}{}", duration_text(range.lowest),
                                         duration_text(range.highest), or_word(word));
  const auto text = scalar(limits);
  if (!text) return std::nullopt;
  return quantity(*text, parse_duration(*text), range, limits, word);
}

std::optional<std::uint64_t> Value::size(Range<std::uint64_t> range) const {
  const std::string limits =
      fmt::format("a size from {} to {}", size_text(range.lowest), size_text(range.highest));
  const auto text = scalar(limits);
  if (!text) return std::nullopt;
  return quantity(*text, parse_size(*text), range, limits, {});
}

std::optional<std::size_t> Value::one_of(std::span<const std::string_view> words) const {
  const std::string choice = fmt::format("{}", fmt::join(words, ", "));
  const auto text = scalar(fmt::format("one of {}", choice));
  if (!text) return std::nullopt;
  const auto found = std::ranges::find(words, *text);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  const std::string_view near = nearest(*text, words);
  wrong(fmt::format("{} is not known here", in_quotes(*text)),
        near.empty() ? fmt::format("write one of {}", choice)
                     : fmt::format("did you mean {}?", near));
  return std::nullopt;
}

std::optional<std::vector<Value>> Value::items(std::string_view example) const {
  if (kind() != YamlKind::list) {
    wrong(fmt::format("{} stands here", name_of(kind())),
          fmt::format("write a list such as {}", example));
    return std::nullopt;
  }
  std::vector<Value> values;
  for (const YamlEntry& entry : node().entries) {
    values.push_back(child(entry, fmt::format("{}[{}]", path_, values.size())));
  }
  return values;
}

std::optional<Value::Section> Value::section(std::string_view name,
                                             std::string_view example) const {
  if (kind() == YamlKind::map) {
    const std::span<const KnownKey> known = keys_of(name);
    for (const YamlEntry& entry : node().entries) check_key(entry, known);
  }
  auto values = entries(example);
  if (!values) return std::nullopt;
  return Section(*std::move(values));
}

std::optional<std::vector<std::pair<std::string, Value>>> Value::entries(
    std::string_view example) const {
  if (kind() != YamlKind::map) {
    wrong(fmt::format("{} stands here", name_of(kind())), fmt::format("write {}", example));
    return std::nullopt;
  }
  std::vector<std::pair<std::string, Value>> values;
  std::unordered_map<std::string_view, int> lines;
  for (const YamlEntry& entry : node().entries) {
    const std::string path = joined(path_, printable(entry.key));
    const auto [first, is_new] = lines.emplace(entry.key, entry.line);
    if (is_new) {
      values.emplace_back(entry.key, child(entry, path));
    } else {
      mistakes_->add(entry.line, path,
                     {"", fmt::format("this key is already in line {}", first->second),
                      "keep one of the two"});
    }
  }
  return values;
}

Value Value::child(const YamlEntry& entry, std::string path) const {
  return Value(*document_, *mistakes_, entry.value, entry.line, std::move(path));
}

void Value::check_key(const YamlEntry& entry, std::span<const KnownKey> keys) const {
  const auto known = std::ranges::find(keys, entry.key, &KnownKey::key);
  const bool is_known = known != keys.end();
  if ((is_known && known->availability == Availability::now) || mistakes_->is_full()) return;
  const std::string path = joined(path_, printable(entry.key));
  if (is_known) {
    mistakes_->add(entry.line, path,
                   {"", "this version does not have this yet", "leave the key out"});
    return;
  }
  if (entry.key == "<<") {
    mistakes_->add(entry.line, path,
                   {"", "merge keys are not supported",
                    "write the keys out, or give a whole value by its alias"});
    return;
  }
  std::vector<std::string_view> names;
  for (const KnownKey& row : keys) names.push_back(row.key);
  const std::string_view near = nearest(entry.key, names);
  mistakes_->add(entry.line, path,
                 {"", "this key is not known",
                  near.empty() ? fmt::format("known here: {}", fmt::join(names, ", "))
                               : fmt::format("did you mean {}?", near)});
}

const Value* Value::Section::find(std::string_view key) const {
  const auto found = std::ranges::find(values_, key, &std::pair<std::string, Value>::first);
  return found == values_.end() ? nullptr : &found->second;
}

}  // namespace lastframe::settings
