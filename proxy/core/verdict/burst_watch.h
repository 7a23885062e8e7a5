// Mass closes, of one side: far more ends within a second than the listener usually has, of a good
// part of the connections that were open, and of connections that were not opened together.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "core/base/moment.h"
#include "core/session/known_patterns.h"
#include "core/verdict/usual_rate.h"

namespace lastframe::verdict {

// Ends that were seen together.
struct EndCounts {
  std::uint32_t closes = 0;
  std::uint32_t without_close = 0;
  std::uint32_t with_restart_code = 0;  // 1001 or 1012
  Moment first = Moment::max();
  Moment last = Moment::min();
  std::chrono::milliseconds youngest = std::chrono::milliseconds::max();
  std::chrono::milliseconds oldest{0};

  void add(const EndCounts& more);
};

struct Burst {
  std::uint64_t id = 0;
  EndCounts counts;
  double usual_per_second = 0;  // before it
  Moment since;                 // it cannot have begun earlier
  Moment alive;                 // when it was last seen to go on
};

struct BurstEnd {
  Moment accepted;
  Moment ended;
  Moment now;  // when this was learnt; not before `ended`
  std::optional<std::chrono::milliseconds> idle;
  bool is_without_close = false;
  bool has_restart_code = false;
};

class BurstWatch {
 public:
  static constexpr std::uint32_t kFewest = 10;      // ends within kWindow
  static constexpr double kTimesUsual = 10;         // as many as usual
  static constexpr std::uint64_t kPartOfOpen = 10;  // at least one in so many ends
  // Where all that come also go, (open + ends in a second) / (ends in a second) is a second more
  // than the mean life (Little's law): half of the ends must be this much older than that.
  static constexpr float kTimesTurnover = 1.25;
  static constexpr std::chrono::seconds kWindow{1};
  static constexpr std::chrono::seconds kQuiet{2};     // without that many: it is over
  static constexpr std::chrono::seconds kLongest{60};  // what lasts longer has become usual

  // From when on nothing ending counts as usual.
  void begin(Moment now) { usual_.begin(now); }

  // `still_open`: connections, without this one. `last_id` is counted up for a new burst. What is
  // known of the burst that this end is part of, if it is.
  std::optional<session::MassCloseKnown> note(const BurstEnd& end, std::uint64_t still_open,
                                              std::uint64_t& last_id);

  // A burst that is over by `now`, once; ask at least every other second.
  std::optional<Burst> take(Moment now, bool is_last);
  // Whether one runs, or was not taken yet.
  bool has_burst() const { return running_ || over_; }
  double usual_per_second() const { return usual_.at_most_per_second(); }

 private:
  static constexpr std::chrono::milliseconds kSlice{100};
  static constexpr std::int64_t kSlices = kWindow / kSlice;
  static constexpr std::size_t kSamples = 64;

  struct Sample {
    Moment ended;
    float age = 0;   // seconds
    float idle = 0;  // NaN: not known
  };

  static std::int64_t slice_of(Moment at) { return at.time_since_epoch() / kSlice; }
  static std::size_t place_of(std::int64_t slice) {
    return static_cast<std::size_t>(slice % kSlices);
  }
  void advance(Moment at);
  std::uint32_t closes_in_window() const;
  float spread_of_slices(std::uint32_t closes) const;
  bool is_far_above_usual(std::uint32_t closes) const;
  bool are_unlike(std::uint32_t closes, std::uint64_t still_open) const;
  bool is_burst(std::uint32_t closes, std::uint64_t still_open) const;
  session::MassCloseKnown go_on(const EndCounts& own, Moment now);
  void end_running();

  UsualRate usual_;
  std::array<EndCounts, kSlices> slices_{};  // the last second
  std::int64_t newest_ = 0;                  // slice; 0: none yet
  std::array<Sample, kSamples> samples_{};   // the last ends
  std::uint64_t sample_count_ = 0;
  double held_back_ = 0;  // ends of the running burst that are not counted as usual
  std::optional<Burst> running_;
  std::optional<Burst> over_;  // not taken yet
  std::optional<Burst> last_;  // for what is learnt late
};

}  // namespace lastframe::verdict
