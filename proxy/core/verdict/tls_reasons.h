// Why a TLS handshake failed: lines of reasoning, one function each. tls.cpp has their order.
#pragma once

#include <optional>

#include "core/verdict/finding.h"
#include "core/verdict/tls_case.h"

namespace lastframe::verdict {

using TlsReason = std::optional<Finding> (*)(const TlsCase&);

// tls_certificates.cpp: certificates that we refused
std::optional<Finding> refused_certificate(const TlsCase& tls);

// tls_trust.cpp: certificates that the peer refused
std::optional<Finding> refused_client_certificate(const TlsCase& tls);  // ours, or the client's
std::optional<Finding> distrusted_authority(const TlsCase& tls);        // of interception
std::optional<Finding> refused_by_client(const TlsCase& tls);

// tls_terms.cpp: what could not be agreed on
std::optional<Finding> no_common_version(const TlsCase& tls);
std::optional<Finding> no_common_protocol(const TlsCase& tls);
std::optional<Finding> unknown_server_name(const TlsCase& tls);
std::optional<Finding> no_common_cipher(const TlsCase& tls);

// tls_ends.cpp: bytes that are no TLS, bare ends, and the rest
std::optional<Finding> tls_inside_tls(const TlsCase& tls);
std::optional<Finding> bytes_without_tls(const TlsCase& tls);
std::optional<Finding> no_own_certificate(const TlsCase& tls);
std::optional<Finding> broken_tls(const TlsCase& tls);
std::optional<Finding> reset_in_handshake(const TlsCase& tls);
std::optional<Finding> end_in_handshake(const TlsCase& tls);
std::optional<Finding> silence_in_handshake(const TlsCase& tls);
std::optional<Finding> other_alert(const TlsCase& tls);

}  // namespace lastframe::verdict
