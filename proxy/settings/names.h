// Names and addresses as conditions and rules of a configuration hold them.
#pragma once

#include <string_view>

namespace lastframe::settings {

// "chat.example", or "*.example" for all names under it; not a numeric address.
bool is_name_pattern(std::string_view text);

// What a forward proxy's clients may reach: "*", a name pattern, or an address or range such as
// "10.0.0.0/8", each with ":port" behind it or for every port. IPv6 with a port stands in
// brackets, "[2001:db8::/32]:443".
bool is_destination(std::string_view text);

// Whether a connection to `host` surely does not cross the public Internet: this machine, an
// address of a private, unique local or link-local range (RFC 1918, RFC 4193, RFC 3927, RFC 4291
// section 2.5.6), or a name that public DNS has no answer for. Other names may lead anywhere.
bool is_private_host(std::string_view host);

}  // namespace lastframe::settings
