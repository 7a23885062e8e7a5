// What a leg's handshake came to, as facts of its session.
#pragma once

#include <openssl/ssl.h>

#include <vector>

#include "core/session/tls_facts.h"

namespace lastframe::ssl {

// Fills in what the SSL object knows, for one that ServerSide or ClientSide began: how it is
// handled, what was agreed on, what the peer showed and what is wrong with it. What the ClientHello
// offered stays as it is. For a handshake that failed: after failure_of().
void describe(const SSL* ssl, session::TlsLeg& leg);

// Our own certificate as the peer was shown it, with its chain, or would have been had it come to
// that; empty where a server did not ask for one. At most kMostChain.
std::vector<session::CertificateFacts> shown_by(SSL* ssl);

}  // namespace lastframe::ssl
