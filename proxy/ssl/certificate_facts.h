// What stands in a certificate, as texts that cannot disturb a log.
#pragma once

#include <openssl/x509.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/session/tls_facts.h"

namespace lastframe::ssl {

session::CertificateFacts facts_of(const X509* certificate);

// "CN=chat.example, O=Example": the most special first, as people write it; "no name" for none.
std::string subject_text(const X509* certificate);
std::string issuer_text(const X509* certificate);

// The DNS names and addresses in it, in lower case; without DNS names its common name, where it
// can be one: older clients and OpenSSL look at it then. Bytes that no name has are escaped.
std::vector<std::string> names_of(const X509* certificate);

// "EC 256 bits".
std::string key_text(const EVP_PKEY* key);

std::int64_t begin_of(const X509* certificate);  // unix seconds
std::int64_t end_of(const X509* certificate);

// "2026-01-31 12:00:00 UTC".
std::string date_text(std::int64_t unix_seconds);

// Whether subject and issuer are the same name.
bool is_self_issued(const X509* certificate);

}  // namespace lastframe::ssl
