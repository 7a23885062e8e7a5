// Where a listener takes its clients: its upstreams, and its routes to others.
#pragma once

#include <vector>

#include "net/address.h"
#include "net/options.h"
#include "settings/value.h"

namespace lastframe::settings {

inline constexpr const char* kUpstreamExample = "an upstream such as ws://127.0.0.1:9000";

// One upstream or a list of them. `listen` is where their listener listens, if that is known: an
// upstream that leads back there is a mistake.
void read_upstreams(const Value& value, const net::Address* listen,
                    std::vector<net::Upstream>& upstreams);

void read_routes(const Value& value, const net::Address* listen, std::vector<net::Route>& routes);

}  // namespace lastframe::settings
