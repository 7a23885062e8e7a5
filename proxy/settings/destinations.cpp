#include "settings/destinations.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "core/base/words.h"
#include "core/proxying/route.h"

namespace lastframe::settings {
namespace {

constexpr const char* kRouteExample = "{host: chat.example, upstream: ws://127.0.0.1:9000}";
constexpr const char* kConditionExample = "a name such as chat.example, or a path such as /chat";

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

// One condition of a route; what does not hold as its writer means it is left out.
void read_condition(const Value::Section& section, std::string_view key,
                    std::string_view proxying::RoutePattern::* field, std::string& condition) {
  const Value* value = section.find(key);
  if (value == nullptr) return;
  auto text = value->scalar(kConditionExample);
  if (!text) return;
  if (text->empty()) {
    value->wrong("the text is empty",
                 fmt::format("write {}, or leave the key out", kConditionExample));
    return;
  }
  proxying::RoutePattern pattern;
  pattern.*field = *text;
  if (auto mistake = proxying::mistake_in(pattern)) {
    value->wrong(*std::move(mistake));
    return;
  }
  condition = *std::move(text);
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
  using proxying::RoutePattern;
  read_condition(*section, "server_name", &RoutePattern::server_name, route.server_name);
  read_condition(*section, "host", &RoutePattern::host, route.host);
  read_condition(*section, "path", &RoutePattern::path, route.path);
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
