// How a connection closed: which Close frames were seen, which stream ended when and how, and what
// follows from them. Three facts are kept apart: who sent the first Close, whose stream ended
// first, and who broke a rule first.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/endpoint.h"
#include "core/base/moment.h"
#include "core/session/direction_tracker.h"
#include "core/session/report.h"

namespace lastframe::session {

class Closing {
 public:
  void note_close(Endpoint sender, const CloseFound& found, Moment at);
  void note_end(const StreamEnded& end, Moment at);
  // We gave up on every stream that has not ended (a time-out of our own).
  void note_given_up(Moment at);

  bool has_close(Endpoint sender) const { return seen_ && seen_->closes[index(sender)] != nullptr; }
  bool has_end(Endpoint endpoint) const;
  // The stream end that was seen first; null before there is one.
  const StreamEnd* first_end() const {
    return seen_ && !seen_->ends.empty() ? &seen_->ends.front() : nullptr;
  }

  // Where the first stream stood when it ended.
  struct Cut {
    bool is_mid_frame = false;
    bool is_mid_message = false;
  };

  // Copies what was noted into `report`, for a connection may make several, and fills in code,
  // initiator, clean and ending of a connection that was open.
  void conclude(Cut cut, SessionReport& report) const;

 private:
  struct Seen {
    std::array<std::unique_ptr<CloseSeen>, 2> closes;  // by Endpoint
    std::optional<Endpoint> first_closer;
    std::vector<StreamEnd> ends;
    bool is_given_up = false;  // before any stream ended
  };

  Seen& seen();
  Initiator initiator() const;
  Ending ending(Cut cut) const;

  std::unique_ptr<Seen> seen_;  // most of a life long there is nothing
};

}  // namespace lastframe::session
