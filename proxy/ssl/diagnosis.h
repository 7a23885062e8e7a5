// Why a handshake failed, from what OpenSSL leaves behind.
#pragma once

#include <openssl/ssl.h>

#include <string_view>

#include "core/session/tls_facts.h"

namespace lastframe::ssl {

struct FailedCall {
  int ssl_error = SSL_ERROR_SSL;  // SSL_get_error() of the call that failed
  unsigned long queue_error = 0;  // the first of the error queue, which was empty before the call
  int system_error = 0;           // errno of the socket's last call, where that is what failed
  std::string_view first_bytes;   // of the peer's stream, as many as are at hand: what it speaks
};

// For an SSL object that ServerSide or ClientSide began, after SSL_do_handshake, SSL_read or
// SSL_write failed. What only the relay can know (`bytes_from_peer`, a time-out) it fills in
// itself.
session::TlsFailure failure_of(SSL* ssl, const FailedCall& call);

// The same for whom the first bytes are not at hand.
inline session::TlsFailure failure_of(SSL* ssl, int ssl_error, unsigned long first_queue_error,
                                      int system_error) {
  return failure_of(ssl, {ssl_error, first_queue_error, system_error, {}});
}

}  // namespace lastframe::ssl
