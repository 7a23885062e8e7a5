// What names and addresses tell of where they lead.
#pragma once

#include <string_view>

namespace lastframe::settings {

// Whether a connection to `host` surely does not cross the public Internet: this machine, an
// address of a private, unique local or link-local range (RFC 1918, RFC 4193, RFC 3927, RFC 4291
// section 2.5.6), or a name that public DNS has no answer for. Other names may lead anywhere.
bool is_private_host(std::string_view host);

}  // namespace lastframe::settings
