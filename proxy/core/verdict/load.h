// What a connection carried last, in sentences: messages, their pace, and who did not read them.
#pragma once

#include <optional>
#include <string>

#include "core/verdict/case.h"
#include "core/verdict/finding.h"

namespace lastframe::verdict {

// The size that a limit judges: inflated where it is known.
std::uint64_t judged_size(const RecentMessage& message);

// The largest of the last messages of `sender`, the one in hand too; null: none is known.
const RecentMessage* largest_recent(const Case& facts, Endpoint sender);

// "The last messages of the client: 120 bytes 1.2 s before the end, ...".
std::optional<std::string> last_messages_text(const Case& facts, Endpoint sender);

// "The client sent 412 messages (31 KiB) in its last 4.0 s."
std::optional<std::string> rate_text(const Case& facts, Endpoint sender);

// A reader that did not read while this proxy held bytes for it.
struct Stall {
  Endpoint reader;
  std::uint64_t held;
  double seconds;
};
std::optional<Stall> worst_stall(const Case& facts);
std::string stall_text(const Stall& stall);

}  // namespace lastframe::verdict
