// RelayConnection's way to its upstream: addresses tried in turn, and what happens when none
// answers.
#include <fmt/core.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include "net/clock.h"
#include "net/relay_connection.h"
#include "net/sockets.h"

namespace lastframe::net {
namespace {

// Until the next attempt where the kernel was short of something (descriptors, a place in a unix
// socket's queue): nobody is dropped for that.
constexpr std::chrono::milliseconds kRetry{50};

// EAGAIN: the queue of a unix socket is full.
proxying::Refusal refusal_of(std::string_view error) {
  using proxying::Refusal;
  if (error == "ECONNREFUSED") return Refusal::refused;
  if (error == "EHOSTUNREACH" || error == "ENETUNREACH") return Refusal::unreachable;
  if (error == "ETIMEDOUT") return Refusal::timed_out;
  if (error == "EACCES" || error == "ELOOP") return Refusal::not_allowed;
  return error.starts_with('E') ? Refusal::other : Refusal::name_not_resolved;
}

bool is_worth_a_retry(int error) { return error == EAGAIN || is_shortage(error); }

}  // namespace

// The upstream is the operator's choice: it is connected as the listener says.
void RelayConnection::begin_upstream() {
  const auto& targets =
      arrival_ && !arrival_->targets.empty() ? arrival_->targets : listener_->upstreams;
  if (listener_->options.connect == ConnectWhen::first_byte && &targets == &listener_->upstreams) {
    phase_ = Phase::waiting_for_byte;
    return;
  }
  begin_search(targets);
}

void RelayConnection::begin_search(std::span<const UpstreamTarget> targets) {
  phase_ = Phase::connecting;
  search_ = std::make_unique<Search>();
  search_->began = now_;
  search_->targets = targets;
  rearm();
  if (targets.empty()) return connect_failed("no route holds");
  try_upstream();
}

// The upstream is told of the client first; a byte of the client's may be there already.
void RelayConnection::hold_proxy_header() {
  const std::string header = proxy_header();
  if (header.empty()) return;
  Leg& server = leg(Endpoint::server);
  std::vector<std::byte> early;
  std::array<iovec, 1> part;
  while (server.has_pending()) {
    server.backlog->pending.front(part);
    const auto* bytes = static_cast<const std::byte*>(part[0].iov_base);
    early.insert(early.end(), bytes, bytes + part[0].iov_len);
    server.backlog->pending.consume(part[0].iov_len, host_.chunks);
  }
  host_.budget.pending -= early.size();
  hold(server, Form::on_wire, as_bytes(header));
  hold(server, Form::on_wire, early);
}

void RelayConnection::try_upstream() {
  const UpstreamTarget& upstream = search_->current();
  if (const auto* address = std::get_if<SocketAddress>(&upstream.address)) {
    search_->candidates.push_back(*address);
    return try_address(*address);
  }
  const auto& [host, port] = std::get<NameToResolve>(upstream.address);
  // A name that a rule keeps clients from is not even looked up.
  const bool is_client_s_wish = arrival_ && arrival_->negotiation;
  if (is_client_s_wish && listener_->access.denies({.host = host, .port = port})) {
    leg(Endpoint::server).error = EACCES;
    return resolved(std::unexpected(std::string(errno_name(EACCES))));
  }
  const auto known = host_.resolve(*this, host);
  if (known) resolved(*known);
}

void RelayConnection::resolved(const Resolution& resolution) {
  if (!search_ || phase_ == Phase::finished) return;
  const UpstreamTarget& upstream = search_->current();
  const auto& name = std::get<NameToResolve>(upstream.address);
  if (!resolution) {
    search_->text = upstream.text;
    if (search_->is_last()) return connect_failed(resolution.error());
    return try_next_address();
  }
  for (SocketAddress address : *resolution) {
    address.set_port(name.port);
    search_->candidates.insert(search_->candidates.begin(), address);
  }
  try_next_address();
}

// The next address of this upstream, or the first one of the next upstream.
void RelayConnection::try_next_address() {
  if (!search_->candidates.empty()) {
    const SocketAddress address = search_->candidates.back();
    return try_address(address);
  }
  ++search_->target;
  try_upstream();
}

// A client that chooses its destination must not choose us, or we would connect to ourselves for
// ever; nor what the rules keep from it under another name.
int RelayConnection::objection_to(const SocketAddress& address) const {
  const Mode mode = listener_->options.mode;
  if (mode == Mode::reverse || mode == Mode::tproxy || address.is_unix()) return 0;
  const auto own = SocketAddress::local_of(leg(Endpoint::client).socket.get());
  if (own && own->text() == address.text()) return ELOOP;
  if (mode == Mode::transparent) return 0;
  if (listener_->own_addresses != nullptr && listener_->own_addresses->holds(address)) return ELOOP;
  return may_be_led_to(address) ? 0 : EACCES;
}

// Where others choose the destination, it may be led back to us: it is known as ours before any
// worker can have accepted it.
ConnectBegun RelayConnection::begin_connect_to(const SocketAddress& address) {
  const ListenerOptions& options = listener_->options;
  const bool is_client_s = options.has_clients_address;
  const auto source = is_client_s ? client_source() : next_source(address.family());
  const auto whose = is_client_s ? Addresses::foreign : Addresses::own;
  if (options.mode == Mode::reverse) {
    return begin_connect(address, source, options.keepalive, whose);
  }
  const auto beginning = listener_->own_connections.beginning();
  ConnectBegun begun = begin_connect(address, source, options.keepalive, whose);
  const auto own = SocketAddress::local_of(begun.socket.get());
  if (own) {
    own_entry_.reset();  // first, for the next one may have the same address
    own_entry_ = std::make_unique<OwnConnections::Entry>(listener_->own_connections, own->text());
  }
  return begun;
}

void RelayConnection::try_address(const SocketAddress& address) {
  search_->text = address.text();
  search_->retry_at = Moment{};
  if (const int error = objection_to(address); error != 0) return address_failed(error);
  ConnectBegun begun = begin_connect_to(address);
  if (is_worth_a_retry(begun.error)) return retry_later();
  if (begun.error != 0) return address_failed(begun.error);
  Leg& server = leg(Endpoint::server);
  server.socket = std::move(begun.socket);
  server.is_readable = server.must_read_on = server.has_error_event = false;
  server.send_error = 0;
  if (!host_.reactor().add(server.socket.get(), kWatched, *this,
                           static_cast<unsigned>(index(Endpoint::server)))) {
    server.socket.close();
    return retry_later();
  }
}

void RelayConnection::retry_later() {
  search_->retry_at = now_ + kRetry;
  rearm();
}

// The client's own address, from a port of the kernel's choice.
std::optional<SocketAddress> RelayConnection::client_source() const {
  auto source = SocketAddress::peer_of(leg(Endpoint::client).socket.get());
  if (source && !source->is_unix()) source->set_port(0);
  return source;
}

std::optional<SocketAddress> RelayConnection::next_source(int family) const {
  const auto& sources = listener_->sources;
  if (sources.empty() || family == AF_UNIX) return std::nullopt;
  const std::size_t first = listener_->next_source.fetch_add(1, std::memory_order_relaxed);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const SocketAddress& source = sources[(first + i) % sources.size()];
    if (source.family() == family) return source;
  }
  return std::nullopt;
}

