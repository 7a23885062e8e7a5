#include "core/base/ip.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
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

}  // namespace lastframe
