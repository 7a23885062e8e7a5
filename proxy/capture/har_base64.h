// Bytes as a HAR writes them: base64 (RFC 4648 section 4).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lastframe::capture {

std::string base64_of(std::string_view bytes);

// With padding or without, and with the characters of section 5 for those of section 4. No value:
// it is no base64.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace lastframe::capture
