// A head of HTTP/2 (session::HeadRelayed) as the HTTP/1.1 that says the same, for formats and
// programs that know a WebSocket by that.
#pragma once

#include <string>
#include <string_view>

namespace lastframe::capture {

// With GET or 101, Upgrade and Connection in place of CONNECT, 200 and `:protocol`; without a key,
// for there was none. Other answers keep their status. Any other text comes back as it is.
std::string http1_head_of(std::string_view http2_head);

}  // namespace lastframe::capture
