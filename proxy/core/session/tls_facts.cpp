#include "core/session/tls_facts.h"

namespace lastframe::session {

std::string_view name(TlsHandling handling) {
  switch (handling) {
    case TlsHandling::terminated:
      return "terminated";
    case TlsHandling::intercepted:
      return "intercepted";
    case TlsHandling::originated:
      return "originated";
    case TlsHandling::passed_through:
      return "passed_through";
    case TlsHandling::decrypted:
      return "decrypted";
  }
  return "";
}

std::string_view name(CertificateFault fault) {
  switch (fault) {
    case CertificateFault::none:
      return "none";
    case CertificateFault::expired:
      return "expired";
    case CertificateFault::not_yet_valid:
      return "not_yet_valid";
    case CertificateFault::self_signed:
      return "self_signed";
    case CertificateFault::untrusted_root:
      return "untrusted_root";
    case CertificateFault::unknown_issuer:
      return "unknown_issuer";
    case CertificateFault::name_mismatch:
      return "name_mismatch";
    case CertificateFault::wrong_purpose:
      return "wrong_purpose";
    case CertificateFault::weak:
      return "weak";
    case CertificateFault::revoked:
      return "revoked";
    case CertificateFault::missing:
      return "missing";
    case CertificateFault::other:
      return "other";
  }
  return "";
}

std::string_view name(TlsFault fault) {
  switch (fault) {
    case TlsFault::certificate_refused:
      return "certificate_refused";
    case TlsFault::alert_received:
      return "alert_received";
    case TlsFault::version_unsupported:
      return "version_unsupported";
    case TlsFault::no_shared_cipher:
      return "no_shared_cipher";
    case TlsFault::no_shared_protocol:
      return "no_shared_protocol";
    case TlsFault::plain_http:
      return "plain_http";
    case TlsFault::not_tls:
      return "not_tls";
    case TlsFault::ended:
      return "ended";
    case TlsFault::reset:
      return "reset";
    case TlsFault::timed_out:
      return "timed_out";
    case TlsFault::malformed:
      return "malformed";
    case TlsFault::no_certificate:
      return "no_certificate";
    case TlsFault::other:
      return "other";
  }
  return "";
}

}  // namespace lastframe::session
