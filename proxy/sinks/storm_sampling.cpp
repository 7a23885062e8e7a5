#include "sinks/storm_sampling.h"

namespace lastframe::sinks {

bool StormSampling::takes(std::string_view cause, Moment now) {
  if (seen_.empty() || now - since_ >= kSpan) {
    seen_.clear();
    since_ = now;
  }
  auto row = seen_.find(cause);
  if (row == seen_.end()) {
    const std::string_view known = seen_.size() < kMostCauses ? cause : std::string_view();
    row = seen_.try_emplace(std::string(known), 0).first;
  }
  const std::uint64_t count = ++row->second;
  return count <= kFirst || (count - kFirst) % kOneIn == 0;
}

}  // namespace lastframe::sinks
