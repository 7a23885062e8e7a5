// What was learnt of other connections when this one ended: an input of the session, so that a
// replay gives the same verdict.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "core/base/moment.h"

namespace lastframe::session {

// "412 of 430 closes".
struct Share {
  std::uint32_t matching = 0;  // this one included
  std::uint32_t of = 0;

  bool operator==(const Share&) const = default;
};

// Far more closes at once than the listener usually has.
struct MassCloseKnown {
  std::uint64_t id = 0;      // counts from 1
  std::uint32_t closes = 0;  // so far, this one included
  std::chrono::milliseconds within{0};
  double usual_per_second = 0;            // of the listener, before it
  std::chrono::milliseconds youngest{0};  // ages of those that ended
  std::chrono::milliseconds oldest{0};

  bool operator==(const MassCloseKnown&) const = default;
};

// All that end were accepted before one moment, and later ones stay.
struct GradualDrainKnown {
  std::uint32_t closes = 0;                   // of connections from before the moment
  std::uint32_t open_since = 0;               // younger ones that were seen and did not end
  std::chrono::milliseconds since_cutoff{0};  // from that moment to this end

  bool operator==(const GradualDrainKnown&) const = default;
};

struct KnownPatterns {
  // Among the last closes of this listener, upstream and side that look alike: without a Close, or
  // with the same code.
  Share same_idle;           // idle times (of any byte) equal to this one's, within the tolerance
  Share same_idle_of_side;   // the same of the side that closed's own bytes' silence
  Share same_idle_of_other;  // and of the other side's
  Share same_age;            // ages
  // Sizes of messages towards the side that closes (inflated, where they are).
  std::optional<std::uint64_t> largest_accepted;
  std::optional<std::uint64_t> smallest_refused;
  std::optional<MassCloseKnown> mass_close;
  std::optional<GradualDrainKnown> drain;
  bool has_same_client_asked_again = false;  // within 2 s before this end, on another connection

  bool operator==(const KnownPatterns&) const = default;
};

}  // namespace lastframe::session
