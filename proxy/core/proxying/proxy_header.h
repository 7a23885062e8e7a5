// The PROXY protocol: a header before a connection's first byte that names the real client
// (HAProxy's doc/proxy-protocol.txt, versions 1 and 2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "core/base/bytes.h"

namespace lastframe::proxying {

// `host` is numeric, without brackets; empty for a unix socket. What is read is written as
// ip_text() writes it, an IPv4 address inside IPv6 as IPv4.
struct HostAndPort {
  std::string host;
  std::uint16_t port = 0;

  bool operator==(const HostAndPort&) const = default;
};

struct ProxyHeaderRead {
  enum class State : unsigned char { incomplete, complete, malformed };
  State state = State::incomplete;
  // Of the header, in bytes; where it is incomplete, of the whole one as far as it says that: else
  // 0.
  std::size_t size = 0;
  // Absent where the sender speaks for itself (LOCAL), or does not know (UNKNOWN, AF_UNSPEC).
  std::optional<HostAndPort> source;
  std::optional<HostAndPort> destination;
  std::string fault;  // of a malformed one: a short phrase
};

inline constexpr std::size_t kLongestProxyHeader = 16 + 65535;  // bytes, of version 2

// `bytes`: all of the stream so far. Malformed from the first byte that no header can have there.
ProxyHeaderRead read_proxy_header(ByteView bytes);

// Of two families, the IPv4 address is written as IPv6 (::ffff:a.b.c.d). Where one of the two is no
// numeric address, the header says that it does not know them (UNKNOWN, LOCAL).
std::string proxy_header_v1(const HostAndPort& source, const HostAndPort& destination);
std::string proxy_header_v2(const HostAndPort& source, const HostAndPort& destination);

}  // namespace lastframe::proxying
