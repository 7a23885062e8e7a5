#include "net/listener_runtime.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace lastframe::net {
namespace {

std::expected<UpstreamTarget, Error> target_of(const Upstream& upstream) {
  UpstreamTarget target{.address = NameToResolve{},
                        .text = to_text(upstream),
                        .tls = upstream.is_tls ? TlsUse::always : TlsUse::never};
  if (const auto* path = std::get_if<UnixPath>(&upstream.address)) {
    const auto address = SocketAddress::of_path(path->path);
    if (!address) {
      return std::unexpected(
          Error{"upstream " + target.text, "the path is too long", "use at most 107 bytes"});
    }
    target.address = *address;
    return target;
  }
  const auto& tcp = std::get<TcpAddress>(upstream.address);
  target.host = tcp.host;
  if (const auto numeric = SocketAddress::of_numeric(tcp.host, tcp.port)) {
    target.address = *numeric;
  } else {
    target.address = NameToResolve{tcp.host, tcp.port};
  }
  return target;
}

void append(std::vector<Error>& errors, std::vector<Error> more) {
  errors.insert(errors.end(), std::make_move_iterator(more.begin()),
                std::make_move_iterator(more.end()));
}

void load_tls(const ListenerOptions& options, const std::shared_ptr<ssl::KeyLog>& key_log,
              ListenerRuntime& runtime, std::vector<Error>& errors) {
  bool is_server_s_leg_tls = options.mode != Mode::reverse && options.tls.has_value();
  const auto wants_tls = [](const UpstreamTarget& target) { return target.tls != TlsUse::never; };
  is_server_s_leg_tls = is_server_s_leg_tls || std::ranges::any_of(runtime.upstreams, wants_tls);
  for (const RouteTargets& route : runtime.routes) {
    is_server_s_leg_tls = is_server_s_leg_tls || std::ranges::any_of(route.targets, wants_tls);
  }
  if (options.tls) {
    auto side = ssl::ServerSide::load(*options.tls, key_log);
    side ? void(runtime.server_side = *std::move(side)) : append(errors, std::move(side.error()));
  }
  if (is_server_s_leg_tls) {
    auto side = ssl::ClientSide::load(options.upstream_tls, key_log);
    side ? void(runtime.client_side = *std::move(side)) : append(errors, std::move(side.error()));
  }
  const auto has_name = [](const Route& route) { return !route.server_name.empty(); };
  runtime.watches_hello = options.tls || std::ranges::any_of(options.routes, has_name);
}

}  // namespace

std::expected<std::shared_ptr<ListenerRuntime>, std::vector<Error>> make_runtime(
    const ListenerOptions& options, const RelayOptions& all,
    const std::shared_ptr<ssl::KeyLog>& key_log) {
  auto runtime = std::make_shared<ListenerRuntime>();
  std::vector<Error> errors;
  runtime->options = options;
  runtime->pending_per_direction = all.limits.pending_per_direction;
  for (const Upstream& upstream : options.upstreams) {
    auto target = target_of(upstream);
    target ? runtime->upstreams.push_back(*std::move(target)) : errors.push_back(target.error());
  }
  for (const Route& route : options.routes) {
    RouteTargets made{.route = route, .targets = {}};
    for (const Upstream& upstream : route.upstreams) {
      auto target = target_of(upstream);
      target ? made.targets.push_back(*std::move(target)) : errors.push_back(target.error());
    }
    runtime->routes.push_back(std::move(made));
  }
  auto access = proxying::Access::of(options.access.clients, options.access.destinations);
  access ? void(runtime->access = *std::move(access)) : errors.push_back(access.error());
  auto senders = proxying::Access::of(options.proxy_protocol.trusted, {});
  senders ? void(runtime->header_senders = *std::move(senders)) : errors.push_back(senders.error());
  for (const std::string& source : options.source_addresses) {
    if (const auto address = SocketAddress::of_numeric(source, 0)) {
      runtime->sources.push_back(*address);
      continue;
    }
    errors.push_back({"source address " + source, "this is no numeric address",
                      "write an address of this machine, as 10.0.0.5"});
  }
  const auto* listen = std::get_if<TcpAddress>(&options.listen);
  if (options.mode == Mode::tproxy && (listen == nullptr || listen->port == 0)) {
    errors.push_back({"listener " + options.name, "mode tproxy needs a port that is known before",
                      "write the port that the firewall's rules name, as :15001"});
  }
  load_tls(options, key_log, *runtime, errors);
  if (!errors.empty()) return std::unexpected(std::move(errors));
  return runtime;
}

}  // namespace lastframe::net
