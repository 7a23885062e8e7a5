// RelayConnection's ends: each is mirrored to the other side, after the bytes that came before it.
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "net/clock.h"
#include "net/relay_connection.h"
#include "net/sockets.h"

namespace lastframe::net {
namespace {

using session::BytesRelayed;
using session::EndKind;
using session::StreamEnded;

// How long the last bytes before a reset may take to be acknowledged.
constexpr std::chrono::seconds kDrainPatience{30};

}  // namespace

void RelayConnection::drop_pending(Leg& to) {
  host_.budget.pending -= to.held_size();
  if (to.backlog) to.backlog->pending.clear(host_.chunks);
  if (to.encryption) to.encryption->waiting.clear(host_.chunks);
}

// The write's error is kept as that endpoint's end. Where data and a reset had arrived together,
// this write took the error, and the data is still there to be read: it goes first.
void RelayConnection::write_failed(Endpoint endpoint, int error) {
  Leg& own = leg(endpoint);
  own.send_error = error;
  own.is_gone = true;
  drop_pending(own);
  own.is_readable = own.must_read_on = true;
  host_.run_again(*this);  // not now: the bytes in hand were not shown to the session yet
}

void RelayConnection::end_of_stream(Endpoint endpoint) {
  Leg& own = leg(endpoint);
  int error = std::exchange(own.send_error, 0);
  if (error == 0 && std::exchange(own.has_error_event, false)) {
    error = take_socket_error(own.socket.get());
  }
  // EPIPE: the reset came after an orderly end (tcp_reset() in the kernel's net/ipv4/tcp_input.c).
  if (error == 0 || error == EPIPE) ended(endpoint, orderly_end(own), 0);
  if (error != 0) ended(endpoint, end_kind_of(error), error);
}

// An end of the TCP stream is an end in order where there is no TLS, or TLS has said so.
EndKind RelayConnection::orderly_end(const Leg& own) {
  const bool is_truncated = own.encryption && own.encryption->is_established() &&
                            own.encryption->stream->state() == ssl::Stream::State::truncated;
  return is_truncated ? EndKind::tls_truncated : EndKind::fin;
}

// An end is mirrored first and shown to the session afterwards, like bytes.
void RelayConnection::ended(Endpoint endpoint, EndKind how, int error) {
  Leg& own = leg(endpoint);
  if (is_in_handshake(endpoint)) return handshake_ended(endpoint, how, error);
  own.has_ended = true;
  own.error = error;
  if (how == EndKind::fin || how == EndKind::tls_truncated) {
    Leg& opposite = leg(other(endpoint));
    if (how == EndKind::tls_truncated && opposite.encryption) {
      opposite.encryption->is_end_truncated = true;
    }
    pass_end_on(other(endpoint));
    look(StreamEnded{.endpoint = endpoint, .how = how});
    // A client that left without a byte has nothing for the upstream.
    if (phase_ == Phase::waiting_for_byte) begin_closing(kClosingPatience);
    if (phase_ == Phase::arriving) arrival_ended();
    return;
  }
  own.is_gone = true;
  drop_pending(own);
  look(StreamEnded{.endpoint = endpoint, .how = how});
  if (phase_ != Phase::closing) pass_reset_on(other(endpoint));
}

// A side that resets while it is not read: a client whose first bytes wait here for the upstream,
// or a leg whose TLS waits for the other one's. A reset must not wait for that.
void RelayConnection::lost(Endpoint endpoint) {
  Leg& own = leg(endpoint);
  own.has_error_event = false;
  const int error = take_socket_error(own.socket.get());
  if (error == 0 || own.is_gone) return relay_both();
  if (is_in_handshake(endpoint)) {
    // A client that has said something is no scan of ports, and leaves a record.
    const ssize_t size = receive(own.socket.get(), host_.receive_buffer);
    own.encryption->received += static_cast<std::size_t>(std::max<ssize_t>(size, 0));
  }
  show_unread(endpoint);
  ended(endpoint, end_kind_of(error), error);
  finish_if_over();
}

void RelayConnection::pass_end_on(Endpoint to) {
  Leg& target = leg(to);
  if (target.is_end_sent) return;
  const bool is_awaited =
      to == Endpoint::server && (search_ != nullptr || phase_ == Phase::arriving);
  if (is_awaited || is_stuffed(target) || (target.encryption && !close_encryption(target))) {
    target.is_end_due = true;
    return;
  }
  target.is_end_due = false;
  target.is_end_sent = true;
  // Where both streams have ended and nothing is pending, closing says the same.
  const Leg& opposite = leg(other(to));
  if (phase_ == Phase::relaying && target.has_ended && opposite.is_end_sent) return;
  if (target.socket.is_open() && !target.is_gone) ::shutdown(target.socket.get(), SHUT_WR);
}

// Everything that came before the reset arrives first: our own bytes, then what the kernel holds.
void RelayConnection::pass_reset_on(Endpoint to) {
  if (phase_ == Phase::resetting || phase_ == Phase::finished) return;
  phase_ = Phase::resetting;
  show_unread(to);
  close_by_ = now_ + kDrainPatience;
  if (!check_drained()) host_.watch_drained(*this);
}

// What the other side had sent can be delivered to nobody; it is still worth a look (a Close).
void RelayConnection::show_unread(Endpoint endpoint) {
  Leg& own = leg(endpoint);
  if (own.has_ended || !own.socket.is_open() || (endpoint == Endpoint::server && search_)) return;
  if (own.encryption && !own.encryption->is_established()) return;
  const auto room = host_.receive_buffer;
  const ssize_t size =
      own.encryption ? receive_encrypted(own, room) : receive(own.socket.get(), room);
  if (size <= 0) return;
  look(BytesRelayed{.direction = direction_from(endpoint),
                    .bytes = ByteView(room).first(static_cast<std::size_t>(size))});
}

// True: the side that is left has acknowledged everything (or cannot), and the connection is over.
bool RelayConnection::check_drained() {
  if (phase_ != Phase::resetting) return true;
  now_ = net::now();
  for (const Endpoint endpoint : kEndpoints) {
    const Leg& left = leg(endpoint);
    if (left.is_gone || !left.socket.is_open() || (endpoint == Endpoint::server && search_))
      continue;
    const bool is_drained = !left.has_pending() && unacked_bytes(left.socket.get()) == 0;
    if (!is_drained && now_ < close_by_) return false;
  }
  finish();
  return true;
}

// Most drain within one round trip; who has not by then is looked at less often.
bool RelayConnection::is_freshly_draining(Moment now) const {
  return now < close_by_ - kDrainPatience + std::chrono::milliseconds(100);
}

void RelayConnection::discard_input(Leg& own) {
  const auto room = host_.receive_buffer;
  for (int reads = 0; own.is_readable && !own.has_ended; ++reads) {
    if (reads == kReadsPerTurn) return host_.run_again(*this);
    const ssize_t size = receive(own.socket.get(), room);
    if (size > 0) continue;
    own.is_readable = false;
    if (size < 0 && would_block(errno)) return;
    own.has_ended = true;
    // While the last bytes before a reset are on their way to it, an end of its own changes
    // nothing; an error does.
    if (size < 0) own.is_gone = true;
  }
}

void RelayConnection::finish_if_over() {
  if (phase_ == Phase::finished) return;
  const Leg& client = leg(Endpoint::client);
  const Leg& server = leg(Endpoint::server);
  if (phase_ == Phase::resetting) {
    if (client.is_gone && (server.is_gone || !server.socket.is_open())) finish();
    return;
  }
  const auto is_over = [](const Leg& own) {
    return !own.socket.is_open() || (own.has_ended && (own.is_end_sent || own.is_gone));
  };
  if (search_ || !is_over(client) || !is_over(server)) return;
  finish();
}

// The last words: facts of both legs, then the report, then the sockets.
void RelayConnection::finish() {
  const bool was_resetting = phase_ == Phase::resetting;
  phase_ = Phase::finished;
  cancel();
  for (const Endpoint endpoint : kEndpoints) {
    Leg& own = leg(endpoint);
    // What is pending for an endpoint flows towards it.
    session::RelaySampled sampled{
        .direction = direction_from(other(endpoint)), .pending_max = 0, .stalled = {}};
    if (own.backlog) {
      own.backlog->end_stall(now_);
      sampled.pending_max = own.backlog->pending_max;
      sampled.stalled = own.backlog->stalled;
    }
    look(sampled);
    if (own.socket.is_open()) {
      if (const auto facts = transport_facts(own.socket.get(), own.error)) {
        look(session::TransportSampled{.endpoint = endpoint, .facts = *facts});
      }
    }
  }
  for (Leg& own : legs_) {
    drop_pending(own);
    // An alert of ours may be on its way to whoever failed the handshake.
    const bool is_refused = own.encryption && own.encryption->state == Encryption::State::failed;
    if (was_resetting && own.socket.is_open() && !is_refused) reset_and_close(own.socket);
    own.socket.close();
  }
  look_at_patterns();
  count_end();
  look(session::Finished{});
  session_.reset();
  host_.finished(*this);
}

// What is not looked into any more may have been anything.
void RelayConnection::count_end() {
  if (counts_ == nullptr) return;
  const auto result = session_ ? session_->result() : session::ConnectionResult::other;
  counts_->note_over(is_refused_ ? session::ConnectionResult::refused : result);
}

void RelayConnection::shut_down() {
  if (phase_ == Phase::finished || phase_ == Phase::closing) return;
  now_ = net::now();
  for (const Endpoint endpoint : kEndpoints) {
    if (!leg(endpoint).has_ended) {
      look(StreamEnded{.endpoint = endpoint, .how = EndKind::proxy_shutdown});
    }
  }
  begin_closing(kClosingPatience);
}

// Both sides get an end of stream, and time to end theirs: closing at once would turn bytes on
// their way to us into a reset that destroys what they have not read.
void RelayConnection::begin_closing(std::chrono::milliseconds patience) {
  if (search_) {
    leg(Endpoint::server).socket.close();
    search_.reset();
  }
  phase_ = Phase::closing;
  close_by_ = now_ + patience;
  for (const Endpoint endpoint : kEndpoints) {
    pass_end_on(endpoint);
    discard_input(leg(endpoint));
  }
  rearm();
  finish_if_over();
}

void RelayConnection::abort() {
  if (phase_ == Phase::finished) return;
  now_ = net::now();
  if (phase_ != Phase::closing) {
    for (const Endpoint endpoint : kEndpoints) {
      if (leg(endpoint).has_ended) continue;
      look(StreamEnded{.endpoint = endpoint, .how = EndKind::proxy_shutdown});
    }
    phase_ = Phase::closing;
  }
  finish();
}

}  // namespace lastframe::net
