#include "core/verdict/usual_rate.h"

#include <algorithm>
#include <cmath>

namespace lastframe::verdict {

void UsualRate::begin(Moment now) {
  if (has_begun_) return;
  has_begun_ = true;
  last_ = now;
}

void UsualRate::advance(Moment now) {
  begin(now);
  if (now <= last_) return;
  const double kept = std::exp(-seconds_between(last_, now) / kMemory);
  ends_ *= kept;
  seconds_ = seconds_ * kept + kMemory * (1 - kept);
  last_ = now;
}

// What happens in the first second is not told from a rate.
double UsualRate::watched() const { return std::max(1.0, seconds_); }

double UsualRate::per_second() const { return ends_ / watched(); }

double UsualRate::at_most_per_second() const { return (ends_ + 1) / watched(); }

}  // namespace lastframe::verdict
