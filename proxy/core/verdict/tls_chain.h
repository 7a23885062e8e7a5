// What is wrong with certificates that were shown, told from the chain.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/session/tls_facts.h"
#include "core/verdict/finding.h"

namespace lastframe::verdict {

// Certificates as they were shown, the owner's own first. The views outlive it.
struct ShownChain {
  std::span<const session::CertificateFacts> certificates;  // the first ones
  std::size_t length = 0;                                   // how many there were
  std::string owner;                                        // "The server's", "This proxy's"
  std::string_view expected_name;                           // empty: none was asked for
  std::int64_t now = 0;                                     // seconds since 1970
};

// A fault that anybody can see who reads the certificates, without knowing whom the other side
// trusts.
session::CertificateFault visible_fault(const ShownChain& shown);

// Its cause, with evidence from the chain. `fault` is not `none` and not `missing`.
Finding certificate_finding(session::CertificateFault fault, const ShownChain& shown);

}  // namespace lastframe::verdict
