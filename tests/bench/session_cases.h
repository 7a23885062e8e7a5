// What inspecting a whole session costs: the frames of one direction, fed as the relay feeds them.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace bench {

struct SessionCost {
  std::string name;
  double ns_per_kib_of_wire;                  // of payload as it stands on the wire
  std::optional<double> ns_per_kib_inflated;  // where messages are compressed
};

/// Beside each group of compressed messages: what zlib alone takes to inflate the same data. Exits
/// where a session has not looked into everything, or complains.
std::vector<SessionCost> session_costs();

}  // namespace bench
