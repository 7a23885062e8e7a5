#include "net/own_addresses.h"

#include <ifaddrs.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "core/base/ip.h"

namespace lastframe::net {
namespace {

std::optional<IpBytes> number_of(std::string_view host) {
  return parse_ip(host.substr(0, host.find('%')));  // fe80::1%eth0
}

// Asked only for the port of a listener of ours: a few system calls do not matter.
bool is_of_this_machine(const IpBytes& ip) {
  if (is_loopback(ip) || is_unspecified(ip)) return true;
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return false;
  bool is_found = false;
  for (const ifaddrs* each = all; each != nullptr && !is_found; each = each->ifa_next) {
    if (each->ifa_addr == nullptr) continue;
    const int family = each->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    const socklen_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    is_found = number_of(SocketAddress::from(each->ifa_addr, size).host_text()) == ip;
  }
  freeifaddrs(all);
  return is_found;
}

bool reaches(const IpBytes& to, std::string_view listening) {
  const auto at = number_of(listening);
  if (!at || is_unspecified(*at)) return is_of_this_machine(to);  // ":8080" has no host
  return to == *at || (is_unspecified(to) && is_loopback(*at));
}

}  // namespace

void OwnAddresses::set_listeners(std::vector<Address> addresses) {
  const std::unique_lock lock(mutex_);
  listeners_ = std::move(addresses);
}

void OwnAddresses::add(Address address) {
  const std::unique_lock lock(mutex_);
  others_.push_back(std::move(address));
}

bool OwnAddresses::holds(const SocketAddress& to) const {
  if (to.is_unix()) return false;
  const auto ip = number_of(to.host_text());
  const auto is_it = [&](const Address& own) {
    const auto* const tcp = std::get_if<TcpAddress>(&own);
    return tcp != nullptr && tcp->port == to.port() && ip && reaches(*ip, tcp->host);
  };
  const std::shared_lock lock(mutex_);
  return std::ranges::any_of(listeners_, is_it) || std::ranges::any_of(others_, is_it);
}

}  // namespace lastframe::net
