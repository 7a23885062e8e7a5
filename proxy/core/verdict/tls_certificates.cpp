// Certificates that this proxy refused, of a server or of a client.
#include <fmt/core.h>

#include <algorithm>

#include "core/base/ip.h"
#include "core/base/words.h"
#include "core/verdict/tls_chain.h"
#include "core/verdict/tls_reasons.h"

namespace lastframe::verdict {
namespace {

using session::CertificateFault;

ShownChain chain_of(const TlsCase& tls) {
  const bool is_server = tls.peer == Endpoint::server;
  return {.certificates = tls.leg.chain,
          .length = tls.leg.chain_length,
          .owner = is_server ? "The server's" : "The client's",
          .expected_name = tls.leg.expected_name,
          .now = tls.now};
}

// Whom a fault of an upstream's certificate is left to: trust is set up here, by `upstream_tls`.
Party party_for(CertificateFault fault, const ShownChain& chain, const Finding& found) {
  if (found.cause == name(Cause::tls_missing_intermediate)) return Party::server;
  switch (fault) {
    case CertificateFault::self_signed:
    case CertificateFault::untrusted_root:
    case CertificateFault::unknown_issuer:
      return Party::operators;
    case CertificateFault::name_mismatch:
      // Certificates rarely have addresses, and a configuration by address is ours.
      return parse_ip(chain.expected_name) ? Party::operators : Party::server;
    default:
      return Party::server;
  }
}

void say_verdict_of_library(const TlsCase& tls, Finding& found) {
  if (tls.leg.certificate_fault_text.empty()) return;
  found.says(fmt::format("OpenSSL's words: \"{}\".", printable(tls.leg.certificate_fault_text)));
}

// Whether what is out of date is not among the certificates that were shown: then it is one that we
// trust.
bool is_of_authority(CertificateFault fault, const ShownChain& shown) {
  const bool is_late =
      fault == CertificateFault::expired || fault == CertificateFault::not_yet_valid;
  const auto is_good = [&](const session::CertificateFacts& one) {
    return one.not_before <= shown.now && shown.now <= one.not_after;
  };
  return is_late && !shown.certificates.empty() && shown.length <= shown.certificates.size() &&
         std::ranges::all_of(shown.certificates, is_good);
}

void blame_authority(CertificateFault fault, const TlsCase& tls, Finding& found) {
  const bool is_server = tls.peer == Endpoint::server;
  found.acts(Party::operators);
  found.candidates.clear();
  found.may_be("a clock that is wrong");
  found.summary = fmt::format(
      "An authority's certificate that this proxy trusts {}; those that the {} showed are in date.",
      fault == CertificateFault::expired ? "has expired" : "is not valid yet", name(tls.peer));
  found.fix = fmt::format(
      "Put the authority's new certificate into {}. `openssl x509 -in FILE -noout -subject -dates` "
      "shows what stands there.",
      is_server ? "the file of upstream_tls.ca (without one: update the system's, package "
                  "ca-certificates)"
                : "the file of tls.client_ca");
}

Finding of_server(const TlsCase& tls, CertificateFault fault) {
  const ShownChain chain = chain_of(tls);
  Finding found = certificate_finding(fault, chain);
  found.acts(party_for(fault, chain, found));
  if (is_of_authority(fault, chain)) blame_authority(fault, tls, found);
  if (fault == CertificateFault::name_mismatch && parse_ip(chain.expected_name)) {
    found.fix =
        "The upstream is configured by its address: name it as its certificate does, or set "
        "upstream_tls.server_name to a name that the certificate has.";
  }
  say_verdict_of_library(tls, found);
  return found;
}

// A fault of the certificate itself has its own cause; that we do not trust it is a refusal.
bool is_of_certificate_itself(CertificateFault fault) {
  switch (fault) {
    case CertificateFault::expired:
    case CertificateFault::not_yet_valid:
    case CertificateFault::revoked:
    case CertificateFault::weak:
    case CertificateFault::wrong_purpose:
      return true;
    default:
      return false;
  }
}

Finding of_client(const TlsCase& tls, CertificateFault fault) {
  const ShownChain chain = chain_of(tls);
  Finding found = certificate_finding(fault, chain);
  found.acts(Party::client);
  if (is_of_authority(fault, chain)) blame_authority(fault, tls, found);
  if (!is_of_certificate_itself(fault)) {
    const bool is_missing_link = found.cause == name(Cause::tls_missing_intermediate);
    if (is_missing_link) found.candidates.clear();
    found.candidates.insert(found.candidates.begin(), found.cause);
    found.cause = name(Cause::tls_client_certificate_refused);
    found.confidence = Confidence::certain;
  }
  say_verdict_of_library(tls, found);
  return found;
}

Finding missing_of_server(const TlsCase& tls) {
  Finding found(Cause::tls_certificate_unusable, Confidence::certain);
  found.acts(Party::server);
  found.summary = "The server showed no certificate: there was nothing to verify.";
  found.says(
      fmt::format("The cipher, {}, is one without authentication.",
                  tls.leg.cipher.empty() ? "which is not known" : printable(tls.leg.cipher)));
  found.fix =
      "Give the server a certificate, and take the ciphers without authentication (aNULL) "
      "out of its list.";
  return found;
}

Finding missing(const TlsCase& tls) {
  if (tls.peer == Endpoint::server) return missing_of_server(tls);
  return Finding(Cause::tls_client_certificate_missing, Confidence::certain)
      .acts(Party::client)
      .says(fmt::format("This listener requires a certificate of clients (tls.client_auth: "
                        "require), and the {} showed none.",
                        name(tls.peer)));
}

}  // namespace

std::optional<Finding> refused_certificate(const TlsCase& tls) {
  const CertificateFault fault = tls.leg.certificate_fault;
  if (tls.failure.fault != session::TlsFault::certificate_refused ||
      fault == CertificateFault::none) {
    return std::nullopt;
  }
  if (fault == CertificateFault::missing) return missing(tls);
  return tls.peer == Endpoint::server ? of_server(tls, fault) : of_client(tls, fault);
}

}  // namespace lastframe::verdict
