// Heads, and their versions, as text.
#pragma once

#include <string>
#include <string_view>

#include "core/http/head.h"

namespace lastframe::http {

// `version`: two digits, as heads have it. From 2 on a WebSocket is opened by an extended CONNECT
// (RFC 8441), without an Upgrade field and without a key.
constexpr bool is_http2(unsigned version) { return version >= 20; }

// "1.1", and "2", which has no minor version (RFC 9113 section 3).
std::string version_text(unsigned version);

// The start line, without its end, a line for each field, the empty line.
std::string head_text(std::string_view start_line, const Fields& fields);

}  // namespace lastframe::http
