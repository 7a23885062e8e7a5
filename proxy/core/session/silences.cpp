#include "core/session/silences.h"

namespace lastframe::session {

void Silences::note(const BrokenSilence& silence, std::uint64_t offset) {
  before_ = last_;
  last_ = silence;
  offset_ = offset;
}

const std::optional<BrokenSilence>& Silences::last_but(Direction direction,
                                                       std::uint64_t offset) const {
  const bool is_the_last = last_ && last_->by == direction && offset_ == offset;
  return is_the_last ? before_ : last_;
}

}  // namespace lastframe::session
