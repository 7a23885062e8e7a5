// User names and passwords that clients of a forward or SOCKS5 proxy show.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lastframe::proxying {

// Whether "user:password" is one of `credentials`. How long it takes tells nothing of how much of
// a password was right.
bool is_known(std::span<const std::string> credentials, std::string_view shown);

// "user:password" in the value of a Proxy-Authorization field (RFC 7617 section 2), where it is of
// the Basic scheme and rightly encoded.
std::optional<std::string> basic_credentials(std::string_view field_value);

}  // namespace lastframe::proxying
