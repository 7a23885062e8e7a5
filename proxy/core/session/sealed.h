// TLS that passes through a session without its keys, and what it came to as far as can be told.
#pragma once

#include <array>
#include <optional>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/base/moment.h"
#include "core/session/report.h"
#include "core/session/tls_facts.h"
#include "core/tls/tls_watch.h"

namespace lastframe::session {

class Sealed {
 public:
  // Whether a stream that begins so may be TLS. No HTTP request does.
  static bool can_begin(ByteView bytes);

  void take(Direction direction, ByteView bytes, Moment now);

  // The client's stream is no TLS after all.
  bool is_mistaken() const;
  // A client that speaks TLS was answered with something else.
  bool has_plain_answer() const;

  std::uint64_t bytes(Endpoint sender) const;
  // When the handshake was over.
  std::optional<Moment> opened() const { return opened_; }
  // The last byte of anything but an alert, or what may be one: those belong to an end.
  std::optional<Moment> last_byte_at(Endpoint sender) const;
  // Both legs have the same handshake; the server's has its certificates.
  std::array<TlsLeg, 2> legs() const;  // by Endpoint
  // How the handshake failed. None: it did not. `report`: with its stream ends.
  std::optional<TlsFailureSeen> failure(const SessionReport& report) const;

 private:
  std::optional<Endpoint> refuser() const;
  bool is_refused_after_handshake(const SessionReport& report) const;

  tls::TlsWatch watch_;
  std::optional<Moment> opened_;
  std::array<std::optional<Moment>, 2> last_byte_at_;  // by Endpoint
};

}  // namespace lastframe::session
