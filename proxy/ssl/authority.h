// Certificates for the names of others, under an authority that the operator's clients trust:
// interception.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "ssl/handles.h"
#include "ssl/options.h"

namespace lastframe::ssl {

// May be used from all threads.
class Authority {
 public:
  static std::expected<std::unique_ptr<const Authority>, std::vector<Error>> load(
      const KeyPairFiles& files);
  virtual ~Authority() = default;

  // A certificate for a name or an address, for leaf_key(): made, or made before. The error is a
  // sentence: `name` is not one. `now`: unix seconds.
  virtual std::expected<CertificatePointer, std::string> certificate_for(
      std::string_view name, std::int64_t now) const = 0;
  virtual EVP_PKEY* leaf_key() const = 0;
  // To be shown behind it: what stands between it and the root.
  virtual STACK_OF(X509) * chain() const = 0;
};

}  // namespace lastframe::ssl
