// RelayConnection's legs that speak TLS: when a handshake begins, what it lets through, and how it
// fails. Both are never begun before it is known what the other side can do.
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/base/ip.h"
#include "core/base/words.h"
#include "net/relay_connection.h"
#include "net/sockets.h"

namespace lastframe::net {
namespace {

using session::EndKind;
using session::TlsFailure;
using session::TlsFault;
using session::TlsHandling;

constexpr std::string_view kHttp = "http/1.1";
constexpr std::size_t kShownBytes = 64;
constexpr std::size_t kMostCiphers = 64;

bool is_numeric(std::string_view host) { return parse_ip(host).has_value(); }

bool looks_like_http(std::string_view bytes) {
  static constexpr auto kMethods =
      std::to_array<std::string_view>({"GET ", "POST ", "HEAD ", "PUT ", "CONNECT ", "OPTIONS ",
                                       "DELETE ", "PATCH ", "PRI ", "HTTP/"});
  return std::ranges::any_of(kMethods, [&](auto method) { return bytes.starts_with(method); });
}

TlsFailure no_tls(std::string_view bytes) {
  return {.fault = looks_like_http(bytes) ? TlsFault::plain_http : TlsFault::not_tls,
          .first_bytes = printable(bytes.substr(0, kShownBytes))};
}

void describe(const tls::ClientHello& hello, session::TlsLeg& leg) {
  leg.server_name = hello.server_name;
  leg.offered_alpn = hello.alpn;
  leg.offered_versions = hello.versions;
  leg.offered_ciphers = hello.ciphers;
  leg.offered_ciphers.resize(std::min(leg.offered_ciphers.size(), kMostCiphers));
}

TlsFault fault_of(EndKind how) {
  if (how == EndKind::fin || how == EndKind::tls_truncated) return TlsFault::ended;
  return how == EndKind::timeout ? TlsFault::timed_out : TlsFault::reset;
}

// Whether it was we who ended the handshake.
bool is_ours(const TlsFailure& failure) {
  return failure.fault == TlsFault::certificate_refused ||
         failure.fault == TlsFault::no_certificate || failure.fault == TlsFault::timed_out;
}

}  // namespace

bool RelayConnection::is_in_handshake(Endpoint endpoint) const {
  const auto& own = leg(endpoint).encryption;
  return own && own->state < Encryption::State::established;
}

// Like recv(2), of plain text. EPROTO: TLS has failed.
ssize_t RelayConnection::receive_encrypted(Leg& from, std::span<std::byte> room) {
  if (from.encryption->state == Encryption::State::undecided) return receive_first_bytes();
  for (int reads = 0;; ++reads) {
    if (!from.encryption || !from.encryption->stream) break;
    if (const auto size = advance(from, room)) return *size;
    if (!from.is_readable) break;
    if (reads == kReadsPerTurn) {
      // Much that is no plain text: others come first.
      host_.run_again(*this);
      errno = EINTR;
      return -1;
    }
    // Not more than what it comes to has room: the rest would be held for each connection.
    const auto all = host_.ciphertext_buffer();
    const auto buffer = all.first(std::min(all.size(), room.size()));
    const ssize_t size = receive(from.socket.get(), buffer);
    if (size < 0) return size;
    Encryption& own = *from.encryption;
    if (size == 0) {
      own.stream->end_input();
    } else {
      const auto bytes = ByteView(buffer).first(static_cast<std::size_t>(size));
      if (own.handshake) {
        own.received += bytes.size();
        if (own.handshake->first_bytes.empty()) {
          own.handshake->first_bytes.assign(
              bytes.begin(), bytes.begin() + std::min<std::ptrdiff_t>(size, kShownBytes));
        }
      }
      own.stream->feed(bytes);
      if (bytes.size() < buffer.size() && !from.must_read_on) from.is_readable = false;
    }
  }
  errno = EAGAIN;
  return -1;
}

// What the stream makes of its input. No value: it wants more.
std::optional<ssize_t> RelayConnection::advance(Leg& own, std::span<std::byte> room) {
  Encryption& encryption = *own.encryption;
  const auto read = encryption.stream->read(room, host_.ciphertext);
  send_ciphertext(own);
  if (encryption.state == Encryption::State::handshaking && encryption.stream->is_established()) {
    established(own);
  }
  if (encryption.is_established() && encryption.stream->may_write()) {
    // What had to wait while a message of the handshake was there in part.
    if (!encryption.waiting.is_empty()) {
      encrypt_waiting(own);
      host_.run_again(*this);
    }
    if (own.is_end_due) pass_end_on(endpoint_of(own));
  }
  if (read.size > 0) {
    if (!std::exchange(encryption.has_given_plaintext, true)) encryption.handshake.reset();
    // Without another event: OpenSSL holds more, or the end came along.
    if (encryption.stream->has_more()) own.is_readable = true;
    return static_cast<ssize_t>(read.size);
  }
  switch (read.state) {
    case ssl::Stream::State::open:
      return std::nullopt;
    case ssl::Stream::State::closed:
    case ssl::Stream::State::truncated:
      return 0;
    case ssl::Stream::State::failed:
      errno = EPROTO;
      return -1;
  }
  return std::nullopt;
}

void RelayConnection::send_ciphertext(Leg& own) {
  if (host_.ciphertext.empty()) return;
  send(own, host_.ciphertext);
  host_.ciphertext.clear();
}

// The client's first bytes, until they say what they are.
ssize_t RelayConnection::receive_first_bytes() {
  Leg& client = leg(Endpoint::client);
  while (client.encryption && client.encryption->state == Encryption::State::undecided) {
    const auto buffer = host_.ciphertext_buffer().first(tls::kLongestHello);
    const ssize_t size = receive(client.socket.get(), buffer);
    if (size <= 0) return size;
    take_first_bytes(ByteView(buffer).first(static_cast<std::size_t>(size)));
  }
  host_.run_again(*this);
  errno = EINTR;
  return -1;
}

void RelayConnection::watch_first_bytes() {
  Leg& client = leg(Endpoint::client);
  client.encryption = std::make_unique<Encryption>();
  client.encryption->began = now_;
}

void RelayConnection::take_first_bytes(ByteView bytes) {
  Encryption& own = *leg(Endpoint::client).encryption;
  own.handshake->first_bytes.insert(own.handshake->first_bytes.end(), bytes.begin(), bytes.end());
  own.received += bytes.size();
  active_ = now_;
  auto read = tls::read_client_hello(own.handshake->first_bytes);
  if (read.state == tls::HelloState::incomplete) return;
  own.handshake->hello = std::move(read.hello);
  describe(own.handshake->hello, own.handshake->facts);
  const bool is_tls = read.state != tls::HelloState::not_tls;
  // A client that chose its server by name need not say the name again in its hello.
  const bool is_asked_before =
      own.handshake->hello.server_name.empty() && listener_->options.mode != Mode::reverse;
  const std::string& asked =
      is_asked_before ? own.handshake->expected_name : own.handshake->hello.server_name;
  const bool is_ours =
      is_tls && listener_->server_side && listener_->server_side->terminates(asked);
  if (arrival_) arrival_->server_name = own.handshake->hello.server_name;
  if (is_ours && read.state == tls::HelloState::too_long) {
    // OpenSSL would take twice as much, and keep it twice.
    return tls_failed(Endpoint::client, {.fault = TlsFault::malformed,
                                         .detail = "a ClientHello of more than 64 KiB"});
  }
  if (is_ours) {
    own.state = Encryption::State::waiting;
    own.handshake->facts.handling = listener_->server_side->is_intercepting()
                                        ? TlsHandling::intercepted
                                        : TlsHandling::terminated;
    if (phase_ == Phase::waiting_for_byte) begin_search(listener_->upstreams);
    phase_ == Phase::arriving ? choose_route() : proceed();
  } else if (!is_tls && listener_->options.mode == Mode::reverse && listener_->server_side) {
    return tls_failed(Endpoint::client, no_tls(as_text(own.handshake->first_bytes)));
  } else {
    leave_alone(is_tls);
  }
}

// What the client speaks is not ours to change: its bytes are relayed as they are.
void RelayConnection::leave_alone(bool is_tls) {
  Leg& client = leg(Endpoint::client);
  auto encryption = std::exchange(client.encryption, nullptr);
  is_left_alone_ = is_tls;
  // Where clients choose their server, it is spoken to in TLS only for a client that does so too.
  const bool is_client_s_choice = listener_->options.mode != Mode::reverse;
  if (is_tls || is_client_s_choice) leg(Endpoint::server).encryption.reset();
  std::array<iovec, 16> parts;
  while (!encryption->waiting.is_empty()) {
    // The server has spoken first.
    encryption->waiting.front(parts);
    const ByteView bytes(static_cast<const std::byte*>(parts[0].iov_base), parts[0].iov_len);
    send(client, bytes);
    host_.budget.pending -= bytes.size();
    encryption->waiting.consume(parts[0].iov_len, host_.chunks);
  }
  if (client.is_end_due) pass_end_on(Endpoint::client);
  if (phase_ == Phase::arriving && is_tls) choose_route();
  proceed();
  if (phase_ == Phase::finished || phase_ == Phase::closing) return;
  const auto& first = encryption->handshake->first_bytes;
  if (!first.empty()) passed(Direction::client_to_server, first);
}

// Whether the client has said nothing yet, on a way that it chose itself.
bool RelayConnection::may_server_speak_first() const {
  const auto& own = leg(Endpoint::client).encryption;
  return phase_ == Phase::relaying && listener_->options.mode != Mode::reverse && own &&
         own->state == Encryption::State::undecided && own->received == 0;
}

// In TLS the client speaks first (RFC 8446 section 2): where the server does, and the client waits
// for that, it is another protocol, and nobody would ever begin.
void RelayConnection::let_server_speak() {
  char byte = 0;
  const int server = leg(Endpoint::server).socket.get();
  if (recv(server, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 1) return;
  leave_alone(false);
  if (phase_ == Phase::relaying) relay_both();
}

// Begins what can begin, whenever something became known that others wait for.
void RelayConnection::proceed() {
  const auto& client = leg(Endpoint::client).encryption;
  if (phase_ == Phase::answering && client && client->state == Encryption::State::waiting) {
    return begin_client_tls(protocol_without_upstream());
  }
  if (phase_ != Phase::relaying) return;
  Leg& server = leg(Endpoint::server);
  const bool is_client_known = !client || client->state != Encryption::State::undecided;
  if (server.encryption && server.encryption->state == Encryption::State::waiting) {
    if (!is_client_known) return;
    begin_server_tls();
  }
  if (phase_ != Phase::relaying || is_in_handshake(Endpoint::server)) return;
  if (client && client->state == Encryption::State::waiting) {
    begin_client_tls(protocol_for_client());
  }
}

bool RelayConnection::is_http1_only() const {
  return listener_->options.tls && listener_->options.tls->alpn == ssl::AlpnPolicy::http1;
}

// Where a client asks for a protocol and there is no TLS upstream to choose one: what we relay.
std::string_view RelayConnection::protocol_without_upstream() const {
  const auto& offered = leg(Endpoint::client).encryption->handshake->hello.alpn;
  return offered.empty() ? std::string_view() : kHttp;
}

// ALPN as the client shall see it: the upstream's choice, or HTTP/1.1 where that has none.
std::string_view RelayConnection::protocol_for_client() const {
  const auto& server = leg(Endpoint::server).encryption;
  if (!server || is_http1_only()) return protocol_without_upstream();
  return server->handshake->facts.alpn;
}

void RelayConnection::begin_client_tls(std::string_view protocol) {
  Leg& client = leg(Endpoint::client);
  Encryption& own = *client.encryption;
  own.state = Encryption::State::handshaking;
  own.began = now_;
  auto ssl = listener_->server_side->begin({.server_name = own.handshake->hello.server_name,
                                            .fallback_name = own.handshake->expected_name,
                                            .protocol = protocol});
  if (!ssl) {
    return tls_failed(Endpoint::client, {.fault = TlsFault::no_certificate, .detail = ssl.error()});
  }
  own.stream.emplace(*std::move(ssl));
  own.stream->feed(own.handshake->first_bytes);
  std::byte none;  // there is no plain text in a hello
  const auto size = advance(client, {&none, 1});
  if (size && *size < 0) return tls_failed(Endpoint::client, own.stream->failure());
  client.is_readable = client.must_read_on = true;
  rearm();
  host_.run_again(*this);
}

void RelayConnection::begin_server_tls() {
  Leg& server = leg(Endpoint::server);
  Encryption& own = *server.encryption;
  own.state = Encryption::State::handshaking;
  own.began = now_;
  session::TlsLeg& facts = own.handshake->facts;
  facts.handling = TlsHandling::originated;
  const auto& client = leg(Endpoint::client).encryption;
  // A client that a route was chosen for is through with its handshake.
  const auto* hello = client && client->handshake ? &client->handshake->hello : nullptr;
  if (hello != nullptr) facts.offered_alpn = hello->alpn;
  if (!facts.offered_alpn.empty() && is_http1_only()) facts.offered_alpn = {std::string(kHttp)};
  const auto& configured = listener_->options.upstream_tls.server_name;
  const std::string asked = hello != nullptr ? hello->server_name : std::string();
  const std::string& host = own.handshake->expected_name;
  // A client that chose the server itself asks for the name that it would have checked without us.
  // A numeric upstream has no name of its own: the client's stands in.
  const bool is_clients_choice = listener_->options.mode != Mode::reverse;
  const bool is_client_s = !configured && !asked.empty() && (is_clients_choice || is_numeric(host));
  facts.server_name = configured ? *configured : is_client_s ? asked : host;
  const bool is_checked_for_client = is_client_s && is_clients_choice;
  facts.expected_name = configured ? *configured : is_checked_for_client ? asked : host;
  auto ssl = listener_->client_side->begin({.server_name = facts.server_name,
                                            .expected_name = facts.expected_name,
                                            .protocols = facts.offered_alpn});
  if (!ssl) {
    return tls_failed(Endpoint::server, {.fault = TlsFault::no_certificate, .detail = ssl.error()});
  }
  own.stream.emplace(*std::move(ssl));
  std::byte none;  // the server has said nothing yet
  own.stream->read({&none, 1}, host_.ciphertext);
  // What we offer is up to OpenSSL and its configuration: our hello says it.
  describe(tls::read_client_hello(host_.ciphertext).hello, facts);
  send_ciphertext(server);
  server.is_readable = server.must_read_on = true;
  rearm();
  host_.run_again(*this);
}

void RelayConnection::established(Leg& own) {
  const Endpoint endpoint = endpoint_of(own);
  Encryption& encryption = *own.encryption;
  encryption.state = Encryption::State::established;
  session::TlsLeg& facts = encryption.handshake->facts;
  encryption.stream->describe(facts);
  if (endpoint == Endpoint::client && !facts.alpn.empty() && facts.alpn != kHttp) {
    ++host_.counters.other_protocols;
  }
  look(session::TlsEstablished{
      .peer = endpoint, .leg = &facts, .bytes_from_peer = encryption.received});
  encrypt_waiting(own);
  if (own.is_end_due) pass_end_on(endpoint);
  if (endpoint == Endpoint::server) proceed();
  host_.run_again(*this);
}

void RelayConnection::encrypt_waiting(Leg& to) {
  PendingBytes& waiting = to.encryption->waiting;
  std::array<iovec, 16> parts;
  while (!waiting.is_empty()) {
    waiting.front(parts);
    const ByteView bytes(static_cast<const std::byte*>(parts[0].iov_base), parts[0].iov_len);
    if (!to.encryption->stream->write(bytes, host_.ciphertext)) {
      return write_failed(endpoint_of(to), EPROTO);
    }
    host_.budget.pending -= bytes.size();
    waiting.consume(bytes.size(), host_.chunks);
  }
  send_ciphertext(to);
}

// Says close_notify where an orderly end is passed on. False: it has to wait for room, or until
// there is TLS to say it in. Where we end the connection nothing is waited for.
bool RelayConnection::close_encryption(Leg& to) {
  Encryption& own = *to.encryption;
  if (to.is_gone || own.state == Encryption::State::failed) return true;
  if (!own.may_write()) return phase_ == Phase::closing;
  if (own.is_end_truncated || std::exchange(own.is_close_sent, true)) return true;
  own.stream->close(host_.ciphertext);
  send_ciphertext(to);
  return !to.has_pending();
}

void RelayConnection::note_tls_failure(Endpoint endpoint, const TlsFailure& failure) {
  Encryption& own = *leg(endpoint).encryption;
  TlsFailure seen = failure;
  seen.bytes_from_peer = own.received;
  session::TlsLeg facts;
  if (own.handshake) {
    const std::string_view first = as_text(own.handshake->first_bytes);
    const bool is_no_tls = seen.fault == TlsFault::not_tls || seen.fault == TlsFault::plain_http;
    if (is_no_tls && seen.first_bytes.empty()) seen.first_bytes = no_tls(first).first_bytes;
    if (is_no_tls && endpoint == Endpoint::server) seen.fault = no_tls(first).fault;
    facts = std::move(own.handshake->facts);
  }
  if (own.stream) {
    own.stream->describe(facts);
    facts.shown = own.stream->shown();
  }
  if (endpoint == Endpoint::server || seen.bytes_from_peer > 0) ++host_.counters.tls_failures;
  look(session::TlsFailed{.peer = endpoint, .leg = &facts, .failure = &seen});
}

// TLS said so itself: an alert, a certificate, bytes that are none.
void RelayConnection::tls_failed(Endpoint endpoint, const TlsFailure& failure) {
  Leg& own = leg(endpoint);
  Encryption& encryption = *own.encryption;
  const bool was_established = encryption.is_established();
  // A TLS 1.3 server judges the client's certificate when the handshake is over for the client.
  const bool is_late_refusal =
      was_established && endpoint == Endpoint::server && !encryption.has_given_plaintext;
  if (was_established && !is_late_refusal) {
    note_tls_failure(endpoint, failure);
    encryption.state = Encryption::State::failed;
    return ended(endpoint, EndKind::error, EPROTO);
  }
  const EndKind how = failure.fault == TlsFault::ended   ? EndKind::fin
                      : failure.fault == TlsFault::reset ? EndKind::reset
                      : is_ours(failure)                 ? EndKind::proxy_shutdown
                                                         : EndKind::error;
  note_tls_failure(endpoint, failure);
  encryption.state = Encryption::State::failed;
  look(session::StreamEnded{.endpoint = endpoint, .how = how});
  own.has_ended = how == EndKind::fin || how == EndKind::reset;
  if (how == EndKind::reset) {
    own.is_gone = true;
    drop_pending(own);
  }
  if (endpoint == Endpoint::server) return refuse_client(how);
  begin_closing(kClosingPatience);
}

// The stream ended before its handshake was over.
void RelayConnection::handshake_ended(Endpoint endpoint, EndKind how, int error) {
  Leg& own = leg(endpoint);
  own.has_ended = true;
  own.error = error;
  note_tls_failure(endpoint,
                   {.fault = fault_of(how),
                    .detail = error != 0 ? std::string(errno_name(error)) : std::string()});
  own.encryption->state = Encryption::State::failed;
  look(session::StreamEnded{.endpoint = endpoint, .how = how});
  if (how != EndKind::fin) {
    own.is_gone = true;
    drop_pending(own);
  }
  if (endpoint == Endpoint::server) return refuse_client(how);
  if (how == EndKind::fin) return begin_closing(kClosingPatience);
  pass_reset_on(Endpoint::server);
}

}  // namespace lastframe::net
