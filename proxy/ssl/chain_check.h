// Whether the certificates of a file form a chain: each is followed by the one that issued it (RFC
// 8446 section 4.4.2; older clients insist on the order).
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>

#include "ssl/handles.h"

namespace lastframe::ssl {

struct ChainProblem {
  std::string what;
  std::string remedy;
};

// The first break, told apart: wrong order, a certificate twice, a missing intermediate, one that
// has nothing to do with the others.
std::optional<ChainProblem> chain_problem(std::span<const CertificatePointer> chain);

// What cannot be called a mistake: the chain ends with a certificate whose issuer is neither in the
// file nor among those that `trusted` gives, which is asked only if need be. Clients may know the
// issuer, and often do not.
std::optional<std::string> unknown_end(std::span<const CertificatePointer> chain,
                                       const std::function<X509_STORE*()>& trusted);

}  // namespace lastframe::ssl
