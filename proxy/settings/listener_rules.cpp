#include "settings/listener_rules.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "net/address.h"
#include "settings/destinations.h"
#include "settings/mode_words.h"
#include "settings/names.h"

namespace lastframe::settings {
namespace {

bool asks_clients(net::Mode mode) {
  return mode == net::Mode::forward || mode == net::Mode::socks5;
}

bool is_behind_firewall(net::Mode mode) {
  return mode == net::Mode::transparent || mode == net::Mode::tproxy;
}

// Where only this machine can connect.
bool is_local(const net::Address& listen) {
  const auto* tcp = std::get_if<net::TcpAddress>(&listen);
  return tcp == nullptr || tcp->host.starts_with("127.") || tcp->host == "::1";
}

// The first upstream with TLS that may be reached over the public Internet.
std::optional<std::string> public_upstream(const net::ListenerOptions& options) {
  const auto first_of = [](const std::vector<net::Upstream>& upstreams) {
    std::optional<std::string> found;
    for (const net::Upstream& upstream : upstreams) {
      const auto* tcp = std::get_if<net::TcpAddress>(&upstream.address);
      const bool is_public = upstream.is_tls && tcp != nullptr && !is_private_host(tcp->host);
      if (is_public && !found) found = net::to_text(upstream);
    }
    return found;
  };
  if (options.mode != net::Mode::reverse) return "wherever clients want to go";
  if (auto found = first_of(options.upstreams)) return found;
  for (const net::Route& route : options.routes) {
    if (auto found = first_of(route.upstreams)) return found;
  }
  return std::nullopt;
}

void check_client_address(const Value::Section& section, const net::ListenerOptions& options) {
  if (!options.has_clients_address) return;
  if (options.mode != net::Mode::tproxy) {
    section.find("client_address")
        ->wrong("only mode tproxy can connect from the client's own address",
                "write false, or mode: tproxy");
  } else if (!options.source_addresses.empty()) {
    section.find("source_addresses")
        ->wrong("connections come from the client's own address (client_address: true)",
                "keep one of the two keys");
  }
}

// Which way a listener's connections go: the operator says it in reverse mode, and only there.
void check_destinations(const Value& listener, const Value::Section& section, net::Mode mode) {
  const Value* routes = section.find("routes");
  const bool has_routes =
      routes != nullptr && (routes->kind() != YamlKind::list || !routes->items("")->empty());
  if (mode == net::Mode::reverse) {
    if (section.find("upstream") == nullptr && !has_routes) {
      listener.missing("upstream", fmt::format("write {}, or routes", kUpstreamExample));
    }
    return;
  }
  for (const std::string_view key : {"upstream", "routes"}) {
    const Value* value = section.find(key);
    if (value == nullptr) continue;
    value->wrong(fmt::format("in mode {} each connection says itself where it goes", name(mode)),
                 "leave the key out, or write mode: reverse");
  }
}

}  // namespace

void check_mode(const Value& listener, const Value::Section& section,
                const net::ListenerOptions& options) {
  const std::string_view mode = name(options.mode);
  check_destinations(listener, section, options.mode);
  check_client_address(section, options);
  const Value* access = section.find("access");
  if (access != nullptr && !asks_clients(options.mode)) {
    access->wrong(fmt::format("mode {} asks nobody who they are or where they go", mode),
                  "leave the key out, or write mode: forward or socks5");
  }
  const Value* listen = section.find("listen");
  if (listen != nullptr && is_behind_firewall(options.mode) &&
      std::holds_alternative<net::UnixPath>(options.listen)) {
    listen->wrong(fmt::format("a firewall cannot lead connections to a unix socket, as mode {} "
                              "needs it",
                              mode),
                  "write an address such as :8080");
  }
}

void check_dangers(const Value* listen, const net::ListenerOptions& options, const Access& access,
                   const UpstreamTls& upstream_tls) {
  if (listen != nullptr && asks_clients(options.mode) && !is_local(options.listen) &&
      !access.limits_clients && !access.is_open) {
    listen->wrong(fmt::format("everybody who reaches {} could use this proxy to get anywhere",
                              net::to_text(options.listen)),
                  "write access: {clients: [10.0.0.0/8]} or {credentials_file: FILE}, listen on "
                  "127.0.0.1, or write access: {open: true} if that is meant");
  }
  const bool is_claimed =
      options.proxy_protocol.is_accepted && options.proxy_protocol.trusted.empty();
  if (listen != nullptr && asks_clients(options.mode) && !is_local(options.listen) && is_claimed &&
      !access.rules.clients.empty() && !access.is_open) {
    listen->wrong(
        fmt::format("everybody who reaches {} could claim in a PROXY header to be one of "
                    "access.clients",
                    net::to_text(options.listen)),
        "write proxy_protocol: {accept: true, from: [10.0.0.5]} with the addresses of your load "
        "balancers, or access: {open: true} if that is meant");
  }
  if (!upstream_tls.unverified || upstream_tls.allows_public) return;
  if (const auto where = public_upstream(options)) {
    upstream_tls.unverified->wrong(
        fmt::format("without it anybody on the way could answer for {}, which is not surely in a "
                    "private network",
                    *where),
        "write true, with `ca` for an authority of your own, or allow_public: true if that is "
        "meant");
  }
}

}  // namespace lastframe::settings
