// The connection that a test's session is of, where any will do.
#pragma once

#include <chrono>

#include "core/session/session.h"

namespace lastframe::test {

inline constexpr session::SessionStart kSomeStart{
    .id = 7,
    .client = "192.0.2.1:1",
    .is_client_trusted = false,
    .accepted = Moment{std::chrono::seconds(100)},
    .accepted_wall = WallTime{std::chrono::seconds(5)}};

}  // namespace lastframe::test
