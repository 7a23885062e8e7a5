#include "report/plots.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "report/html.h"
#include "report/utc_time.h"
#include "report/words.h"

namespace lastframe::report {
namespace {

constexpr double kWidth = 960;
constexpr double kHeight = 240;
constexpr double kLeft = 56;    // for the numbers of the scale
constexpr double kBottom = 24;  // for the times
constexpr double kTop = 10;
// From the bottom of a bar to its top: what is in order carries what is not.
constexpr std::array kOrder{Kind::in_order, Kind::sealed, Kind::other_code, Kind::unclean,
                            Kind::not_opened};

std::string_view word(Kind kind) { return kKindNames[static_cast<std::size_t>(kind)]; }

std::uint64_t of(const KindCounts& kinds, Kind kind) {
  return kinds[static_cast<std::size_t>(kind)];
}

// One even digit or 1, 3 or 5, and zeros: the smallest not below `number`, which is at least 1.
std::uint64_t round_up(std::uint64_t number) {
  std::uint64_t unit = 1;
  while (unit <= number / 10) unit *= 10;
  for (const std::uint64_t factor : {1, 2, 3, 4, 5, 6, 8}) {
    if (unit * factor >= number) return unit * factor;
  }
  return unit * 10;
}

// What a pointer that rests on the bar is told.
std::string title_of(const TimeSteps& steps, std::size_t at) {
  std::string text = readable_utc(steps.begin + steps.step * static_cast<std::int64_t>(at));
  for (const Kind kind : kOrder) {
    const std::uint64_t count = of(steps.counts[at], kind);
    if (count == 0) continue;
    text += fmt::format("; {} {}", number_text(count), kKindTexts[static_cast<std::size_t>(kind)]);
  }
  return text;
}

std::string rectangle(double x, double y, double width, double height, std::string_view css_class) {
  return fmt::format(
      "<rect x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\" class=\"{}\"/>", x, y,
      width, height, css_class);
}

std::string scale(std::uint64_t most, double height) {
  std::string out;
  for (int line = 0; line <= 2; ++line) {
    const double y = kTop + height * line / 2.0;
    out += fmt::format("<line x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\" class=\"grid\"/>",
                       kLeft, kWidth, y, y);
    if (line == 1 && most % 2 != 0) continue;
    const std::uint64_t number = line == 0 ? most : line == 1 ? most / 2 : 0;
    out += fmt::format("<text x=\"{}\" y=\"{:.1f}\" class=\"end\">{}</text>", kLeft - 6, y + 4,
                       number_text(number));
  }
  return out;
}

std::string times(const TimeSteps& steps) {
  const WallTime end = steps.begin + steps.step * static_cast<std::int64_t>(steps.counts.size());
  const auto text = [](double x, std::string_view css_class, WallTime time) {
    return fmt::format("<text x=\"{}\" y=\"{}\" class=\"{}\">{} UTC</text>", x, kHeight - 6,
                       css_class, readable_utc(time));
  };
  return text(kLeft, "start", steps.begin) + text(kWidth, "end", end);
}

}  // namespace

std::string series_plot(const TimeSteps& steps) {
  if (steps.counts.size() < 2) return "";
  std::uint64_t most = 1;
  for (const KindCounts& kinds : steps.counts) most = std::max(most, sum_of(kinds));
  most = round_up(most);
  const double height = kHeight - kTop - kBottom;
  const double slot = (kWidth - kLeft) / static_cast<double>(steps.counts.size());
  std::string bars;
  for (std::size_t i = 0; i < steps.counts.size(); ++i) {
    double y = kTop + height;
    bars += "<g>" + element("title", title_of(steps, i));
    const double x = kLeft + slot * static_cast<double>(i);
    for (const Kind kind : kOrder) {
      const auto count = static_cast<double>(of(steps.counts[i], kind));
      if (count == 0) continue;
      const double part = height * count / static_cast<double>(most);
      y -= part;
      bars += rectangle(x, y, std::max(0.5, slot - (slot > 4 ? 1.5 : 0.2)), part, word(kind));
    }
    bars += "</g>\n";
  }
  return fmt::format(
      "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"Ends over time, in steps of {}\">\n{}\n"
      "{}{}</svg>\n",
      kWidth, kHeight, step_text(steps.step), scale(most, height), bars, times(steps));
}

std::string small_bar(std::uint64_t abnormal, std::uint64_t part, std::uint64_t most) {
  if (most == 0) return "";
  const auto width = [&](std::uint64_t count) {
    return 100.0 * static_cast<double>(count) / static_cast<double>(most);
  };
  return "<svg viewBox=\"0 0 100 10\" class=\"bar\" preserveAspectRatio=\"none\" "
         "aria-hidden=\"true\">" +
         rectangle(0, 0, width(part), 10, word(Kind::in_order)) +
         rectangle(0, 0, width(abnormal), 10, word(Kind::unclean)) + "</svg>";
}

std::string kinds_bar(const KindCounts& kinds) {
  const std::uint64_t all = sum_of(kinds);
  if (all == 0) return "";
  std::string parts;
  double x = 0;
  for (const Kind kind : kOrder) {
    const double width = 1000.0 * static_cast<double>(of(kinds, kind)) / static_cast<double>(all);
    if (width > 0) parts += rectangle(x, 0, width, 20, word(kind));
    x += width;
  }
  return "<svg viewBox=\"0 0 1000 20\" class=\"kinds\" preserveAspectRatio=\"none\" "
         "aria-hidden=\"true\">" +
         parts + "</svg>\n";
}

}  // namespace lastframe::report
