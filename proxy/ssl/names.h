// Names of servers as certificates and hellos bear them, and patterns of them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lastframe::ssl {

// `text` in lower case and without the dot at its end, where it can be a name in the DNS: labels of
// letters, digits, "-" and "_", not a numeric address. All else is nothing, whatever bytes it has:
// only such names reach OpenSSL, where a dot at the start or a NUL would mean something.
std::optional<std::string> host_name(std::string_view text);

// The key under which a certificate for `name` may stand besides: "*.example" for "chat.example";
// empty where there is none (RFC 6125 section 6.4.3: the wildcard is one whole label).
std::string wildcard_of(std::string_view name);

// Whether one of the patterns holds: the name itself, "*.example" for all names under it at any
// depth, or "*". In any case of letters.
bool any_fits(std::span<const std::string> patterns, std::string_view name);

}  // namespace lastframe::ssl
