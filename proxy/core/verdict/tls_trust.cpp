// Certificates that the peer refused: the one of a client towards its server, and the one that a
// client was shown.
#include <fmt/core.h>

#include "core/tls/names.h"
#include "core/verdict/sentences.h"
#include "core/verdict/tls_chain.h"
#include "core/verdict/tls_reasons.h"
#include "core/verdict/tls_sentences.h"

namespace lastframe::verdict {
namespace {

using session::CertificateFault;
using session::TlsHandling;

constexpr std::uint8_t kHandshakeFailure = tls::alert_number("handshake_failure");
constexpr std::uint8_t kUnsupportedCertificate = tls::alert_number("unsupported_certificate");
constexpr std::uint8_t kRevoked = tls::alert_number("certificate_revoked");
constexpr std::uint8_t kExpired = tls::alert_number("certificate_expired");
constexpr std::uint8_t kCertificateUnknown = tls::alert_number("certificate_unknown");
constexpr std::uint8_t kUnknownCa = tls::alert_number("unknown_ca");
constexpr std::uint8_t kAccessDenied = tls::alert_number("access_denied");
constexpr std::uint8_t kCertificateRequired = tls::alert_number("certificate_required");

// What the client was shown. Minted certificates are ours as well.
ShownChain shown_to_client(const TlsCase& tls) {
  const auto certificates = tls.shown_to_peer();
  const auto& servers = tls.facts.report.tls[index(Endpoint::server)];
  const std::size_t counted =
      tls.is_passed_through() && servers ? servers->chain_length : certificates.size();
  return {.certificates = certificates,
          .length = counted,
          .owner = tls.is_passed_through() ? "The server's" : "This proxy's",
          .expected_name = tls.leg.server_name,
          .now = tls.now};
}

// Node's clients check after the library has: they end where others send an alert, in TLS 1.3
// before they have finished, in TLS 1.2 behind it.
bool is_silent_refusal(const TlsCase& tls) {
  return tls.peer == Endpoint::client && tls.is_ended_or_reset() && tls.has_answer() &&
         tls.failure.bytes_from_peer > 0;
}

std::string silence_sentence(const TlsCase& tls) {
  if (tls.failure.is_after_handshake) {
    return tls.has_farewell()
               ? "The client finished the handshake, so that its TLS library found the chain in "
                 "order, and left with close_notify before a byte of data: curl, wget and others "
                 "compare names and pins only then."
               : "The client finished the handshake and was gone before a byte of data: Node's "
                 "clients on TLS 1.2, and wget, check the certificate only then, and send no "
                 "alert.";
  }
  return "The client ended without an alert right behind the certificate that it was shown, as "
         "Node's clients do with one that they do not trust.";
}

Finding by_alert(const TlsCase& tls) {
  switch (tls.failure.received->number) {
    case kExpired:
      return {Cause::tls_certificate_expired, Confidence::likely};
    case kRevoked:
      return {Cause::tls_certificate_revoked, Confidence::likely};
    case kUnsupportedCertificate:
      return {Cause::tls_certificate_unusable, Confidence::likely};
    case kUnknownCa: {
      Finding found(Cause::tls_unknown_ca, Confidence::likely);
      return found.may_be(Cause::tls_missing_intermediate).may_be(Cause::tls_self_signed);
    }
    default: {
      Finding found(Cause::tls_certificate_distrusted, Confidence::possible);
      return found.may_be(Cause::tls_unknown_ca).may_be(Cause::tls_name_mismatch);
    }
  }
}

// Whether a fault that can be seen is one that this alert would be sent for.
bool fits(CertificateFault fault, const TlsCase& tls) {
  if (fault == CertificateFault::none) return false;
  if (tls.has_received({kRevoked, kUnsupportedCertificate})) return false;
  const bool is_date =
      fault == CertificateFault::expired || fault == CertificateFault::not_yet_valid;
  if (tls.has_received({kExpired})) return is_date;
  if (tls.has_received({kUnknownCa})) {
    return fault == CertificateFault::self_signed || fault == CertificateFault::unknown_issuer;
  }
  return true;
}

// Whether the alert names the very fault; others fit it.
Confidence confidence_of(const TlsCase& tls) {
  if (tls.has_received({kExpired, kUnknownCa})) return Confidence::certain;
  return tls.has_certificate_alert() ? Confidence::likely : Confidence::possible;
}

Confidence weaker(Confidence one, Confidence another) { return one > another ? one : another; }

void say_refusal(const TlsCase& tls, Finding& found) {
  found.evidence.insert(found.evidence.begin(),
                        tls.has_certificate_alert() ? tls.alert_sentence() : silence_sentence(tls));
}

Finding intercepted_by_alert(const TlsCase& tls) {
  Finding found(Cause::tls_interception_distrusted, Confidence::possible, {tls.alert_sentence()});
  if (tls.has_received({kUnknownCa})) {
    found.confidence = Confidence::certain;
    found.says("That is: it does not know the authority under which Lastframe intercepts.");
  } else if (tls.has_received({kCertificateUnknown})) {
    found.confidence = Confidence::likely;
    found.says(
        "Chromium and Java send this alert whatever is wrong with a certificate; most often it is "
        "an authority that they do not know.");
  } else {
    found.says("The alert does not say what is wrong; the name and the dates were made to fit.");
  }
  return found.may_be(Cause::tls_pinned);
}

}  // namespace

std::optional<Finding> refused_client_certificate(const TlsCase& tls) {
  if (tls.peer != Endpoint::server || !tls.failure.received) return std::nullopt;
  const std::string whose = tls.is_passed_through() ? "the client's" : "this proxy's";
  if (tls.has_received({kCertificateRequired})) {
    return Finding(Cause::tls_client_certificate_missing, Confidence::certain,
                   {tls.alert_sentence(), "It wants a certificate of its client, and got none."})
        .acts(tls.hello_party());
  }
  // TLS 1.2 has no word for it. All else was agreed on by then.
  const bool is_agreed = tls.leg.version != 0 || !tls.leg.chain.empty();
  if (tls.has_received({kHandshakeFailure}) && is_agreed && tls.leg.shown.empty()) {
    return Finding(Cause::tls_client_certificate_missing, Confidence::possible,
                   {tls.alert_sentence(),
                    "Version and cipher suite were agreed on before; a server that wants a client "
                    "certificate and gets none says no more than this in TLS 1.2."})
        .acts(tls.hello_party())
        .may_be(Cause::tls_client_certificate_refused)
        .may_be(Cause::tls_no_shared_cipher);
  }
  if (!tls.has_certificate_alert() && !tls.has_received({kAccessDenied})) return std::nullopt;
  Finding found(Cause::tls_client_certificate_refused, Confidence::likely, {tls.alert_sentence()});
  found.acts(tls.hello_party());
  found.says(fmt::format("A server checks no other certificate than {}.", whose));
  if (tls.failure.is_after_handshake) {
    found.says("It came after the handshake was over here, as in TLS 1.3.");
  }
  if (!tls.leg.shown.empty()) {
    found.says(certificate_text(tls.leg.shown.front()))
        .says(validity_text(tls.leg.shown.front(), tls.now));
  } else {
    found.may_be(Cause::tls_client_certificate_missing);
  }
  return found;
}

std::optional<Finding> distrusted_authority(const TlsCase& tls) {
  if (tls.peer != Endpoint::client || tls.leg.handling != TlsHandling::intercepted) {
    return std::nullopt;
  }
  const bool is_told = tls.has_certificate_alert();
  if (!is_told && !is_silent_refusal(tls)) return std::nullopt;
  // What we mint is fresh: see refused_by_client for clocks.
  if (tls.has_received({kExpired, kRevoked, kUnsupportedCertificate})) return std::nullopt;
  if (tls.failure.is_after_handshake && (is_told || tls.has_farewell())) {
    return Finding(Cause::tls_pinned, Confidence::possible,
                   {is_told ? tls.alert_sentence() : silence_sentence(tls),
                    "A chain that the client does not trust would have failed before."})
        .may_be(Cause::tls_interception_distrusted)
        .may_be(Cause::tls_name_mismatch);
  }
  if (is_told) return intercepted_by_alert(tls);
  return Finding(Cause::tls_interception_distrusted, Confidence::possible, {silence_sentence(tls)})
      .may_be(Cause::tls_pinned)
      .may_be(Cause::tls_ended);
}

std::optional<Finding> refused_by_client(const TlsCase& tls) {
  const bool is_told = tls.has_certificate_alert();
  if (tls.peer != Endpoint::client || (!is_told && !is_silent_refusal(tls))) return std::nullopt;
  const ShownChain shown = shown_to_client(tls);
  const CertificateFault fault = visible_fault(shown);
  if (fits(fault, tls)) {
    Finding found = certificate_finding(fault, shown);
    found.confidence = weaker(found.confidence, confidence_of(tls));
    found.acts(tls.answer_party()).may_be(Cause::tls_certificate_distrusted);
    say_refusal(tls, found);
    return found;
  }
  if (!is_told && !tls.failure.is_after_handshake) return std::nullopt;
  Finding found =
      is_told ? by_alert(tls) : Finding(Cause::tls_certificate_distrusted, Confidence::possible);
  found.acts(tls.answer_party());
  if (!shown.certificates.empty()) {
    found.says(certificate_text(shown.certificates.front()))
        .says(names_text(shown.certificates.front()));
  }
  if (tls.has_received({kExpired}) && fault == CertificateFault::none &&
      !shown.certificates.empty()) {
    found.acts(Party::client);
    found.summary = "The client took a certificate that is valid here for an expired one.";
    found.says(validity_text(shown.certificates.front(), tls.now)).may_be("the client's clock");
  }
  if (!is_told)
    found.may_be(Cause::tls_name_mismatch).may_be("a probe that only opens connections");
  say_refusal(tls, found);
  return found;
}

}  // namespace lastframe::verdict
