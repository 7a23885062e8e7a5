// Which records are kept when there are more than can be: some of each cause, so that the rare ones
// are not lost among the many.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "core/base/moment.h"

namespace lastframe::sinks {

class StormSampling {
 public:
  static constexpr std::chrono::seconds kSpan{10};
  static constexpr std::uint64_t kFirst = 20;        // of each cause in each span
  static constexpr std::uint64_t kOneIn = 100;       // of the later ones
  static constexpr std::size_t kMostCauses = 1'000;  // a span knows; others count as one

  // Whether this one is kept: the first kFirst of its cause in each span, then each kOneIn-th.
  bool takes(std::string_view cause, Moment now);

 private:
  Moment since_{};
  std::map<std::string, std::uint64_t, std::less<>> seen_;
};

}  // namespace lastframe::sinks
