// Where a redirected connection was going before the firewall sent it to us.
#pragma once

#include <optional>

#include "net/socket_address.h"

namespace lastframe::net {

// Of a REDIRECT: SO_ORIGINAL_DST (linux/netfilter_ipv4.h, netfilter_ipv6/ip6_tables.h). Absent
// where the connection came to our own address, and where there is no connection tracking.
std::optional<SocketAddress> redirected_from(int fd);

// Of a TPROXY: the socket's own address. Absent where that has `own_port`, which is ours.
std::optional<SocketAddress> intercepted_from(int fd, std::uint16_t own_port);

}  // namespace lastframe::net
