// How findings are said to people.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "diff/finding.h"
#include "diff/report.h"

namespace lastframe::diff {

// What the two taps are called, before and after the hop.
using Names = std::array<std::string, 2>;

// "client to server", "server to client"
std::string_view way(Direction direction);

// "The hop between A and B inserted bytes that are no frames, an HTTP/1.1 502 page from nginx, 157
// bytes, at server-to-client offset 5812 of A." One sentence, printable; times it was seen besides.
std::string sentence(const Finding& finding, const Names& names);

// "frame 7 at offset 412, 16 bytes: 68 65 6c 6c 6f "hello"", or the words of what stands there;
// empty where nothing stands at this tap.
std::string place_text(const Place& place);

// The verdict on what was compared. `is_complete`: that was everything.
std::string headline(Severity severity, bool is_complete);

// The time as logs write it, to milliseconds.
std::string time_text(WallTime time);

// The verdict on all pairs.
std::string summary_text(const Report& report);

std::string connection_text(const ConnectionFacts& facts);

std::string_view words(capture::FlawKind kind);

}  // namespace lastframe::diff
