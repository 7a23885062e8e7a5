// The heads of an opening handshake at both taps.
#pragma once

#include <string_view>

#include "diff/finding.h"
#include "diff/trace.h"

namespace lastframe::diff {

// What may be shown of a header field's value: nothing of credentials, cookies and what is not
// known to be harmless.
std::string shown_value(std::string_view name, std::string_view value);

// The request towards the server, the answer towards the client. `before` and `after`: the taps on
// the client's and on the server's side.
void compare_heads(const Trace& before, const Trace& after, Findings& findings);

}  // namespace lastframe::diff
