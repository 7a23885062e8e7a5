// The last silence of a connection that some bytes broke, and the one before it: what breaks the
// last one may be the Close that begins the end, which does not count.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "core/base/endpoint.h"
#include "core/session/circumstances.h"

namespace lastframe::session {

inline constexpr std::chrono::seconds kSilence{5};

class Silences {
 public:
  // `offset`: of the first byte behind the silence, in its direction.
  void note(const BrokenSilence& silence, std::uint64_t offset);

  const std::optional<BrokenSilence>& last() const { return last_; }
  // Without the one that the byte at `offset` broke.
  const std::optional<BrokenSilence>& last_but(Direction direction, std::uint64_t offset) const;

 private:
  std::optional<BrokenSilence> last_;
  std::optional<BrokenSilence> before_;
  std::uint64_t offset_ = 0;  // of the byte that broke the last one
};

}  // namespace lastframe::session
