// What a HAR shows of a connection's end, in the order of time.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "capture/har_entry.h"
#include "core/base/moment.h"
#include "core/session/input.h"

namespace lastframe::capture {

// A Close frame's payload.
struct HarCloseStep {
  Endpoint sender;
  std::string body;
};

struct HarEndStep {
  Moment at;
  std::variant<HarCloseStep, session::StreamEnded> what;
};

struct HarEnding {
  std::vector<HarEndStep> steps;
  bool is_shown = false;            // the file shows an end; else the connection goes on behind it
  std::vector<std::string> doubts;  // sentences: what of it is not sure
};

// `last`: when the entry's last message passed, or the entry ended. Also says what Closes among the
// entry's messages come to.
HarEnding har_ending(const HarEntry& entry, Moment accepted, Moment last);

// What the browser says of a connection that never opened: "ECONNREFUSED" for ConnectFailed, or how
// a stream ended. Nothing where it says nothing of the kind.
struct HarConnectError {
  std::string error;
};
using HarOpeningFault = std::variant<std::monostate, HarConnectError, session::StreamEnded>;
HarOpeningFault har_opening_fault(const HarEntry& entry);

}  // namespace lastframe::capture
