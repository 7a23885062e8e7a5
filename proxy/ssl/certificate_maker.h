// Makes certificates: the local authority's own, and those under it.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ssl/handles.h"

namespace lastframe::ssl {

struct Validity {
  std::int64_t begin;  // unix seconds
  std::int64_t end;
};

struct Issuer {
  X509* certificate;
  EVP_PKEY* key;
};

// EC P-256: what every client of the last ten years can use. Null without memory.
KeyPointer make_key();

// A root that may sign certificates for names, and no authorities under it. Null without memory.
CertificatePointer make_root(const std::string& common_name, EVP_PKEY* key, Validity validity);

// For a server of that name or address, which goes into the certificate as it is and is never read
// as configuration text. Nothing for what is neither (names.h), null inside without memory.
std::optional<CertificatePointer> make_leaf(std::string_view name, EVP_PKEY* key, Issuer issuer,
                                            Validity validity);

}  // namespace lastframe::ssl
