// TLS over memory: ciphertext of a socket in, plain text out, and the other way round. No sockets.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "core/base/bytes.h"
#include "core/session/tls_facts.h"
#include "ssl/handles.h"

namespace lastframe::ssl {

// One connection's TLS, as server or as client. What it has to say to its peer (records, alerts)
// is appended to the `out` of the call; whoever calls sends it.
class Stream {
 public:
  // `ssl` as ServerSide and ClientSide make it: nothing was read or sent yet.
  explicit Stream(SslPointer ssl);
  ~Stream();
  Stream(Stream&&) noexcept;
  Stream& operator=(Stream&&) noexcept;

  enum class State : unsigned char {
    open,       // more may come
    closed,     // close_notify came: the peer's stream has ended in order
    truncated,  // the input ended without it
    failed,     // failure() says how
  };
  // What one call of read() gave: `size` bytes, which may be 0, and then how things stand.
  struct Read {
    std::size_t size = 0;
    State state = State::open;
  };

  // Takes ciphertext that came. Borrowed until the next read(), which must come before it is gone.
  void feed(ByteView ciphertext);
  // No more will come: the peer's TCP stream has ended.
  void end_input();
  // Decrypts what was fed into `room` and goes on with the handshake where it stands. What finds no
  // room is kept for the next call (has_input()). The state is told once nothing stands before it.
  Read read(std::span<std::byte> room, std::vector<std::byte>& out);

  // Whether read() has more to give without being fed: plain text, or how the stream ended.
  bool has_more() const { return state_ != State::open || has_input(); }

  // Not before the handshake is over, nor while another message of it (a ticket, in TLS 1.3) has
  // come in part: OpenSSL writes nothing until the rest is there.
  bool may_write() const;
  // Encrypts all of it. Only where it may be written; false: the stream has failed.
  bool write(ByteView plaintext, std::vector<std::byte>& out);
  // Says close_notify, once. Only where something may be written.
  void close(std::vector<std::byte>& out);

  // Whether the handshake is over, once and for all.
  bool is_established() const;
  State state() const { return state_; }
  // Version, cipher, protocol, certificates, as far as they are known.
  void describe(session::TlsLeg& leg) const;
  // Our own certificates, for a failure to be explained with.
  std::vector<session::CertificateFacts> shown() const;
  const session::TlsFailure& failure() const { return failure_; }

 private:
  struct Wires;  // what OpenSSL reads from and writes to

  bool has_input() const;
  void refuse_missing_certificate();
  void note_end(int error, int system_error);

  std::unique_ptr<Wires> wires_;  // before ssl_, which uses it
  SslPointer ssl_;
  session::TlsFailure failure_;
  State state_ = State::open;
  bool is_close_sent_ = false;
};

}  // namespace lastframe::ssl
