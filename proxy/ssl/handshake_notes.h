// What one SSL object is told at its start and what its callbacks see: they have no other place to
// keep it. Lives and dies with the SSL object.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/session/tls_facts.h"
#include "ssl/handles.h"

namespace lastframe::ssl {

// Of each direction the first fatal alert, else the last one.
struct AlertLog {
  std::optional<session::TlsAlert> received;
  std::optional<session::TlsAlert> sent;

  bool operator==(const AlertLog&) const = default;
};

struct HandshakeNotes {
  // Given at the start.
  session::TlsHandling handling = session::TlsHandling::terminated;
  bool is_verified = false;   // whether a fault in the peer's certificate ends the handshake
  std::string expected_name;  // that it is compared with
  std::string protocol;       // to select where a client offers it; empty: ALPN is not answered
  // Seen on the way.
  AlertLog alerts;
  // The handshake; OpenSSL forgets that on an error. Not without a certificate that is required.
  bool is_done = false;
  bool is_asked = false;                  // for a certificate of ours, by a server
  int verify_error = X509_V_OK;           // the first; later ones often follow from it
  int verify_depth = 0;                   // 0: in the peer's own certificate
  bool is_certificate_missing = false;    // though one is required, or every server has one
  std::vector<CertificatePointer> chain;  // as the peer sent it; the first kMostChain
  std::size_t chain_length = 0;
};

inline constexpr std::size_t kMostChain = 4;

// From then on notes_of() finds them. False without memory.
bool attach_notes(SSL* ssl, HandshakeNotes notes);

// Null for an SSL object that was given none.
HandshakeNotes* notes_of(const SSL* ssl);

// Whether the handshake has come to its end. Also after a fault behind it, unlike
// SSL_is_init_finished(), which is false again then: a stream that is cut off is such a fault.
bool is_handshake_done(const SSL* ssl);

// Whether a peer came through without a certificate that it is required to show.
bool is_certificate_missing(const SSL* ssl);

// Makes the SSL objects of a context write down what happens to them: alerts, and the end of the
// handshake.
void take_notes(SSL_CTX* context);

}  // namespace lastframe::ssl
