// Who may ask the admin port what. A browser is the danger on loopback: any page may make it send
// requests there, under a name that leads to us (DNS rebinding) or from another origin.
#pragma once

#include <optional>
#include <string_view>

#include "admin/message.h"
#include "admin/options.h"

namespace lastframe::admin {

// "localhost", 127.0.0.0/8 or ::1, without brackets.
bool is_loopback(std::string_view host);

// Whether only this machine reaches it.
bool is_local(const net::Address& address);

// Why the request is not answered; nothing where it may be. Looks at Host, Origin and token only.
std::optional<Response> access_refusal(const Request& request, const Options& options);

}  // namespace lastframe::admin
