// What a record of a session says on one line of a packet's comment.
#pragma once

#include <string>
#include <string_view>

namespace lastframe::capture {

// `json`: a line of the log (docs/log-format.md). "" where it has neither a code nor a cause.
std::string comment_of_record(std::string_view json);

}  // namespace lastframe::capture
