// Verifying a peer's certificates so that nothing that was seen is lost, whether or not a fault
// ends the handshake.
#pragma once

#include <openssl/ssl.h>

#include "core/session/tls_facts.h"

namespace lastframe::ssl {

// Of a client: whether it must show a certificate. A server always does.
enum class PeerCertificate : unsigned char { optional, required };

// The SSL objects of `context` need notes (handshake_notes.h): they say whether a fault ends the
// handshake, and keep the first fault and the chain. The fault is SSL_get_verify_result(), too.
void verify_peers(SSL_CTX* context, PeerCertificate certificate);

// What one of OpenSSL's X509_V_ERR_ numbers is.
session::CertificateFault fault_of(int verify_error);

}  // namespace lastframe::ssl
