#include "settings/quantities.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <system_error>

#include "core/base/ascii.h"
#include "core/base/words.h"

namespace lastframe::settings {
namespace {

constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();

struct Unit {
  std::string_view name;
  std::uint64_t worth;
};

// Smallest first.
constexpr auto kTimes =
    std::to_array<Unit>({{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}});
constexpr auto kSizes =
    std::to_array<Unit>({{"B", 1}, {"KiB", 1ULL << 10}, {"MiB", 1ULL << 20}, {"GiB", 1ULL << 30}});

constexpr const char* kTimeForms = "write a whole number and a unit: 250ms, 25s, 5m or 1h";
constexpr const char* kSizeForms = "write a whole number and a unit: 512B, 256KiB, 1MiB or 2GiB";

Error mistake(std::string what, std::string remedy) {
  return Error{"", std::move(what), std::move(remedy)};
}

std::expected<std::uint64_t, Error> parse_quantity(std::string_view text,
                                                   std::span<const Unit> units, const char* kind,
                                                   const char* forms) {
  const auto digits_end = std::ranges::find_if_not(text, is_digit);
  const auto digits = static_cast<std::size_t>(digits_end - text.begin());
  const std::string_view unit_name = text.substr(digits);
  if (digits == 0) return std::unexpected(mistake(in_quotes(text) + " is not " + kind, forms));
  const auto number = parse_whole_number(text.substr(0, digits));
  if (!number) return std::unexpected(number.error());
  if (unit_name.empty()) return std::unexpected(mistake(in_quotes(text) + " has no unit", forms));

  const auto unit = std::ranges::find(units, unit_name, &Unit::name);
  if (unit == units.end()) {
    return std::unexpected(mistake(in_quotes(text) + " is not " + kind, forms));
  }
  if (*number > kLargest / unit->worth) {
    return std::unexpected(mistake(in_quotes(text) + " is too large", "write a smaller one"));
  }
  return *number * unit->worth;
}

std::string shortest_text(std::uint64_t amount, std::span<const Unit> units) {
  const Unit* best = &units.front();
  for (const Unit& unit : units) {
    if (amount != 0 && amount % unit.worth == 0) best = &unit;
  }
  return std::to_string(amount / best->worth) + std::string(best->name);
}

}  // namespace

std::expected<std::uint64_t, Error> parse_whole_number(std::string_view text) {
  if (text.empty() || !std::ranges::all_of(text, is_digit)) {
    return std::unexpected(
        mistake(in_quotes(text) + " is not a whole number", "write digits only"));
  }
  if (text.size() > 1 && text.front() == '0') {
    return std::unexpected(mistake(printable(text) + " starts with a zero",
                                   "write it without the leading zero: some read 010 as 8"));
  }
  std::uint64_t number = 0;
  const auto [_, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc{} || number > kLargest) {
    return std::unexpected(mistake(printable(text) + " is too large", "write a smaller number"));
  }
  return number;
}

std::expected<std::chrono::milliseconds, Error> parse_duration(std::string_view text) {
  const auto amount = parse_quantity(text, kTimes, "a time", kTimeForms);
  if (!amount) return std::unexpected(amount.error());
  return std::chrono::milliseconds(static_cast<std::int64_t>(*amount));
}

std::expected<std::uint64_t, Error> parse_size(std::string_view text) {
  return parse_quantity(text, kSizes, "a size", kSizeForms);
}

std::string duration_text(std::chrono::milliseconds duration) {
  return shortest_text(static_cast<std::uint64_t>(duration.count()), kTimes);
}

std::string size_text(std::uint64_t bytes) { return shortest_text(bytes, kSizes); }

}  // namespace lastframe::settings
