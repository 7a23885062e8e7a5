// How configurations and summaries spell the modes of a listener.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "net/options.h"

namespace lastframe::settings {

// In the order of net::Mode.
inline constexpr auto kModes =
    std::to_array<std::string_view>({"reverse", "forward", "transparent", "tproxy", "socks5"});
static_assert(kModes.size() == static_cast<std::size_t>(net::Mode::socks5) + 1);

inline constexpr std::string_view name(net::Mode mode) {
  return kModes[static_cast<std::size_t>(mode)];
}

}  // namespace lastframe::settings
