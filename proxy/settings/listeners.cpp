#include "settings/listeners.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>

#include "core/base/words.h"
#include "net/address.h"
#include "net/own_addresses.h"
#include "net/socket_address.h"
#include "settings/listener.h"

namespace lastframe::settings {
namespace {

constexpr std::size_t kMostListeners = 1000;  // each costs a socket in every worker
constexpr const char* kExample = "[{listen: 127.0.0.1:8080, upstream: ws://127.0.0.1:9000}]";

void compare(const Listener& listener, const Listener& earlier) {
  const std::string& name = listener.options.name;
  if (listener.name && !name.empty() && name == earlier.options.name) {
    listener.name->wrong(fmt::format("{} is the name of the listener in line {}", in_quotes(name),
                                     earlier.value.line()),
                         "give each listener its own name");
  }
  if (!listener.listen || !earlier.listen) return;
  if (!net::is_same_listen_address(listener.options.listen, earlier.options.listen)) return;
  listener.listen->wrong(fmt::format("{} is where the listener in line {} listens",
                                     net::to_text(listener.options.listen), earlier.value.line()),
                         "give each listener its own address");
}

bool leads_to(const net::Upstream& upstream, const net::Address& listen) {
  if (net::leads_to(upstream.address, listen)) return true;
  const auto* const tcp = std::get_if<net::TcpAddress>(&upstream.address);
  if (tcp == nullptr) return false;
  const auto numeric = net::SocketAddress::of_numeric(tcp->host, tcp->port);
  net::OwnAddresses own;  // knows the addresses of this machine, too
  own.add(listen);
  return numeric && own.holds(*numeric);
}

// To which listeners each of them leads.
using Ways = std::vector<std::vector<std::size_t>>;

Ways ways_of(const std::vector<Listener>& listeners) {
  std::unordered_multimap<std::string, std::size_t> at;  // by port, or by path
  const auto place = [](const net::Address& address) {
    const auto* const tcp = std::get_if<net::TcpAddress>(&address);
    return tcp != nullptr ? std::to_string(tcp->port) : net::to_text(address);
  };
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    if (listeners[i].listen) at.emplace(place(listeners[i].options.listen), i);
  }
  Ways ways(listeners.size());
  for (std::size_t from = 0; from < listeners.size(); ++from) {
    const auto add = [&](const std::vector<net::Upstream>& upstreams) {
      for (const net::Upstream& upstream : upstreams) {
        const auto [first, last] = at.equal_range(place(upstream.address));
        for (auto to = first; to != last; ++to) {
          const std::size_t other = to->second;
          if (leads_to(upstream, listeners[other].options.listen)) ways[from].push_back(other);
        }
      }
    };
    add(listeners[from].options.upstreams);
    for (const net::Route& route : listeners[from].options.routes) add(route.upstreams);
  }
  return ways;
}

// The way from `start` back to it, without its end; empty: there is none.
std::vector<std::size_t> circle_from(std::size_t start, const Ways& ways) {
  std::vector<std::optional<std::size_t>> before(ways.size());
  std::vector<std::size_t> due{start};
  for (std::size_t next = 0; next < due.size(); ++next) {
    for (const std::size_t to : ways[due[next]]) {
      if (to == start) {
        std::vector<std::size_t> circle{due[next]};
        while (circle.back() != start) circle.push_back(*before[circle.back()]);
        std::ranges::reverse(circle);
        return circle;
      }
      if (before[to]) continue;
      before[to] = due[next];
      due.push_back(to);
    }
  }
  return {};
}

// A connection to such a listener would come back to it, again and again, until no descriptor is
// left. Each circle is told once, where its first listener stands.
void check_circles(const std::vector<Listener>& listeners) {
  const Ways ways = ways_of(listeners);
  std::vector<bool> is_told(listeners.size());
  for (std::size_t start = 0; start < listeners.size(); ++start) {
    if (is_told[start] || ways[start].empty()) continue;
    const auto circle = circle_from(start, ways);
    if (circle.empty()) continue;
    std::string text;
    for (const std::size_t each : circle) {
      is_told[each] = true;
      text += in_quotes(listeners[each].options.name) + " -> ";
    }
    text += in_quotes(listeners[start].options.name);
    listeners[start].listen->wrong(
        "every connection would come back to this listener for ever: " + text,
        "let one of their upstreams be the service itself");
  }
}

}  // namespace

std::vector<net::ListenerOptions> read_listeners(const Value& value,
                                                 const std::filesystem::path& folder) {
  const auto items = value.items(kExample);
  if (!items) return {};
  if (items->empty()) value.wrong("the list is empty", fmt::format("write {}", kExample));
  if (items->size() > kMostListeners) {
    value.wrong(fmt::format("there are {} listeners", items->size()), "write at most 1000");
    return {};
  }

  std::vector<Listener> listeners;
  for (const Value& item : *items) {
    Listener listener = read_listener(item, folder);
    const bool is_map = item.kind() == YamlKind::map;
    if (!listener.name && items->size() == 1) listener.options.name = "default";
    if (!listener.name && items->size() > 1 && is_map) {
      item.missing("name", "write a name; only a single listener may go without");
    }
    for (const Listener& earlier : listeners) compare(listener, earlier);
    listeners.push_back(std::move(listener));
  }
  check_circles(listeners);
  std::vector<net::ListenerOptions> options;
  for (Listener& listener : listeners) options.push_back(std::move(listener.options));
  return options;
}

}  // namespace lastframe::settings