void RelayConnection::server_event(std::uint32_t events) {
  Leg& server = leg(Endpoint::server);
  if (!server.socket.is_open()) return;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
    const int pending = take_socket_error(server.socket.get());
    const int error = pending != 0 ? pending : server.send_error;
    // A reset comes only where a connection stood: it was accepted and reset at once.
    if (error != 0 && error != ECONNRESET && error != EPIPE) {
      server.socket.close();
      return address_failed(error);
    }
    server.send_error = error;
  }
  if ((events & (EPOLLOUT | EPOLLIN | EPOLLERR | EPOLLHUP)) == 0) return;
  connected();
}

void RelayConnection::connected() {
  const UpstreamTarget& target = search_->current();
  const bool is_chosen = &target != listener_->upstreams.data();
  const bool is_ours = listener_->options.mode == Mode::reverse;
  const std::string_view configured = is_ours ? std::string_view(target.text) : std::string_view();
  look(session::UpstreamConnected{.address = search_->text,
                                  .upstream = is_chosen ? configured : std::string_view()});
  find_patterns(search_->text, configured);
  Leg& server = leg(Endpoint::server);
  const Leg& client = leg(Endpoint::client);
  const bool is_tls = target.tls == TlsUse::always ||
                      (target.tls == TlsUse::as_client && client.encryption != nullptr);
  if (is_tls && !is_left_alone_) {
    server.encryption = std::make_unique<Encryption>();
    server.encryption->state = Encryption::State::waiting;
    server.encryption->handshake->expected_name = target.host;
    // What the client has said already must not go on the wire as it is.
    if (server.backlog) std::swap(server.backlog->pending, server.encryption->waiting);
  }
  hold_proxy_header();
  if (client.encryption && client.encryption->handshake) {
    client.encryption->handshake->expected_name = target.host;
  }
  const auto arrival = std::exchange(arrival_, nullptr);
  search_.reset();
  phase_ = Phase::relaying;
  rearm();
  if (arrival && arrival->negotiation) {
    send(leg(Endpoint::client), as_bytes(arrival->negotiation->succeeded()));
  }
  if (server.send_error != 0) write_failed(Endpoint::server, server.send_error);
  if (!server.is_gone && !flush(Endpoint::server)) return;
  proceed();
  if (server.is_end_due) pass_end_on(Endpoint::server);
  relay_both();
}

