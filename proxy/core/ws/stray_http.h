// Stray bytes that are HTTP/1.x: messages, what is left of their heads, and chunks.
#pragma once

#include <optional>

#include "core/ws/stray_bytes.h"
#include "core/ws/stray_sample.h"

namespace lastframe::ws {

// A status line, and the fields behind it as far as they came; also the bare beginning of one.
std::optional<StrayBytes> http_response(const StraySample& sample);

// A request line. Its target is never shown: it may hold secrets.
std::optional<StrayBytes> http_request(const StraySample& sample);

// The end of a head whose beginning is missing: the rest of a line, then header fields.
std::optional<StrayBytes> http_fields(const StraySample& sample);

// The line with its size that stands before each chunk (RFC 9112 section 7.1), also behind the line
// end of the chunk before.
std::optional<StrayBytes> http_chunk(const StraySample& sample);

}  // namespace lastframe::ws
