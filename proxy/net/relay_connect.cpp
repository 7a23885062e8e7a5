// RelayConnection's way to its upstream: addresses tried in turn, and what happens when none
// answers.
#include <fmt/core.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "net/clock.h"
#include "net/relay_connection.h"
#include "net/sockets.h"

namespace lastframe::net {
namespace {

// Until the next attempt where the kernel was short of something (descriptors, a place in a unix
// socket's queue): nobody is dropped for that.
constexpr std::chrono::milliseconds kRetry{50};

// How long the client may take to read a 502 and end its side.
constexpr std::chrono::milliseconds kAnswerPatience{5000};

// EAGAIN: the queue of a unix socket is full.
bool is_worth_a_retry(int error) { return error == EAGAIN || is_shortage(error); }

}  // namespace

void RelayConnection::begin_search() {
  phase_ = Phase::connecting;
  search_ = std::make_unique<Search>();
  search_->began = now_;
  rearm();
  try_upstream();
}

void RelayConnection::try_upstream() {
  const UpstreamTarget& upstream = listener_->upstreams[search_->upstream];
  if (const auto* address = std::get_if<SocketAddress>(&upstream.address)) {
    search_->candidates.push_back(*address);
    return try_address(*address);
  }
  const auto known = host_.resolve(*this, std::get<NameToResolve>(upstream.address).host);
  if (known) resolved(*known);
}

void RelayConnection::resolved(const Resolution& resolution) {
  if (!search_ || phase_ == Phase::finished) return;
  const UpstreamTarget& upstream = listener_->upstreams[search_->upstream];
  const auto& name = std::get<NameToResolve>(upstream.address);
  if (!resolution) {
    search_->text = upstream.text;
    const bool is_last = search_->upstream + 1 == listener_->upstreams.size();
    if (is_last) return connect_failed(resolution.error());
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
  ++search_->upstream;
  try_upstream();
}

void RelayConnection::try_address(const SocketAddress& address) {
  search_->text = address.text();
  search_->retry_at = Moment{};
  ConnectBegun begun =
      begin_connect(address, next_source(address.family()), listener_->options.keepalive);
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
  look(session::UpstreamConnected{.address = search_->text});
  find_patterns(search_->text);
  search_.reset();
  phase_ = Phase::relaying;
  rearm();
  Leg& server = leg(Endpoint::server);
  if (server.send_error != 0) write_failed(Endpoint::server, server.send_error);
  if (!server.is_gone && !flush(Endpoint::server)) return;
  if (server.is_end_due) pass_end_on(Endpoint::server);
  relay_both();
}

void RelayConnection::address_failed(int error) {
  search_->candidates.pop_back();
  const bool is_last =
      search_->candidates.empty() && search_->upstream + 1 == listener_->upstreams.size();
  if (!is_last) return try_next_address();
  leg(Endpoint::server).error = error;
  connect_failed(errno_name(error));
}

void RelayConnection::connect_failed(std::string_view error) {
  ++host_.counters.connect_failures;
  Leg& client = leg(Endpoint::client);
  Leg& server = leg(Endpoint::server);
  // What the client has asked for already is worth knowing, although it goes nowhere.
  if (!client.has_ended) show_unread(Endpoint::client);
  look(session::ConnectFailed{.address = search_->text, .error = error});
  look(session::TransportSampled{
      .endpoint = Endpoint::server,
      .facts = {.error = server.error != 0 ? errno_name(server.error) : std::string_view{}}});
  search_.reset();
  drop_pending(server);
  server.stalled_since = Moment{};
  server.is_gone = server.has_ended = true;
  if (listener_->options.on_connect_failure == OnConnectFailure::http_502 && !client.is_gone) {
    phase_ = Phase::answering;
    return answer_with_502();
  }
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
  const bool has_no_answer = session_ && !session_->has_answer();
  const bool is_overdue =
      (has_no_answer && is_past(limits.handshake, accepted_)) || is_past(limits.idle, active_);
  if (is_overdue && (phase_ == Phase::relaying || phase_ == Phase::connecting ||
                     phase_ == Phase::waiting_for_byte)) {
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
  if (limits.idle) consider(active_ + *limits.idle);
  return next;
}

// Traffic only stores when it came; a timer that fires too early sets itself anew.
void RelayConnection::rearm() {
  if (phase_ == Phase::finished) return;
  if (const auto deadline = next_deadline()) host_.set_timer(*this, *deadline);
}

}  // namespace lastframe::net