void RelayConnection::address_failed(int error) {
  own_entry_.reset();
  search_->candidates.pop_back();
  const bool is_last = search_->candidates.empty() && search_->is_last();
  if (!is_last) return try_next_address();
  leg(Endpoint::server).error = error;
  connect_failed(errno_name(error));
}

void RelayConnection::connect_failed(std::string_view error) {
  ++host_.counters.connect_failures;
  const Leg& client = leg(Endpoint::client);
  const Leg& server = leg(Endpoint::server);
  // What the client has asked for already is worth knowing, although it goes nowhere.
  if (!client.has_ended) show_unread(Endpoint::client);
  look(session::ConnectFailed{.address = search_->text, .error = error});
  look(session::TransportSampled{
      .endpoint = Endpoint::server,
      .facts = {.error = server.error != 0 ? errno_name(server.error) : std::string_view{}}});
  search_.reset();
  if (answer_negotiation(error)) return;
  refuse_client(session::EndKind::reset);
}

// A client that named its destination is told that it was not reached.
bool RelayConnection::answer_negotiation(std::string_view error) {
  if (!arrival_ || !arrival_->negotiation) return false;
  if (session_) session_->note_answered_by_us();
  Leg& server = leg(Endpoint::server);
  drop_pending(server);
  server.is_gone = server.has_ended = true;
  send(leg(Endpoint::client), as_bytes(arrival_->negotiation->failed(refusal_of(error))));
  begin_closing(kAnswerPatience);
  return true;
}

// The upstream cannot be had. `how`: what it was that ended it.
void RelayConnection::refuse_client(session::EndKind how) {
  Leg& client = leg(Endpoint::client);
  Leg& server = leg(Endpoint::server);
  drop_pending(server);
  if (server.backlog) server.backlog->stalled_since = Moment{};
  server.is_gone = server.has_ended = true;
  if (listener_->options.on_connect_failure == OnConnectFailure::http_502 && !client.is_gone) {
    phase_ = Phase::answering;
    proceed();
    return phase_ == Phase::answering ? answer_with_502() : void();
  }
  if (how == session::EndKind::fin) return begin_closing(kClosingPatience);
  phase_ = Phase::resetting;
  finish();
}

