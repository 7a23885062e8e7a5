#include "core/base/ip.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <span>
#include <string>
#include <system_error>

namespace lastframe {
namespace {

constexpr std::size_t kGroups = 8;

// All of `text` as an unsigned number of at most `digits` digits.
std::optional<unsigned> number(std::string_view text, int base, std::size_t digits) {
  if (text.empty() || text.size() > digits) return std::nullopt;
  unsigned value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

struct Groups {
  std::array<std::uint16_t, kGroups> values{};
  std::size_t count = 0;
};

// Groups separated by single colons; an IPv4 address may stand in place of the last two.
// "" is no groups at all.
std::optional<Groups> parse_groups(std::string_view text, bool is_end) {
  Groups groups;
  if (text.empty()) return groups;
  while (true) {
    const std::size_t colon = text.find(':');
    const std::string_view part = text.substr(0, colon);
    const bool is_last = colon == std::string_view::npos;
    if (is_last && is_end && part.contains('.')) {
      const auto ipv4 = parse_ipv4(part);
      if (!ipv4 || groups.count + 2 > kGroups) return std::nullopt;
      for (std::size_t at = 12; at < 16; at += 2) {
        groups.values[groups.count++] =
            static_cast<std::uint16_t>((*ipv4)[at] << 8 | (*ipv4)[at + 1]);
      }
      return groups;
    }
    const auto value = number(part, 16, 4);
    if (!value || groups.count == kGroups) return std::nullopt;
    groups.values[groups.count++] = static_cast<std::uint16_t>(*value);
    if (is_last) return groups;
    text.remove_prefix(colon + 1);
  }
}

// The longest run of groups that are 0, the first of equals; RFC 5952 section 4.2.2 leaves a single
// one as it is. {kGroups, 0}: there is none.
struct Run {
  std::size_t begin = kGroups;
  std::size_t size = 0;
};

Run longest_zeros(const std::array<unsigned, kGroups>& groups) {
  Run best;
  for (std::size_t begin = 0; begin < kGroups; ++begin) {
    std::size_t end = begin;
    while (end < kGroups && groups[end] == 0) ++end;
    if (end - begin > std::max<std::size_t>(best.size, 1)) best = {begin, end - begin};
  }
  return best;
}

}  // namespace

std::optional<IpBytes> parse_ipv4(std::string_view text) {
  IpBytes bytes{};
  bytes[10] = bytes[11] = 0xFF;
  for (std::size_t at = 12; at < 16; ++at) {
    const std::size_t dot = text.find('.');
    const bool is_last = at == 15;
    if (is_last != (dot == std::string_view::npos)) return std::nullopt;
    const std::string_view part = text.substr(0, dot);
    const auto value = number(part, 10, 3);
    if (!value || *value > 255 || (part.size() > 1 && part.front() == '0')) return std::nullopt;
    bytes[at] = static_cast<std::uint8_t>(*value);
    if (!is_last) text.remove_prefix(dot + 1);
  }
  return bytes;
}

std::optional<IpBytes> parse_ipv6(std::string_view text) {
  const std::size_t gap = text.find("::");
  const bool has_gap = gap != std::string_view::npos;
  const auto head = parse_groups(text.substr(0, gap), !has_gap);
  const auto tail = parse_groups(has_gap ? text.substr(gap + 2) : std::string_view{}, true);
  if (!head || !tail) return std::nullopt;
  const std::size_t count = head->count + tail->count;
  if (has_gap ? count >= kGroups : count != kGroups) return std::nullopt;

  std::array<std::uint16_t, kGroups> groups = head->values;
  std::copy_n(tail->values.begin(), tail->count,
              groups.end() - static_cast<std::ptrdiff_t>(tail->count));
  IpBytes bytes{};
  for (std::size_t i = 0; i < kGroups; ++i) {
    bytes[2 * i] = static_cast<std::uint8_t>(groups[i] >> 8);
    bytes[2 * i + 1] = static_cast<std::uint8_t>(groups[i] & 0xFF);
  }
  return bytes;
}

std::optional<IpBytes> parse_ip(std::string_view text) {
  return text.contains(':') ? parse_ipv6(text) : parse_ipv4(text);
}

bool is_ipv4(const IpBytes& ip) {
  return std::all_of(ip.begin(), ip.begin() + 10, [](std::uint8_t byte) { return byte == 0; }) &&
         ip[10] == 0xFF && ip[11] == 0xFF;
}

bool is_loopback(const IpBytes& ip) { return is_ipv4(ip) ? ip[12] == 127 : ip_text(ip) == "::1"; }

bool is_unspecified(const IpBytes& ip) {
  const auto number = std::span(ip).subspan(is_ipv4(ip) ? kIpv4PrefixBits / 8 : 0);
  return std::ranges::all_of(number, [](std::uint8_t byte) { return byte == 0; });
}

bool is_link_local(const IpBytes& ip) {
  if (is_ipv4(ip)) return ip[12] == 169 && ip[13] == 254;
  return ip[0] == 0xFE && (ip[1] & 0xC0U) == 0x80;
}

std::string ip_text(const IpBytes& ip) {
  std::string text;
  if (is_ipv4(ip)) {
    for (std::size_t at = 12; at < 16; ++at) {
      if (at > 12) text += '.';
      text += std::to_string(ip[at]);
    }
    return text;
  }
  std::array<unsigned, kGroups> groups{};
  for (std::size_t i = 0; i < kGroups; ++i) groups[i] = ip[2 * i] * 256U + ip[2 * i + 1];
  const Run zeros = longest_zeros(groups);
  for (std::size_t i = 0; i < kGroups;) {
    if (i == zeros.begin) {
      text += "::";
      i += zeros.size;
      continue;
    }
    if (!text.empty() && !text.ends_with(':')) text += ':';
    std::array<char, 4> digits{};
    const auto end = std::to_chars(digits.begin(), digits.end(), groups[i++], 16).ptr;
    text.append(digits.begin(), end);
  }
  return text;
}

}  // namespace lastframe
