// RelayConnection's beginning where the client, the firewall or a route says where it goes.
#include <cerrno>
#include <utility>

#include "core/base/ip.h"
#include "core/proxying/proxy_header.h"
#include "core/proxying/route.h"
#include "net/destination.h"
#include "net/relay_connection.h"
#include "net/sockets.h"

namespace lastframe::net {
namespace {

proxying::HostAndPort host_and_port(const std::optional<SocketAddress>& address) {
  if (!address || address->is_unix()) return {};
  return {.host = address->host_text(), .port = address->port()};
}

std::string text_of(const proxying::HostAndPort& address) {
  const auto numeric = SocketAddress::of_numeric(address.host, address.port);
  return numeric ? numeric->text() : std::string();
}

UpstreamTarget target_at(const SocketAddress& address, TlsUse tls) {
  return {.address = address, .text = address.text(), .tls = tls, .host = address.host_text()};
}

UpstreamTarget target_of(const proxying::Destination& wanted, TlsUse tls) {
  if (const auto numeric = SocketAddress::of_numeric(wanted.host, wanted.port)) {
    return target_at(*numeric, tls);
  }
  return {.address = NameToResolve{wanted.host, wanted.port},
          .text = wanted.host + ":" + std::to_string(wanted.port),
          .tls = tls,
          .host = wanted.host};
}

}  // namespace

// Whether anything stands between accepting a client and its upstream.
bool RelayConnection::has_arrival() const {
  const ListenerOptions& options = listener_->options;
  return options.mode != Mode::reverse || options.proxy_protocol.is_accepted ||
         !listener_->routes.empty();
}

void RelayConnection::begin_arrival() {
  arrival_ = std::make_unique<Arrival>();
  phase_ = Phase::arriving;
  const auto peer = SocketAddress::peer_of(leg(Endpoint::client).socket.get());
  if (peer && listener_->own_connections.has(peer->text())) return refuse_arrival();
  if (!listener_->options.proxy_protocol.is_accepted) return begin_negotiation();
  const bool is_believed =
      !peer || peer->is_unix() || listener_->header_senders.admits(peer->host_text());
  if (!is_believed) refuse_arrival();
}

void RelayConnection::note_refused() {
  is_refused_ = true;
  ++host_.counters.refused_arrivals;
}

// Somebody who may not be here, or speaks no language that we know.
void RelayConnection::refuse_arrival() {
  note_refused();
  leg(Endpoint::server).is_gone = leg(Endpoint::server).has_ended = true;
  phase_ = Phase::resetting;
  finish();
}

// Where a PROXY header names a client, that is who may be here or not.
void RelayConnection::begin_negotiation() {
  const ListenerOptions& options = listener_->options;
  const int client = leg(Endpoint::client).socket.get();
  const auto who =
      arrival_->source ? *arrival_->source : host_and_port(SocketAddress::peer_of(client));
  if (!listener_->access.admits(who.host)) return refuse_arrival();
  const auto ip = parse_ip(who.host);
  arrival_->is_client_local = who.host.empty() || (ip && is_loopback(*ip));
  switch (options.mode) {
    case Mode::reverse:
      return settle();
    case Mode::forward:
      arrival_->negotiation = proxying::forward_negotiation(options.access.credentials);
      break;
    case Mode::socks5:
      arrival_->negotiation = proxying::socks5_negotiation(options.access.credentials);
      break;
    case Mode::transparent:
    case Mode::tproxy: {
      const auto* own = std::get_if<TcpAddress>(&options.listen);
      const auto destination = options.mode == Mode::tproxy
                                   ? intercepted_from(client, own != nullptr ? own->port : 0)
                                   : redirected_from(client);
      if (!destination) return refuse_arrival();
      arrival_->targets.push_back(target_at(*destination, TlsUse::as_client));
      return settle();
    }
  }
  arrival_->step = Arrival::Step::negotiation;
}

// The client's bytes while its upstream is not known yet.
void RelayConnection::arrived(ByteView bytes) {
  arrival_->bytes.insert(arrival_->bytes.end(), bytes.begin(), bytes.end());
  if (arrival_->step == Arrival::Step::proxy_header) take_proxy_header();
  if (!arrival_ || phase_ != Phase::arriving) return;
  if (arrival_->step == Arrival::Step::negotiation) return negotiate();
  if (arrival_->step == Arrival::Step::route) choose_route();
}

void RelayConnection::take_proxy_header() {
  auto read = proxying::read_proxy_header(arrival_->bytes);
  using State = proxying::ProxyHeaderRead::State;
  if (read.state == State::incomplete) return;
  if (read.state == State::malformed) return refuse_arrival();
  arrival_->bytes.erase(arrival_->bytes.begin(),
                        arrival_->bytes.begin() + static_cast<std::ptrdiff_t>(read.size));
  if (read.source && !read.source->host.empty()) {
    look(session::ClientNamed{.address = text_of(*read.source)});
  }
  arrival_->source = std::move(read.source);
  arrival_->destination = std::move(read.destination);
  begin_negotiation();
}

void RelayConnection::negotiate() {
  using State = proxying::Negotiation::State;
  while (!arrival_->bytes.empty() && phase_ == Phase::arriving) {
    auto step = arrival_->negotiation->take(arrival_->bytes);
    arrival_->bytes.erase(arrival_->bytes.begin(),
                          arrival_->bytes.begin() + static_cast<std::ptrdiff_t>(step.consumed));
    if (!step.answer.empty()) send(leg(Endpoint::client), as_bytes(step.answer));
    if (step.state == State::refused) {
      note_refused();
      return begin_closing(kAnswerPatience);
    }
    if (step.state == State::asks) return go_to(step.destination, step.passed_on);
    if (step.consumed == 0) return;
  }
}

void RelayConnection::go_to(const proxying::Destination& wanted, const std::string& passed_on) {
  // What is not allowed by its name may be so by its address.
  arrival_->checks_addresses = !listener_->access.leads_to(wanted);
  // A request in absolute form is not for a tunnel: what comes is HTTP.
  const bool is_tunnel = passed_on.empty();
  arrival_->targets.push_back(target_of(wanted, is_tunnel ? TlsUse::as_client : TlsUse::never));
  if (is_tunnel) return settle();
  search_behind(as_bytes(passed_on), arrival_->targets);
}

// A client's destination, once its address is known. What only this machine can reach is not for
// clients of others, who have nothing but our address: a service there takes us for one of its own.
bool RelayConnection::may_be_led_to(const SocketAddress& address) const {
  const proxying::Access& access = listener_->access;
  const std::string text = address.host_text();
  const std::string host = text.substr(0, text.find('%'));  // fe80::1%eth0
  const proxying::Destination at{.host = host, .port = address.port()};
  if (access.denies(at)) return false;
  if (arrival_->checks_addresses && !access.leads_to_address(text, at.port)) return false;
  const auto ip = parse_ip(host);
  const bool is_inside = ip && (is_loopback(*ip) || is_unspecified(*ip) || is_link_local(*ip));
  if (!is_inside || arrival_->is_client_local) return true;
  return access.names(at) || access.names({.host = search_->current().host, .port = at.port});
}

// What the client has said waits for its upstream, and is known before that fails. `first`: stands
// before what was not used yet.
void RelayConnection::search_behind(ByteView first, std::span<const UpstreamTarget> targets) {
  arrival_->step = Arrival::Step::done;
  phase_ = Phase::connecting;
  const auto rest = std::exchange(arrival_->bytes, {});
  for (const ByteView bytes : {first, ByteView(rest)}) {
    if (bytes.empty()) continue;
    passed(Direction::client_to_server, bytes);
    if (phase_ == Phase::finished) return;
  }
  begin_search(targets);
}

// What stood before is over: the client's own bytes begin here, which may be those of TLS.
void RelayConnection::settle() {
  const auto rest = std::exchange(arrival_->bytes, {});
  if (listener_->watches_hello) watch_first_bytes();
  if (const auto& client = leg(Endpoint::client).encryption; client && !arrival_->targets.empty()) {
    client->handshake->expected_name = arrival_->targets.front().host;
  }
  if (!listener_->routes.empty()) {
    arrival_->step = Arrival::Step::route;
  } else {
    arrival_->step = Arrival::Step::done;
    begin_upstream();
  }
  if (rest.empty() || phase_ == Phase::finished || phase_ == Phase::closing) return;
  if (leg(Endpoint::client).encryption) return take_first_bytes(rest);
  passed(Direction::client_to_server, rest);
}

// The first route that holds; called again whenever more is known.
void RelayConnection::choose_route() {
  Leg& client = leg(Endpoint::client);
  const bool has_tls = client.encryption != nullptr;
  if (has_tls && client.encryption->state == Encryption::State::undecided) return;
  const auto request =
      is_left_alone_ ? proxying::FirstRequest{} : proxying::first_request(arrival_->bytes);
  const bool is_head_awaited =
      !is_left_alone_ && request.state == proxying::FirstRequest::State::incomplete;
  const proxying::RouteKey key{
      .server_name = arrival_->server_name, .host = request.host, .path = request.path};
  for (const RouteTargets& route : listener_->routes) {
    const auto& [server_name, host, path, upstreams, origin] = route.route;
    if (!proxying::holds({.server_name = server_name, .host = {}, .path = {}}, key)) continue;
    if (is_head_awaited && !(host.empty() && path.empty())) {
      // The head is behind the client's TLS, which cannot wait for an upstream then.
      if (has_tls && client.encryption->state == Encryption::State::waiting) {
        begin_client_tls(protocol_without_upstream());
      }
      return;
    }
    if (proxying::holds({server_name, host, path}, key)) {
      return search_behind({}, route.targets);
    }
  }
  search_behind({}, listener_->upstreams);
}

// The client ends its stream, and more will not be known. What it has said is relayed where a route
// holds without a whole request; in all other modes it has not said where it wants to go.
void RelayConnection::arrival_ended() {
  if (arrival_->step == Arrival::Step::route && !arrival_->bytes.empty()) {
    return search_behind({}, listener_->upstreams);
  }
  begin_closing(kClosingPatience);
}

// What the upstream is told of the client before anything else.
std::string RelayConnection::proxy_header() const {
  const ProxyHeader sent = listener_->options.proxy_protocol.sent;
  if (sent == ProxyHeader::off) return {};
  const int client = leg(Endpoint::client).socket.get();
  const auto source = arrival_ && arrival_->source ? *arrival_->source
                                                   : host_and_port(SocketAddress::peer_of(client));
  const auto destination = arrival_ && arrival_->destination
                               ? *arrival_->destination
                               : host_and_port(SocketAddress::local_of(client));
  return sent == ProxyHeader::v1 ? proxying::proxy_header_v1(source, destination)
                                 : proxying::proxy_header_v2(source, destination);
}

}  // namespace lastframe::net
