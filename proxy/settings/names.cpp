#include "settings/names.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/ip.h"
#include "core/base/words.h"
#include "core/proxying/authority.h"
#include "core/session/privacy.h"
#include "net/address.h"
#include "settings/quantities.h"

namespace lastframe::settings {
namespace {

// Endings that are not delegated in public DNS: RFC 6762 (local), RFC 6761 (localhost), ICANN's
// resolution of July 2024 (internal), and those of names inside Kubernetes.
constexpr auto kPrivateEndings = std::to_array<std::string_view>(
    {".local", ".localhost", ".internal", ".svc", ".cluster.local"});

constexpr auto kPrivateRanges = std::to_array<std::string_view>(
    {"0.0.0.0", "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16",
     "::", "::1", "fc00::/7", "fe80::/10"});

bool is_port(std::string_view text) {
  const auto number = parse_whole_number(text);
  return number && *number >= 1 && *number <= 65535;
}

bool is_range(std::string_view text) { return session::parse_address_range(text).has_value(); }

}  // namespace

bool is_name_pattern(std::string_view text) {
  if (text.starts_with("*.")) text.remove_prefix(2);
  return net::is_host_name(text) && !parse_ip(text);
}

bool is_destination(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return false;
    const std::string_view inside = text.substr(1, end - 1);
    const std::string_view rest = text.substr(end + 1);
    const bool has_good_end = rest.empty() || (rest.starts_with(':') && is_port(rest.substr(1)));
    return has_good_end && inside.contains(':') && is_range(inside);
  }
  std::string_view host = text;
  if (std::ranges::count(text, ':') == 1) {
    host = text.substr(0, text.find(':'));
    if (!is_port(text.substr(host.size() + 1))) return false;
  }
  return host == "*" || is_name_pattern(host) || is_range(host);
}

bool is_private_host(std::string_view host) {
  if (parse_ip(host)) {
    static const auto ranges = [] {
      std::vector<session::AddressRange> parsed;
      for (const auto text : kPrivateRanges) parsed.push_back(*session::parse_address_range(text));
      return parsed;
    }();
    return session::is_trusted(host, ranges);
  }
  // "0x8080808" has one label, too, but the resolver takes it for an address.
  if (!proxying::is_host(host)) return false;
  std::string name = in_lower_case(host);
  if (name.ends_with('.')) name.pop_back();
  if (!name.contains('.')) return true;  // completed by the search list of this machine's resolver
  return std::ranges::any_of(kPrivateEndings,
                             [&](std::string_view ending) { return name.ends_with(ending); });
}

}  // namespace lastframe::settings
