// Plots as SVG that stands within a page of HTML; colours are the page's classes.
#pragma once

#include <cstdint>
#include <string>

#include "report/time_series.h"

namespace lastframe::report {

// Stacked bars: one for each step, a colour for each kind. "" where there are fewer than two steps.
std::string series_plot(const TimeSteps& steps);

// A bar of the length of `part` of `most`, with `abnormal` of `part` in another colour.
std::string small_bar(std::uint64_t abnormal, std::uint64_t part, std::uint64_t most);

// One bar of the whole width, divided by kinds.
std::string kinds_bar(const KindCounts& kinds);

}  // namespace lastframe::report
