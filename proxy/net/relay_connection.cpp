#include "net/relay_connection.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

#include "net/clock.h"
#include "net/sockets.h"

namespace lastframe::net {
namespace {

using session::BytesRelayed;

// What is read at once while the budget of pending bytes is used up: whoever reads slowly then
// holds no more than this, and whoever keeps up goes on.
constexpr std::size_t kReadOverBudget = 4096;

std::string_view client_of(const session::Session& session) {
  return verdict::client_of(session.text(session::Text::forwarded_for),
                            session.text(session::Text::client).value_or(""));
}

// An idle connection is hardly more than this (the budget is in docs/benchmarks.md): what few
// connections need, or only for a while, stands behind a pointer.
static_assert(sizeof(RelayConnection) <= 904);

}  // namespace

const std::uint32_t RelayConnection::kWatched =
    EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET;

RelayConnection::RelayConnection(ConnectionHost& host,
                                 std::shared_ptr<const ListenerRuntime> listener,
                                 session::Observer& observer, const session::SessionStart& start,
                                 FileDescriptor client)
    : host_(host),
      listener_(std::move(listener)),
      accepted_(start.accepted),
      now_(start.accepted),
      active_(start.accepted),
      id_(start.id),
      counts_(start.counts) {
  session_.emplace(start, listener_->session, observer);
  leg(Endpoint::client).socket = std::move(client);
}

RelayConnection::~RelayConnection() = default;

void RelayConnection::start() {
  if (counts_ != nullptr) counts_->accepted.add(1);
  Leg& client = leg(Endpoint::client);
  if (!host_.reactor().add(client.socket.get(), kWatched, *this,
                           static_cast<unsigned>(index(Endpoint::client)))) {
    return abort();
  }
  if (has_arrival()) {
    begin_arrival();
  } else {
    if (listener_->watches_hello) watch_first_bytes();
    begin_upstream();
  }
  rearm();
}

// The analysis only looks: when it fails, it is cut off, and the bytes flow on.
void RelayConnection::look(const session::Input& input) {
  if (!session_) return;
  try {
    session_->handle(now_, input);
  } catch (...) {
    shed_analysis();
  }
}

[[gnu::always_inline]] inline void RelayConnection::look_at_bytes(const BytesRelayed& input) {
  if (!session_) return;
  try {
    session_->handle(now_, input);
  } catch (...) {
    shed_analysis();
  }
}

void RelayConnection::shed_analysis() {
  session_.reset();
  ++host_.counters.shed_analyses;
}

// Only those that ask for an upgrade are compared; from the first request on.
void RelayConnection::note_request() {
  if (patterns_ == nullptr || !session_ || !session_->has_upgrade_request()) return;
  requested_ = now_;
  patterns_->note_request(client_of(*session_), accepted_, requested_);
}

void RelayConnection::find_patterns(std::string_view upstream, std::string_view configured) {
  if (!listener_->patterns) return;
  try {
    patterns_ = &listener_->patterns->of(upstream, configured);
  } catch (const std::bad_alloc&) {
    ++host_.counters.shed_analyses;
    return;
  }
  note_request();
}

// Shows the session what other connections have taught, and teaches them this one.
void RelayConnection::look_at_patterns() {
  if (requested_ == Moment{}) return;
  if (!session_) return patterns_->note_gone(accepted_);
  std::optional<verdict::EndFacts> facts;
  try {
    facts = verdict::end_facts(session_->ending_report(now_));
  } catch (...) {
    shed_analysis();
    return patterns_->note_gone(accepted_);
  }
  try {
    look(session::PatternsKnown{
        facts ? patterns_->learn(*facts)
              : patterns_->never_opened(client_of(*session_), accepted_, requested_, now_)});
  } catch (const std::bad_alloc&) {
    ++host_.counters.shed_analyses;  // of the comparison; the record comes without it
  }
}

void RelayConnection::on_events(unsigned tag, std::uint32_t events) {
  if (phase_ == Phase::finished) return;
  now_ = net::now();
  const Endpoint endpoint = kEndpoints[tag];
  Leg& own = leg(endpoint);
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI)) != 0) {
    own.is_readable = true;
    // Urgent data makes reads stop short of it; an end shows only when everything was read.
    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI)) != 0) own.must_read_on = true;
    if ((events & EPOLLERR) != 0) own.has_error_event = true;
  }
  if (endpoint == Endpoint::server && search_) return server_event(events);
  if (own.has_error_event && (search_ || (own.encryption && !own.encryption->may_read()))) {
    return lost(endpoint);
  }
  if (own.has_ended && own.has_error_event) {
    // The stream had ended in order, and was reset afterwards.
    own.has_error_event = false;
    if (const int error = take_socket_error(own.socket.get()); error != 0) {
      ended(endpoint, end_kind_of(error), error);
      return finish_if_over();
    }
  }
  if ((events & EPOLLOUT) != 0 && has_output_due(own)) {
    if (flush(endpoint)) relay_both();
    return;
  }
  // Most events say that one side can be read, and change nothing for the other direction.
  relay(direction_from(endpoint));
  if (phase_ != Phase::relaying || own.has_ended) finish_if_over();
}

