// What the admin port can be told.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "net/address.h"

namespace lastframe::admin {

struct Options {
  std::optional<net::Address> listen;  // absent: there is no admin port
  std::string token;                   // what "Authorization: Bearer" has to show; empty: nothing
  // Paths that need neither the token nor a Host of ours: probes come by address.
  std::vector<std::string> public_paths{"/healthz", "/readyz"};

  bool operator==(const Options&) const = default;
};

inline constexpr std::size_t kShortestToken = 16;  // bytes

}  // namespace lastframe::admin
