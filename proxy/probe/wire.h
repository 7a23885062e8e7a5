// One connection of the path test: a socket, plain or with TLS on it, and a deadline for each step.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/moment.h"
#include "core/session/input.h"
#include "net/file_descriptor.h"
#include "ssl/handles.h"
#include "ssl/stream.h"

namespace lastframe::probe {

struct WireOptions {
  // Bytes that are read while a send has to wait, so that two sides that both send do not wait for
  // each other. 0: none, the peer has to wait.
  std::size_t most_held = 0;
  int stop = -1;  // a descriptor: once it is readable, nothing is waited for
};

class Wire {
 public:
  // `socket` is connected, or begins to connect, and does not block.
  explicit Wire(net::FileDescriptor socket, const WireOptions& options = {});

  // The TLS handshake. From then on all bytes are plain text. The error is the failure; fault
  // `timed_out` where the deadline was first.
  std::expected<void, session::TlsFailure> secure(ssl::SslPointer ssl, Moment deadline);

  enum class Got : unsigned char { bytes, end, nothing_in_time, stopped };
  // Appends what came to `into`, at least one byte, or says why there is none. At most 64 KiB
  // besides what was held.
  Got receive(std::string& into, Moment deadline);

  // False: the peer takes no more, or not in time.
  bool send(ByteView bytes, Moment deadline);

  // Ends our stream in order: close_notify where there is TLS, and FIN.
  void end();
  // RST (on a unix socket an end: there is no reset there).
  void reset();

  // How the peer's stream ended; absent while it has not.
  std::optional<session::EndKind> ended() const { return ended_; }
  int error() const { return error_; }  // the errno of that end; 0: none
  const ssl::Stream* tls() const { return tls_ ? &*tls_ : nullptr; }
  int descriptor() const { return socket_.get(); }

 private:
  enum class Ready : unsigned char { readable, writable, late, stopped };

  Ready wait(short events, Moment deadline) const;
  bool send_raw(ByteView bytes, Moment deadline);
  // Reads once, without waiting. False: there was nothing, or the stream has ended.
  bool read_some(std::string& into);
  bool decrypt(std::string& into);
  void note_end(session::EndKind how, int error);
  bool flush(Moment deadline);

  net::FileDescriptor socket_;
  WireOptions options_;
  std::optional<ssl::Stream> tls_;
  std::vector<std::byte> ciphertext_;  // that waits to be sent
  std::string held_;                   // read while something was sent
  std::optional<session::EndKind> ended_;
  int error_ = 0;
  int send_error_ = 0;
};

}  // namespace lastframe::probe
