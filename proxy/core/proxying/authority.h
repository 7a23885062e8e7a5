// "host:port" as clients and operators write it: whom a connection is to reach.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "core/proxying/negotiation.h"

namespace lastframe::proxying {

// A numeric address without brackets, or a name that can be looked up. What the system's resolver
// would take for an address written in another way ("127.1", "0x7f000001") is neither.
bool is_host(std::string_view host);

// A name, all names under one ("*.example") or every name ("*"), as name_pattern.h matches them.
bool is_name_pattern(std::string_view text);

// 0 to 65535, in decimal digits; leading zeros do not matter (RFC 3986 section 3.2.3).
std::optional<std::uint16_t> parse_port(std::string_view text);

// "host:port", "[2001:db8::1]:port" (RFC 3986 section 3.2), without a user. Where the port is
// missing or empty it is `default_port`; without one of these it must be there. The error is a
// phrase that goes on behind the text.
std::expected<Destination, std::string> parse_authority(
    std::string_view text, std::optional<std::uint16_t> default_port = {});

// "host:port", an IPv6 address in brackets; numeric addresses are written as ip_text() does it.
std::string authority_text(std::string_view host, std::uint16_t port);

}  // namespace lastframe::proxying
