// Numeric IP addresses as text, read without asking the system.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lastframe {

// An IPv6 address in network order; an IPv4 address is held as IPv4-mapped (::ffff:a.b.c.d).
using IpBytes = std::array<std::uint8_t, 16>;

inline constexpr unsigned kIpv4PrefixBits = 96;  // of an IPv4-mapped address

// Four decimal numbers without leading zeros, as inet_pton(3) reads them.
std::optional<IpBytes> parse_ipv4(std::string_view text);

// RFC 4291 section 2.2, without brackets and without a zone.
std::optional<IpBytes> parse_ipv6(std::string_view text);

// Either of the two.
std::optional<IpBytes> parse_ip(std::string_view text);

// Whether it is held as IPv4-mapped.
bool is_ipv4(const IpBytes& ip);

bool is_loopback(const IpBytes& ip);     // 127.0.0.0/8, ::1
bool is_unspecified(const IpBytes& ip);  // 0.0.0.0, ::, which connect() takes for loopback
bool is_link_local(const IpBytes& ip);   // 169.254.0.0/16, fe80::/10

// As RFC 5952 has it; an IPv4-mapped address is the IPv4 address.
std::string ip_text(const IpBytes& ip);

}  // namespace lastframe