// An answer needs a request: until one is there, nothing is said.
void RelayConnection::answer_with_502() {
  Leg& client = leg(Endpoint::client);
  const bool has_request = session_ && session_->has_unanswered_request();
  if (!has_request) {
    const bool is_no_http = !session_ || session_->is_opaque();
    if (is_no_http || client.has_ended) {
      phase_ = Phase::resetting;
      finish();
      return;
    }
    if (close_by_ == Moment{}) close_by_ = now_ + kAnswerPatience;
    return rearm();
  }
  session_->note_answered_by_us();
  constexpr std::string_view kBody = "Lastframe could not reach the upstream of this listener.\n";
  const std::string answer = fmt::format(
      "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain; charset=utf-8\r\n"
      "Content-Length: {}\r\nConnection: close\r\nCache-Control: no-store\r\n\r\n{}",
      kBody.size(), kBody);
  phase_ = Phase::relaying;
  deliver(client, as_bytes(answer));
  if (phase_ == Phase::finished) return;
  begin_closing(kAnswerPatience);
}

bool RelayConnection::is_past(const std::optional<std::chrono::milliseconds>& limit,
                              Moment since) const {
  return limit && now_ >= since + *limit;
}

void RelayConnection::on_timer(Moment now) {
  now_ = now;
  if (close_by_ != Moment{} && now >= close_by_) {
    // Out of patience: with a peer that does not end its side, or does not read.
    if (phase_ == Phase::answering) phase_ = Phase::resetting;
    return finish();
  }
  const TimeOuts& limits = listener_->options.timeouts;
  if (search_ && is_past(limits.connect, search_->began)) {
    leg(Endpoint::server).socket.close();
    leg(Endpoint::server).error = ETIMEDOUT;
    return connect_failed(errno_name(ETIMEDOUT));
  }
  if (search_ && search_->retry_at != Moment{} && now >= search_->retry_at) {
    const SocketAddress address = search_->candidates.back();
    try_address(address);
    if (phase_ == Phase::finished) return;
  }
  if (may_server_speak_first() && now >= leg(Endpoint::client).encryption->began + kClientSilence) {
    let_server_speak();
    if (phase_ == Phase::finished) return;
  }
  for (const Endpoint endpoint : kEndpoints) {
    const auto& own = leg(endpoint).encryption;
    if (!own || !own->is_timed() || !is_past(limits.tls, own->began)) continue;
    return tls_failed(endpoint, {.fault = session::TlsFault::timed_out});
  }
  if (is_arriving() && is_past(limits.tls, accepted_)) return refuse_arrival();
  const bool has_no_answer = session_ && !session_->has_answer();
  const bool is_overdue =
      (has_no_answer && is_past(limits.handshake, accepted_)) || is_past(limits.idle, active_);
  if (is_overdue && phase_ <= Phase::relaying) {
    look(session::GivenUp{});
    return begin_closing(kClosingPatience);
  }
  rearm();
}

std::optional<Moment> RelayConnection::next_deadline() const {
  std::optional<Moment> next;
  const auto consider = [&](Moment when) { next = next ? std::min(*next, when) : when; };
  if (close_by_ != Moment{}) consider(close_by_);
  if (phase_ == Phase::closing || phase_ == Phase::answering) return next;
  const TimeOuts& limits = listener_->options.timeouts;
  if (search_ && limits.connect) consider(search_->began + *limits.connect);
  if (search_ && search_->retry_at != Moment{}) consider(search_->retry_at);
  if (limits.handshake && session_ && !session_->has_answer()) {
    consider(accepted_ + *limits.handshake);
  }
  if (may_server_speak_first()) consider(now_ + kClientSilence);
  if (limits.idle) consider(active_ + *limits.idle);
  if (limits.tls && is_arriving()) consider(accepted_ + *limits.tls);
  for (const Leg& own : legs_) {
    if (limits.tls && own.encryption && own.encryption->is_timed()) {
      consider(own.encryption->began + *limits.tls);
    }
  }
  return next;
}

// Traffic only stores when it came; a timer that fires too early sets itself anew.
void RelayConnection::rearm() {
  if (phase_ == Phase::finished) return;
  if (const auto deadline = next_deadline()) host_.set_timer(*this, *deadline);
}

}  // namespace lastframe::net
