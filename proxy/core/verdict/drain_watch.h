// Gradual drains: what one side ends was all accepted before one moment, and what was accepted
// later stays. An old process that is being replaced looks like that; so would a lifetime limit,
// which is told apart by the cutoff that does not move on.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "core/base/endpoint.h"
#include "core/base/moment.h"
#include "core/session/known_patterns.h"

namespace lastframe::verdict {

class DrainWatch {
 public:
  static constexpr std::uint32_t kFewest = 20;  // ends of older ones, and younger ones that stay
  static constexpr std::chrono::minutes kLongest{15};
  static constexpr double kTimesUsual = 2;
  // Longer than the youngest end is old, since the cutoff; and before it, longer than since it.
  static constexpr int kTimesYoungest = 2;
  static constexpr double kTimesSince = 6;
  // How much the ends must say against chance: each adds the part of the open connections that it
  // spared. If all were equally likely to end, so many spared would come once in e^14 times.
  static constexpr double kEnough = 14;

  struct End {
    Endpoint closer;
    Moment accepted;
    Moment ended;
    std::uint64_t still_open;  // connections, without this one
    double usual_per_second;   // ends of that side
    bool has_common_time;      // most of those like it have the same age or the same silence
  };

  void note_accepted(Moment at);
  // Ended, from whatever side.
  void note_gone(Moment accepted);
  // After note_gone().
  std::optional<session::GradualDrainKnown> note_end(const End& end);

 private:
  static constexpr std::chrono::seconds kSlice{5};
  static constexpr std::int64_t kSlices = 256;  // about 21 minutes
  static constexpr std::uint64_t kEnds = 128;
  static constexpr std::chrono::seconds kBetweenLooks{1};
  static constexpr std::chrono::seconds kShortlyBefore{60};

  struct PastEnd {
    Moment ended;
    float usual_per_second = 0;
  };

  struct Side {
    Moment cutoff = Moment::min();  // when the youngest that ended was accepted
    // The least age at which one of those accepted shortly before it ended.
    std::chrono::microseconds youngest{0};
    Moment youngest_accepted = Moment::min();
    Moment looked;
    std::uint64_t end_count = 0;
    std::array<PastEnd, kEnds> ends{};
    std::optional<session::GradualDrainKnown> drain;
  };

  static std::int64_t slice_of(Moment at) { return at.time_since_epoch() / kSlice; }
  // Times in files may lie before their zero.
  static std::size_t place_of(std::int64_t slice) {
    return static_cast<std::size_t>((slice % kSlices + kSlices) % kSlices);
  }
  std::uint32_t* slice_at(Moment accepted);
  void advance(Moment at);
  static bool note_cutoff(Side& side, const End& end);
  std::uint64_t open_since(Moment cutoff) const;
  std::optional<session::GradualDrainKnown> look(const Side& side, const End& end) const;

  std::array<Side, 2> sides_;                  // by the Endpoint that closes
  std::array<std::uint32_t, kSlices> open_{};  // those accepted in each slice that are still open
  Moment began_ = Moment::max();               // when the first was accepted
  std::int64_t newest_ = 0;                    // slice; 0: none yet
};

}  // namespace lastframe::verdict
