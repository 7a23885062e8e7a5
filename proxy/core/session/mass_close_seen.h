// Far more closes at once than a listener usually has: what is said of them when they are over.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "core/base/moment.h"

namespace lastframe::session {

struct MassCloseSeen {
  std::uint64_t id = 0;  // counts from 1 for each listener and upstream
  std::string listener;
  std::string upstream;             // the address that was connected to
  std::string configured_upstream;  // as the configuration names it; empty: others named it
  WallTime began;
  std::chrono::microseconds duration{0};
  std::uint32_t closes = 0;
  double usual_per_second = 0;            // before it
  std::chrono::milliseconds youngest{0};  // ages of those that ended
  std::chrono::milliseconds oldest{0};
  std::uint32_t by_client = 0;  // who began the end
  std::uint32_t by_server = 0;
  std::uint32_t without_close = 0;
  std::uint32_t with_restart_code = 0;  // 1001 or 1012

  bool operator==(const MassCloseSeen&) const = default;
};

}  // namespace lastframe::session
