#include "capture/har_time.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstdint>

namespace lastframe::capture {
namespace {

// Takes `digits` digits off the front of `text`.
std::optional<int> number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(1);
  return true;
}

// "19:00", as minutes.
std::optional<int> clock(std::string_view& text, bool has_colon) {
  const auto hours = number(text, 2);
  if (!hours || *hours > 23 || (has_colon && !take(text, ':'))) return std::nullopt;
  const auto minutes = number(text, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  return *hours * 60 + *minutes;
}

std::optional<std::chrono::microseconds> fraction(std::string_view& text) {
  if (!take(text, '.') && !take(text, ',')) return std::chrono::microseconds(0);
  int value = 0;
  std::size_t digits = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; ++digits) {
    if (digits < 6) value = value * 10 + (text.front() - '0');
    text.remove_prefix(1);
  }
  if (digits == 0) return std::nullopt;
  for (; digits < 6; ++digits) value *= 10;
  return std::chrono::microseconds(value);
}

// How far the clock that is written is ahead of UTC. Nothing written: it is UTC.
std::optional<std::chrono::minutes> zone(std::string_view& text) {
  if (text.empty() || take(text, 'Z') || take(text, 'z')) return std::chrono::minutes(0);
  const bool is_ahead = take(text, '+');
  if (!is_ahead && !take(text, '-')) return std::nullopt;
  const auto minutes = clock(text, text.find(':') != std::string_view::npos);
  if (!minutes) return std::nullopt;
  return std::chrono::minutes(is_ahead ? *minutes : -*minutes);
}

std::optional<std::chrono::sys_days> date(std::string_view& text) {
  const auto year = number(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = number(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = number(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

}  // namespace

std::optional<WallTime> read_har_time(std::string_view text) {
  const auto days = date(text);
  if (!days || (!take(text, 'T') && !take(text, 't') && !take(text, ' '))) return std::nullopt;
  const auto minutes = clock(text, true);
  if (!minutes || !take(text, ':')) return std::nullopt;
  const auto seconds = number(text, 2);
  if (!seconds || *seconds > 60) return std::nullopt;
  const auto part = fraction(text);
  if (!part) return std::nullopt;
  const auto ahead = zone(text);
  if (!ahead || !text.empty()) return std::nullopt;
  const WallTime time = WallTime(*days) + std::chrono::minutes(*minutes) +
                        std::chrono::seconds(*seconds) + *part - *ahead;
  // Earlier ones are what programs write for "none": "0001-01-01T00:00:00Z".
  return time < WallTime{} ? std::nullopt : std::optional(time);
}

std::string har_time_text(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const auto microseconds = (time - WallTime(day)).count();
  const auto seconds = microseconds / 1'000'000;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     seconds / 3600, seconds / 60 % 60, seconds % 60, microseconds % 1'000'000);
}

std::optional<WallTime> wall_time_of(double seconds) {
  // To the end of the year 9999: so sums of times cannot overflow either.
  constexpr double kMost = 253'402'300'799.0;
  if (!(seconds >= 0 && seconds <= kMost)) return std::nullopt;
  return WallTime(std::chrono::microseconds(std::llround(seconds * 1e6)));
}

double seconds_of(WallTime time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

}  // namespace lastframe::capture
