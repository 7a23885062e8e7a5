// A certificate with its chain and key, as an operator gives them, checked before they are shown to
// anybody.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "ssl/handles.h"
#include "ssl/options.h"
#include "ssl/pem_files.h"

namespace lastframe::ssl {

struct Credentials {
  std::vector<CertificatePointer> chain;  // the first is for the key; at least one
  KeyPointer key;

  X509* certificate() const { return chain.front().get(); }
  // What is shown behind it; null without memory.
  CertificatesPointer intermediates() const;
};

// Reads both files and checks them; each mistake is one error. `now`: unix seconds.
std::expected<Credentials, std::vector<Error>> load_credentials(const KeyPairFiles& files,
                                                                KeyReaders readers,
                                                                std::int64_t now);

}  // namespace lastframe::ssl
