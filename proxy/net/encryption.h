// What a leg that speaks TLS needs besides its socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/moment.h"
#include "core/session/tls_facts.h"
#include "core/tls/client_hello.h"
#include "net/pending_bytes.h"
#include "ssl/stream.h"

namespace lastframe::net {

struct Encryption {
  enum class State : unsigned char {
    undecided,    // the client's first bytes will tell whether its TLS is ours
    waiting,      // they did; the upstream's choice of a protocol is awaited
    handshaking,  // what is to be relayed to this leg waits
    established,
    failed,
  };

  State state = State::undecided;
  bool is_close_sent = false;     // our close_notify
  bool is_end_truncated = false;  // the other leg's stream ended without one, so this one's does
  bool has_given_plaintext = false;
  std::optional<ssl::Stream> stream;  // from `handshaking` on
  PendingBytes waiting;               // plain text for this leg, until it may be written
  Moment began;
  std::uint64_t received = 0;  // bytes of the handshake

  // What the handshake needs, and its record; gone with it.
  struct Handshake {
    std::vector<std::byte> first_bytes;  // of the client, as they came
    tls::ClientHello hello;
    // What the server's certificate must be good for; and where a client asks for no name, what one
    // is minted for.
    std::string expected_name;
    session::TlsLeg facts;
  };
  std::unique_ptr<Handshake> handshake = std::make_unique<Handshake>();

  bool is_established() const { return state == State::established; }
  // Whether plain text can go on its way now, or has to wait for what the peer says.
  bool may_write() const { return is_established() && waiting.is_empty() && stream->may_write(); }
  // Whether its peer is to say something next, within the time that a handshake may take.
  bool is_timed() const { return state == State::undecided || state == State::handshaking; }
  bool may_read() const { return state != State::waiting && state != State::failed; }
};

}  // namespace lastframe::net
