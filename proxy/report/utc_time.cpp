#include "report/utc_time.h"

#include <chrono>

#include "output/record_words.h"

namespace lastframe::report {
namespace {

constexpr std::string_view kShape = "0000-00-00T00:00:00";

bool has_shape(std::string_view text) {
  if (text.size() <= kShape.size()) return false;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const bool is_digit = text[i] >= '0' && text[i] <= '9';
    if (kShape[i] == '0' ? !is_digit : text[i] != kShape[i]) return false;
  }
  return true;
}

int number_at(std::string_view text, std::size_t at, std::size_t digits) {
  int number = 0;
  for (const char c : text.substr(at, digits)) number = number * 10 + (c - '0');
  return number;
}

// Behind the seconds: "Z", or ".", digits and "Z". Nothing for anything else.
std::optional<std::chrono::microseconds> fraction(std::string_view text) {
  if (text == "Z") return std::chrono::microseconds{0};
  if (text.size() < 3 || text.size() > 11 || text.front() != '.' || text.back() != 'Z') {
    return std::nullopt;
  }
  int micros = 0;
  for (std::size_t i = 1; i <= 6; ++i) {
    const char c = i + 1 < text.size() ? text[i] : '0';
    if (c < '0' || c > '9') return std::nullopt;
    micros = micros * 10 + (c - '0');
  }
  for (const char c : text.substr(1, text.size() - 2)) {
    if (c < '0' || c > '9') return std::nullopt;
  }
  return std::chrono::microseconds{micros};
}

std::string whole_seconds(WallTime time) {
  return output::utc_text(time, Moment{}, Moment{}).substr(0, kShape.size());
}

}  // namespace

std::optional<WallTime> parse_utc(std::string_view text) {
  using namespace std::chrono;
  if (!has_shape(text)) return std::nullopt;
  const year_month_day date(year(number_at(text, 0, 4)),
                            month(static_cast<unsigned>(number_at(text, 5, 2))),
                            day(static_cast<unsigned>(number_at(text, 8, 2))));
  const int hour = number_at(text, 11, 2);
  const int minute = number_at(text, 14, 2);
  const int second = number_at(text, 17, 2);
  const auto micros = fraction(text.substr(kShape.size()));
  if (!date.ok() || date.year() < year(1970) || date.year() >= year(2200)) return std::nullopt;
  if (hour > 23 || minute > 59 || second > 60 || !micros) return std::nullopt;
  return sys_days(date) + hours(hour) + minutes(minute) + seconds(second) + *micros;
}

std::string utc_seconds(WallTime time) { return whole_seconds(time) + "Z"; }

std::string readable_utc(WallTime time) {
  std::string text = whole_seconds(time);
  text[text.find('T')] = ' ';
  return text;
}

}  // namespace lastframe::report
