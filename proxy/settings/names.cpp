#include "settings/names.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "core/base/ip.h"
#include "core/base/words.h"
#include "core/proxying/authority.h"
#include "core/session/privacy.h"

namespace lastframe::settings {
namespace {

// Endings that are not delegated in public DNS: RFC 6762 (local), RFC 6761 (localhost), ICANN's
// resolution of July 2024 (internal), and those of names inside Kubernetes.
constexpr auto kPrivateEndings = std::to_array<std::string_view>(
    {".local", ".localhost", ".internal", ".svc", ".cluster.local"});

constexpr auto kPrivateRanges = std::to_array<std::string_view>(
    {"0.0.0.0", "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16",
     "::", "::1", "fc00::/7", "fe80::/10"});

}  // namespace

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
