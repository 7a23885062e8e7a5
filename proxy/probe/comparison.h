// What changed on the way, in sentences: heads and frames as they were sent, and as they arrived.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "probe/frame.h"

namespace lastframe::probe {

// None: nothing changed. `way`: "on the way to the echo", "on the way back".
std::vector<std::string> head_differences(std::string_view sent, std::string_view arrived,
                                          std::string_view way);
std::vector<std::string> frame_differences(const std::vector<FrameForm>& sent,
                                           const std::vector<FrameForm>& arrived,
                                           std::string_view way);

// The frames that a conforming echo sends back: data as it came, a Pong for each Ping.
std::vector<FrameForm> echo_of(const std::vector<Frame>& sent);

}  // namespace lastframe::probe
