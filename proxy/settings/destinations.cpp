#include "settings/destinations.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "core/base/ip.h"
#include "core/base/words.h"
#include "settings/names.h"

namespace lastframe::settings {
namespace {

constexpr const char* kRouteExample = "{host: chat.example, upstream: ws://127.0.0.1:9000}";
constexpr const char* kNameExample = "a name such as chat.example or *.example";
constexpr const char* kPathExample = "a path such as /chat, or /chat/* with all below it";

void read_upstream(const Value& value, const net::Address* listen,
                   std::vector<net::Upstream>& upstreams) {
  const auto text = value.scalar(kUpstreamExample);
  if (!text) return;
  auto upstream = net::parse_upstream(*text);
  if (!upstream) {
    value.wrong(std::move(upstream.error()));
    return;
  }
  if (listen != nullptr && net::leads_to(upstream->address, *listen)) {
    value.wrong(fmt::format("{} is the address of this listener itself", net::to_text(*upstream)),
                "write the address of the service behind it");
    return;
  }
  upstreams.push_back(*std::move(upstream));
}

void read_server_name(const Value* value, std::string& server_name) {
  if (value == nullptr) return;
  const auto text = value->scalar(kNameExample);
  if (!text) return;
  if (is_name_pattern(*text)) {
    server_name = *text;
    return;
  }
  // RFC 6066 section 3: literal addresses "are not permitted".
  value->wrong(fmt::format("{} is not a name that clients of TLS can ask for", in_quotes(*text)),
               fmt::format("write {}", kNameExample));
}

void read_host(const Value* value, std::string& host) {
  if (value == nullptr) return;
  const auto text = value->scalar(kNameExample);
  if (!text) return;
  if (is_name_pattern(*text) || parse_ip(*text)) {
    host = *text;
    return;
  }
  value->wrong(fmt::format("{} is not a host", in_quotes(*text)),
               fmt::format("write {}, without a port", kNameExample));
}

void read_path(const Value* value, std::string& path) {
  if (value == nullptr) return;
  const auto text = value->scalar(kPathExample);
  if (!text) return;
  std::string_view plain = *text;
  if (plain.ends_with("/*")) plain.remove_suffix(1);
  // RFC 3986 section 3.3, loosely: clients send more than that.
  const bool is_path = plain.starts_with('/') && std::ranges::all_of(plain, [](char c) {
                         return c > ' ' && c < 0x7F && c != '?' && c != '#' && c != '*';
                       });
  if (is_path) {
    path = *text;
    return;
  }
  value->wrong(fmt::format("{} is not a path", in_quotes(*text)),
               fmt::format("write {}; a query does not matter", kPathExample));
}

// The same for two routes that hold for the same connections.
std::string conditions_of(const net::Route& route) {
  return fmt::format("{} {} {}", in_lower_case(route.server_name), in_lower_case(route.host),
                     route.path);
}

std::optional<net::Route> read_route(const Value& value, const net::Address* listen) {
  const auto section = value.section("listeners[].routes[]", kRouteExample);
  if (!section) return std::nullopt;
  net::Route route;
  route.origin = {value.place()};
  read_server_name(section->find("server_name"), route.server_name);
  read_host(section->find("host"), route.host);
  read_path(section->find("path"), route.path);
  const bool has_condition = section->find("server_name") != nullptr ||
                             section->find("host") != nullptr || section->find("path") != nullptr;
  if (!has_condition) {
    value.wrong("a route without a condition would take every connection",
                "add server_name, host or path; the listener's own upstream takes the rest");
  }
  if (const Value* upstream = section->find("upstream")) {
    read_upstreams(*upstream, listen, route.upstreams);
  } else {
    value.missing("upstream", fmt::format("write {}", kUpstreamExample));
  }
  const bool is_whole = !route.server_name.empty() || !route.host.empty() || !route.path.empty();
  if (!is_whole) return std::nullopt;
  return route;
}

}  // namespace

void read_upstreams(const Value& value, const net::Address* listen,
                    std::vector<net::Upstream>& upstreams) {
  if (value.kind() != YamlKind::list) {
    read_upstream(value, listen, upstreams);
    return;
  }
  const auto items = value.items(kUpstreamExample);
  if (items->empty()) value.wrong("the list is empty", fmt::format("write {}", kUpstreamExample));
  for (const Value& item : *items) read_upstream(item, listen, upstreams);
}

void read_routes(const Value& value, const net::Address* listen, std::vector<net::Route>& routes) {
  const auto items = value.items(fmt::format("[{}]", kRouteExample));
  if (!items) return;
  std::unordered_map<std::string, int> lines;
  for (const Value& item : *items) {
    auto route = read_route(item, listen);
    if (!route) continue;
    const auto [first, is_new] = lines.emplace(conditions_of(*route), item.line());
    if (!is_new) {
      item.wrong(fmt::format("the route in line {} has the same conditions and comes first",
                             first->second),
                 "keep one of the two; its upstream may be a list");
    }
    routes.push_back(*std::move(route));
  }
}

}  // namespace lastframe::settings