void RelayConnection::run_again() {
  if (phase_ == Phase::finished) return;
  now_ = net::now();
  for (const Endpoint endpoint : kEndpoints) {
    // A write met a reset that came after the orderly end, or before TLS may begin: there is
    // nothing to be read that would tell of it.
    Leg& own = leg(endpoint);
    const bool is_waiting = is_in_handshake(endpoint) && !own.encryption->may_read();
    if (own.send_error == 0 || !(own.has_ended || is_waiting)) continue;
    const int error = std::exchange(own.send_error, 0);
    ended(endpoint, end_kind_of(error), error);
  }
  relay_both();
}

void RelayConnection::relay_both() {
  for (const Direction direction : kDirections) {
    if (phase_ == Phase::finished) return;
    relay(direction);
  }
  finish_if_over();
}

std::size_t RelayConnection::read_size() const {
  const Budget& budget = host_.budget;
  if (budget.pending.load(std::memory_order_relaxed) >=
      budget.most_pending.load(std::memory_order_relaxed)) {
    return kReadOverBudget;
  }
  return std::min(host_.receive_buffer.size(), listener_->pending_per_direction);
}

// The way of every message, from relay() down to the system call, is one function to the machine:
// calls would be a tenth of its instructions. For everybody else the same as functions.

// What the peer does not take at once is held, and its sender is not read until it is gone.
[[gnu::always_inline]] inline void RelayConnection::send_inline(Leg& to, ByteView bytes) {
  if (to.is_gone) return;
  if (to.socket.is_open() && !to.has_pending()) {
    const ssize_t sent = transmit(to.socket.get(), bytes);
    if (sent == static_cast<ssize_t>(bytes.size())) return;
    if (sent < 0 && !would_block(errno)) {
      if (&to == &leg(Endpoint::client)) return write_failed(Endpoint::client, errno);
      if (!search_) return write_failed(Endpoint::server, errno);
      // The connection attempt failed, and this write took its error; server_event() judges it.
      to.send_error = errno;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
  }
  hold(to, Form::on_wire, bytes);
}

[[gnu::always_inline]] inline void RelayConnection::deliver_inline(Leg& to, ByteView bytes) {
  if (to.is_gone) return;
  if (!to.encryption) return send_inline(to, bytes);
  Encryption& encryption = *to.encryption;
  if (!encryption.may_write()) return hold(to, Form::in_the_clear, bytes);
  if (!encryption.stream->write(bytes, host_.ciphertext)) {
    return write_failed(endpoint_of(to), EPROTO);
  }
  send_ciphertext(to);
}

// Plain text that came: on its way first, and looked at afterwards.
[[gnu::always_inline]] inline void RelayConnection::pass_inline(Direction direction,
                                                                ByteView bytes) {
  if (phase_ != Phase::relaying) return pass_early(direction, bytes);
  active_ = now_;
  deliver_inline(leg(receiver(direction)), bytes);
  look_at_bytes({.direction = direction, .bytes = bytes});
  if (requested_ == Moment{}) note_request();
}

// The same while the upstream is not reached, or cannot be.
void RelayConnection::pass_early(Direction direction, ByteView bytes) {
  active_ = now_;
  // The handshake that these bytes ended may have begun another one, which failed.
  if (phase_ == Phase::closing || phase_ == Phase::finished) return;
  if (phase_ == Phase::arriving) return arrived(bytes);
  deliver(leg(receiver(direction)), bytes);
  look_at_bytes({.direction = direction, .bytes = bytes});
  if (requested_ == Moment{}) note_request();
  if (phase_ == Phase::waiting_for_byte) begin_search(listener_->upstreams);
}

void RelayConnection::deliver(Leg& to, ByteView bytes) {
  if (to.is_gone || phase_ == Phase::answering) return;
  // Until the upstream is connected it is not known whether it is spoken to in TLS.
  const bool is_early = phase_ == Phase::connecting && &to == &leg(Endpoint::server);
  is_early ? hold(to, Form::on_wire, bytes) : deliver_inline(to, bytes);
}

void RelayConnection::send(Leg& to, ByteView bytes) { send_inline(to, bytes); }
void RelayConnection::passed(Direction direction, ByteView bytes) { pass_inline(direction, bytes); }

// Reads while there is something to read and the other side takes it.
void RelayConnection::relay(Direction direction) {
  Leg& from = leg(sender(direction));
  Leg& to = leg(receiver(direction));
  for (int reads = 0; can_read(from, to); ++reads) {
    if (reads == kReadsPerTurn) return host_.run_again(*this);
    const auto room = host_.receive_buffer.first(read_size());
    const bool is_plain = !from.encryption;
    const ssize_t size =
        is_plain ? receive(from.socket.get(), room) : receive_encrypted(from, room);
    if (size > 0) {
      const auto bytes = ByteView(room).first(static_cast<std::size_t>(size));
      if (is_plain && bytes.size() < room.size() && !from.must_read_on) from.is_readable = false;
      pass_inline(direction, bytes);
    } else {
      read_ended(sender(direction), size);
    }
    if (phase_ == Phase::answering) answer_with_502();
  }
  if (phase_ == Phase::closing || phase_ == Phase::resetting) discard_input(from);
}

// A read gave nothing: `size` is what recv(2) would say, with its errno.
void RelayConnection::read_ended(Endpoint endpoint, ssize_t size) {
  Leg& from = leg(endpoint);
  const int error = errno;
  if (size == 0) {
    end_of_stream(endpoint);
  } else if (would_block(error)) {
    from.is_readable = from.must_read_on = false;
    // A write met an error, and there is nothing left to read: that was the end.
    if (from.send_error != 0) end_of_stream(endpoint);
  } else if (error == EPROTO && from.encryption) {
    tls_failed(endpoint, from.encryption->stream->failure());
  } else if (error != EINTR) {
    ended(endpoint, end_kind_of(error), error);
  }
}

bool RelayConnection::can_read(const Leg& from, const Leg& to) const {
  if (!from.is_readable || from.has_ended) return false;
  if (from.encryption && !from.encryption->may_read()) return false;
  if (is_flooding(from)) return false;
  switch (phase_) {
    case Phase::arriving:
    case Phase::waiting_for_byte:
    case Phase::connecting:
    case Phase::relaying:
      // With both gone nobody gets what is left, but it leads to the end.
      return to.is_gone ? from.is_gone : !is_stuffed(to);
    case Phase::answering:
      return true;  // for the request that is to be answered
    case Phase::resetting:
    case Phase::closing:
    case Phase::finished:
      return false;
  }
  return false;
}

// A peer that makes TLS answer (new keys, refusals) and reads none of it: more is held for it than
// what is relayed ever comes to.
bool RelayConnection::is_flooding(const Leg& from) const {
  return from.encryption && from.pending_size() > 2 * host_.receive_buffer.size();
}

void RelayConnection::hold(Leg& to, Form form, ByteView bytes) {
  const std::size_t before = to.held_size();
  try {
    if (!to.backlog) to.backlog = std::make_unique<Backlog>();
    to.held(form).append(bytes, host_.chunks);
  } catch (const std::bad_alloc&) {
    // Bytes would be missing from the stream: better no stream. What was counted stays counted.
    host_.budget.pending += to.held_size() - before;
    return abort();
  }
  host_.budget.pending += bytes.size();
  // Before the upstream is reached nobody is slow to read, nor before TLS is there.
  if (phase_ < Phase::relaying) return;
  Backlog& backlog = *to.backlog;
  backlog.pending_max = std::max<std::uint64_t>(backlog.pending_max, to.held(form).size());
  if (form == Form::on_wire && backlog.stalled_since == Moment{}) backlog.stalled_since = now_;
}

// Writes what is pending. False: the connection is over.
bool RelayConnection::flush(Endpoint endpoint) {
  Leg& to = leg(endpoint);
  std::array<iovec, 16> parts;
  while (to.has_pending()) {
    Backlog& backlog = *to.backlog;
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = backlog.pending.front(parts);
    const ssize_t sent = sendmsg(to.socket.get(), &message, MSG_NOSIGNAL);
    if (sent < 0) {
      if (would_block(errno)) {
        if (backlog.stalled_since == Moment{}) backlog.stalled_since = now_;
        return true;
      }
      write_failed(endpoint, errno);
      finish_if_over();
      return phase_ != Phase::finished;
    }
    backlog.pending.consume(static_cast<std::size_t>(sent), host_.chunks);
    host_.budget.pending -= static_cast<std::size_t>(sent);
  }
  if (to.backlog) {
    to.backlog->end_stall(now_);
    // It waited for the upstream to be reached, and nobody was slow.
    if (!to.backlog->is_worth_telling()) to.backlog.reset();
  }
  if (to.is_end_due) pass_end_on(endpoint);
  return true;
}

bool RelayConnection::is_between_messages() const {
  return std::ranges::none_of(legs_, is_stuffed) && (!session_ || session_->is_between_messages());
}

}  // namespace lastframe::net
