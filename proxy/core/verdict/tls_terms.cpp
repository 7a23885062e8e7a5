// What the two sides could not agree on: version, protocol, name, cipher suite.
#include <fmt/core.h>

#include <algorithm>

#include "core/base/ranges.h"
#include "core/base/words.h"
#include "core/tls/names.h"
#include "core/tls/wire.h"
#include "core/verdict/sentences.h"
#include "core/verdict/tls_reasons.h"
#include "core/verdict/tls_sentences.h"

namespace lastframe::verdict {
namespace {

using session::TlsFault;
using tls::kTls12;
using tls::kTls13;

constexpr std::uint8_t kHandshakeFailure = tls::alert_number("handshake_failure");
constexpr std::uint8_t kProtocolVersion = tls::alert_number("protocol_version");
constexpr std::uint8_t kInsufficientSecurity = tls::alert_number("insufficient_security");
constexpr std::uint8_t kInappropriateFallback = tls::alert_number("inappropriate_fallback");
constexpr std::uint8_t kUnrecognizedName = tls::alert_number("unrecognized_name");
constexpr std::uint8_t kNoApplicationProtocol = tls::alert_number("no_application_protocol");

bool is_offered(const TlsCase& tls, std::uint16_t version) {
  return contains(tls.leg.offered_versions, version);
}

// A client of the last century; what OpenSSL says of it depends on what it stumbles over first.
bool offers_only_old_versions(const TlsCase& tls) {
  return !tls.leg.offered_versions.empty() && std::ranges::max(tls.leg.offered_versions) < kTls12;
}

// Who has to act: the one whose versions are given up, or who leaves out one that others need.
Party party_for_version(const TlsCase& tls) {
  if (tls.leg.offered_versions.empty()) return tls.facts.party_of(tls.peer);
  if (offers_only_old_versions(tls)) return tls.hello_party();
  const bool is_choosy = !is_offered(tls, kTls12);  // TLS 1.3 only
  // The hello had TLS 1.2, so that the other side has 1.3 only, or nothing that is still in use.
  if (tls.peer == Endpoint::client && !tls.failure.received) {
    return is_choosy ? tls.hello_party() : tls.answer_party();
  }
  return is_choosy ? tls.hello_party() : tls.facts.party_of(tls.peer);
}

void say_offer(const TlsCase& tls, Finding& found) {
  if (tls.leg.offered_versions.empty()) return;
  found.says(
      fmt::format("{} offered {}.", tls.hello_sender(), versions_text(tls.leg.offered_versions)));
}

bool has_ecdsa(const TlsCase& tls) {
  // TLS 1.3 suites say nothing of signatures.
  return is_offered(tls, kTls13) ||
         std::ranges::any_of(tls.leg.offered_ciphers, [](std::uint16_t cipher) {
           return tls::cipher_name(cipher).contains("ECDSA");
         });
}

void say_ciphers(const TlsCase& tls, Finding& found) {
  const auto& offered = tls.leg.offered_ciphers;
  if (offered.empty()) return;
  found.says(fmt::format("{} offered {}: {}.", tls.hello_sender(),
                         count_text(offered.size(), "cipher suite"), ciphers_text(offered)));
}

// We found nothing in the client's list.
Finding none_for_us(const TlsCase& tls) {
  Finding found(Cause::tls_no_shared_cipher, Confidence::certain);
  found.acts(tls.peer == Endpoint::client ? Party::client : Party::server);
  say_offer(tls, found);
  say_ciphers(tls, found);
  const auto& shown = tls.leg.shown;
  if (tls.peer == Endpoint::client && !shown.empty() && shown.front().key.starts_with("EC") &&
      !tls.leg.offered_ciphers.empty() && !has_ecdsa(tls)) {
    found.acts(tls.answer_party());
    found.says(
        "The certificate here has an EC key, and the client has no suite for such: a second "
        "certificate with an RSA key would do.");
  }
  return found;
}

}  // namespace

std::optional<Finding> no_common_version(const TlsCase& tls) {
  const bool is_told = tls.has_received({kProtocolVersion, kInappropriateFallback});
  const bool is_ours = tls.failure.fault == TlsFault::version_unsupported;
  const bool is_hidden =
      tls.peer == Endpoint::client && !is_told && offers_only_old_versions(tls) &&
      (tls.failure.fault == TlsFault::no_shared_cipher || tls.failure.fault == TlsFault::other);
  if (!is_told && !is_ours && !is_hidden) return std::nullopt;
  Finding found(Cause::tls_version_unsupported, Confidence::certain);
  found.acts(party_for_version(tls));
  if (is_told) found.says(tls.alert_sentence());
  say_offer(tls, found);
  if (tls.leg.offered_versions.empty()) {
    found.confidence = Confidence::likely;
  } else if (offers_only_old_versions(tls)) {
    found.says("TLS 1.0 and 1.1 are given up everywhere (RFC 8996).");
  } else if (!is_offered(tls, kTls12)) {
    found.says("TLS 1.2 was not offered, which the other side needs.");
  } else if (!is_offered(tls, kTls13)) {
    found.says("TLS 1.3 was not offered: the other side takes that one only, or older ones only.");
  } else {
    found.says("The other side has neither TLS 1.3 nor 1.2.");
  }
  return found;
}

std::optional<Finding> no_common_protocol(const TlsCase& tls) {
  const bool is_told = tls.has_received({kNoApplicationProtocol});
  if (!is_told && tls.failure.fault != TlsFault::no_shared_protocol) return std::nullopt;
  Finding found(Cause::tls_alpn_mismatch, Confidence::certain);
  const bool has_http1 = contains(tls.leg.offered_alpn, std::string("http/1.1"));
  found.acts(has_http1 ? tls.answer_party() : Party::client);
  if (is_told) found.says(tls.alert_sentence());
  if (tls.leg.offered_alpn.empty()) return found;
  found.says(fmt::format("{} offered {}.", tls.hello_sender(), list_text(tls.leg.offered_alpn)));
  if (!has_http1) {
    found.says("http/1.1, which a WebSocket needs, is not among them.");
    if (tls.peer == Endpoint::server && !tls.is_passed_through()) {
      found.says("This proxy hands the client's own list on (tls.alpn: mirror).");
    }
  }
  return found;
}

std::optional<Finding> unknown_server_name(const TlsCase& tls) {
  const bool is_told = tls.peer == Endpoint::server && tls.has_received({kUnrecognizedName});
  const bool is_ours = tls.peer == Endpoint::client && tls.failure.sent &&
                       tls.failure.sent->number == kUnrecognizedName;
  if (!is_told && !is_ours) return std::nullopt;
  Finding found(Cause::tls_server_name_unrecognized, Confidence::certain);
  found.acts(tls.hello_party());
  if (is_told) {
    found.says(tls.alert_sentence());
  } else {
    found.summary = "The client asked for a server name that this listener does not have (SNI).";
  }
  return found.says(tls.leg.server_name.empty() ? std::string("No server name was sent.")
                                                : fmt::format("The name in the hello was {}.",
                                                              in_quotes(tls.leg.server_name)));
}

std::optional<Finding> no_common_cipher(const TlsCase& tls) {
  if (tls.failure.fault == TlsFault::no_shared_cipher) return none_for_us(tls);
  const bool is_told = tls.has_received({kInsufficientSecurity});
  if (!is_told && !tls.has_received({kHandshakeFailure})) return std::nullopt;
  Finding found(Cause::tls_no_shared_cipher, is_told ? Confidence::likely : Confidence::possible,
                {tls.alert_sentence()});
  found.acts(tls.peer == Endpoint::server ? Party::unknown : Party::client);
  if (!is_told) {
    found.says(
        "That is all that it says: no cipher suite, group or signature in common, most often.");
  }
  say_offer(tls, found);
  say_ciphers(tls, found);
  if (tls.peer == Endpoint::client) return found;
  if (tls.leg.server_name.empty()) {
    found.says("No server name was sent, without which some hosts refuse every handshake.");
  }
  return found.may_be(Cause::tls_server_name_unrecognized)
      .may_be(Cause::tls_client_certificate_missing);
}

}  // namespace lastframe::verdict
