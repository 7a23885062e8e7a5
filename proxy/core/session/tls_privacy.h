// What of TLS may stand in a record (docs/log-format.md, "Redaction").
#pragma once

#include <string>
#include <string_view>

#include "core/base/endpoint.h"
#include "core/session/privacy.h"
#include "core/session/tls_facts.h"

namespace lastframe::session {

// A client's certificate names a person or a device: its subject and names are redacted, its issuer
// too where that is itself. What a server shows is public. A server name is redacted like a Host.
void redact(TlsLeg& leg, Endpoint peer);

// What came in place of TLS. Of an HTTP request only its first line, with its target redacted; a
// target that was cut off loses its last segment, which may be half a secret.
std::string shown_first_bytes(std::string_view bytes, const PrivacyOptions& options);

}  // namespace lastframe::session
