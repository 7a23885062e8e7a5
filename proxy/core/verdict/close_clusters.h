// Times that come again: how many of the last closes that look alike came after the same silence,
// or at the same age.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>

#include "core/session/known_patterns.h"
#include "core/verdict/end_facts.h"

namespace lastframe::verdict {

struct TimeShares {
  session::Share idle;           // of any byte
  session::Share idle_of_side;   // of the closer's bytes
  session::Share idle_of_other;  // of the other side's
  session::Share age;
};

// Whether most of them match, and not by chance.
inline bool is_common(const session::Share& share) {
  return share.matching >= 3 && 2 * share.matching > share.of;
}

// How far two times may lie apart to be alike. Timers tick coarsely, and long ones drift: a second,
// or one part in fifty; of short times a tenth, or all of them would be alike.
float tolerance_of(float seconds);

class CloseClusters {
 public:
  static constexpr std::size_t kCloses = 256;  // remembered of each kind
  static constexpr std::size_t kKinds = 6;     // of each side: no Close, and five codes
  // Shorter times say nothing: too many ages of a few seconds are alike by themselves, and so are
  // silences of less than one.
  static constexpr float kShortestAge = 5;   // seconds
  static constexpr float kShortestIdle = 1;  // seconds, less what a clock may be early

  // Adds the close, and counts those like it; this one is among them.
  TimeShares learn(const EndFacts& facts);

  // The shortest times that most closes of one kind have in common. Ages that are no longer than
  // the silence are not told apart from it; who leaves by itself keeps no limit.
  struct Times {
    std::optional<float> idle{};  // seconds
    std::optional<float> age{};
  };
  Times learnt() const;

 private:
  using Seconds = std::array<float, kCloses>;  // NaN: nothing known

  // A time that most closes of a ring have in common; NaN: there is none.
  struct Common {
    float seconds = std::numeric_limits<float>::quiet_NaN();

    void learn(float own, const session::Share& share, float shortest, const Seconds& all,
               std::uint32_t size);
  };

  // Closes of one side with one code, or without any.
  struct Ring {
    explicit Ring(std::optional<std::uint16_t> its_code);

    std::optional<std::uint16_t> code;
    std::uint64_t last_use = 0;
    std::uint32_t size = 0;
    std::uint32_t next = 0;
    Seconds idle;
    Seconds idle_of_side;
    Seconds idle_of_other;
    Seconds age;
    Common common_idle;
    Common common_age;
  };

  static session::Share share_of(float own, float shortest, const Seconds& all, std::uint32_t size);
  Ring& ring_of(Endpoint closer, std::optional<std::uint16_t> code);

  std::array<std::array<std::unique_ptr<Ring>, kKinds>, 2> rings_;  // made when first needed
  std::uint64_t uses_ = 0;

 public:
  // Bytes that the rings may take.
  static constexpr std::size_t kLargestRings = 2 * kKinds * sizeof(Ring);
};

}  // namespace lastframe::verdict
