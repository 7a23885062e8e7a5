// Why a proxy did not reach whom it was asked for, in the words of the field Proxy-Status (RFC 9209
// section 2.3): the way there and back.
#pragma once

#include <optional>
#include <string_view>

#include "core/proxying/negotiation.h"

namespace lastframe::proxying {

// The value of the parameter `error`.
std::string_view proxy_status_error(Refusal refusal);

// Of the field's whole value: the first error that it names (that of the proxy nearest to the
// destination), where it is one of those above.
std::optional<Refusal> refusal_in_proxy_status(std::string_view field_value);

}  // namespace lastframe::proxying
