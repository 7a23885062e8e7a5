#include "ssl/names.h"

#include <algorithm>
#include <cstddef>

#include "core/base/ascii.h"
#include "core/base/ip.h"
#include "core/base/words.h"

namespace lastframe::ssl {
namespace {

constexpr std::size_t kLongestName = 253;  // RFC 1035 section 3.1: 255 on the wire
constexpr std::size_t kLongestLabel = 63;  // RFC 1035 section 2.3.4

bool is_label(std::string_view label) {
  const auto is_allowed = [](char c) { return is_alphanumeric(c) || c == '-' || c == '_'; };
  return !label.empty() && label.size() <= kLongestLabel && std::ranges::all_of(label, is_allowed);
}

bool is_name(std::string_view name) {
  while (true) {
    const std::size_t dot = name.find('.');
    if (!is_label(name.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

bool fits(std::string_view pattern, std::string_view name) {
  if (pattern == "*") return true;
  if (!pattern.starts_with("*.")) return pattern == name;
  pattern.remove_prefix(1);
  return name.size() > pattern.size() && name.ends_with(pattern);
}

}  // namespace

std::optional<std::string> host_name(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.size() > kLongestName || !is_name(text) || parse_ip(text)) return std::nullopt;
  return in_lower_case(text);
}

std::string wildcard_of(std::string_view name) {
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos || parse_ip(name)) return {};
  return "*" + std::string(name.substr(dot));
}

bool any_fits(std::span<const std::string> patterns, std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  const std::string lower_name = in_lower_case(name);
  return std::ranges::any_of(patterns, [&](const std::string& pattern) {
    return fits(in_lower_case(pattern), lower_name);
  });
}

}  // namespace lastframe::ssl
