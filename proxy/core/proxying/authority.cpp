#include "core/proxying/authority.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <system_error>

#include "core/base/ascii.h"
#include "core/base/ip.h"

namespace lastframe::proxying {
namespace {

constexpr std::size_t kLongestName = 253;  // RFC 1035 section 2.3.4, without the last dot
constexpr std::size_t kLongestLabel = 63;

// Underscores are no letters of host names, but common in container networks.
bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= kLongestLabel && std::ranges::all_of(label, [](char c) {
    return is_alphanumeric(c) || c == '-' || c == '_';
  });
}

// No top-level domain is a number, so that resolvers read such a name as an address.
bool is_number(std::string_view label) {
  return std::ranges::all_of(label, is_digit) || label.starts_with("0x") || label.starts_with("0X");
}

bool is_name(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.size() > kLongestName) return false;
  while (true) {
    const std::string_view label = name.substr(0, name.find('.'));
    if (!is_label(label)) return false;
    if (label.size() == name.size()) return !is_number(label);
    name.remove_prefix(label.size() + 1);
  }
}

std::unexpected<std::string> because(std::string_view why) {
  return std::unexpected(std::string(why));
}

}  // namespace

bool is_host(std::string_view host) { return parse_ip(host).has_value() || is_name(host); }

bool is_name_pattern(std::string_view text) {
  if (text == "*") return true;
  if (text.starts_with("*.")) text.remove_prefix(2);
  return is_host(text) && !parse_ip(text);
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  if (text.empty() || !std::ranges::all_of(text, is_digit)) return std::nullopt;
  const auto fault = std::from_chars(text.data(), text.data() + text.size(), port).ec;
  return fault == std::errc{} ? std::optional(port) : std::nullopt;
}

std::expected<Destination, std::string> parse_authority(std::string_view text,
                                                        std::optional<std::uint16_t> default_port) {
  if (text.contains('@')) return because("names a user");
  std::string_view host = text.substr(0, text.find(':'));
  std::string_view rest = text.substr(host.size());
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return because("lacks a bracket");
    host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
    if (!parse_ipv6(host)) return because("has no IPv6 address within its brackets");
  }
  if (host.empty()) return because("names no host");
  if (!is_host(host)) return because("names neither a host nor an address");
  if (!rest.empty() && rest.front() != ':') return because("goes on behind its bracket");
  if (rest.size() <= 1) {
    if (!default_port) return because("names no port");
    return Destination{.host = std::string(host), .port = *default_port};
  }
  const auto port = parse_port(rest.substr(1));
  if (!port || *port == 0) return because("has no port from 1 to 65535");
  return Destination{.host = std::string(host), .port = *port};
}

std::string authority_text(std::string_view host, std::uint16_t port) {
  const auto ip = parse_ip(host);
  std::string text = ip ? ip_text(*ip) : std::string(host);
  if (text.contains(':')) text = "[" + text + "]";
  return text.append(":").append(std::to_string(port));
}

}  // namespace lastframe::proxying
