// What a capture file consists of, whichever of the two formats it has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>

#include "capture/input_sink.h"
#include "core/base/bytes.h"
#include "core/base/moment.h"

namespace lastframe::capture {

// A packet, or as much of it as was captured. The view lives as long as what it was read from.
struct FilePacket {
  std::uint32_t link_type = 0;  // a LINKTYPE_ number (tcpdump.org/linktypes.html)
  WallTime at{};
  ByteView captured;
  std::uint32_t original_length = 0;  // on the wire; at least what was captured
};

// A key log that stands in the file; the view as above.
struct FileKeyLog {
  ByteView bytes;
};

using FileEvent = std::variant<FilePacket, FileKeyLog, Flaw>;

// tcpdump's largest snapshot length; nobody captures more of a packet.
inline constexpr std::uint32_t kMostCaptured = 262'144;

// Until the end of the year 9999: later times in a file are nonsense, and would overflow.
inline constexpr std::int64_t kMostSeconds = 253'402'300'799;

}  // namespace lastframe::capture
