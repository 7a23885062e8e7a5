// What is kept of connections while they run.
#pragma once

#include <cstddef>
#include <cstdint>

#include "capture/digest.h"
#include "capture/head_redaction.h"

namespace lastframe::capture {

struct FlightOptions {
  bool keeps_payload = false;  // else heads, sizes and close codes
  bool has_digests = false;    // of payload that is not kept
  // Everything from the first byte on, handed out as it comes; else the last frames.
  bool is_whole = false;
  std::uint32_t frames = 128;                          // of each direction
  std::size_t bytes = std::size_t{16} * 1024;          // of each direction, with what stands around
  std::size_t memory = std::size_t{64} * 1024 * 1024;  // of all connections of all workers
  DigestKey digest_key = kDefaultDigestKey;
  RedactionOptions redaction{};

  bool operator==(const FlightOptions&) const = default;
};

}  // namespace lastframe::capture
