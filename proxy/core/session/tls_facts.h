// TLS of one leg: what was agreed on, what the peer showed, and how it failed. Facts only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/endpoint.h"
#include "core/tls/tls_watch.h"

namespace lastframe::session {

// What we do with the TLS of a leg. On the client's leg we terminate it with a certificate of the
// operator's, or intercept it with one that we mint; on the server's leg we originate it; or it
// passes through and we have no keys. A capture of it may be decrypted with a key log.
enum class TlsHandling : unsigned char {
  terminated,
  intercepted,
  originated,
  passed_through,
  decrypted
};

// RFC 8446 section 6.
struct TlsAlert {
  std::uint8_t number = 0;
  bool is_fatal = false;

  bool operator==(const TlsAlert&) const = default;
};

// A certificate as its owner showed it. Texts are printable and at most 256 bytes.
struct CertificateFacts {
  std::string subject;  // "CN=chat.example, O=Example"
  std::string issuer;
  std::int64_t not_before = 0;  // unix seconds
  std::int64_t not_after = 0;
  std::vector<std::string> names;  // DNS names and addresses it is good for; at most 16
  std::size_t name_count = 0;
  std::string key;                // "EC 256 bits", "RSA 2048 bits"
  std::string signature;          // "ecdsa-with-SHA256"
  bool is_self_issued = false;    // subject and issuer are the same
  bool names_issuer_url = false;  // it says where its issuer's certificate can be fetched (AIA)

  bool operator==(const CertificateFacts&) const = default;
};

// What is wrong with a certificate, as verification found it.
enum class CertificateFault : unsigned char {
  none,
  expired,
  not_yet_valid,
  self_signed,     // the leaf itself, and it is not trusted
  untrusted_root,  // the chain that was shown ends in a root that is not trusted
  unknown_issuer,  // an issuer was neither shown nor is it trusted
  name_mismatch,
  wrong_purpose,  // its key usage does not allow this
  weak,           // key or signature too weak for the security level
  revoked,
  missing,  // the client showed none, and one is required
  other,
};

struct TlsLeg {
  TlsHandling handling = TlsHandling::terminated;
  // Of the ClientHello on this leg, whoever sent it.
  std::string server_name;
  std::vector<std::string> offered_alpn;
  std::vector<std::uint16_t> offered_versions;  // 0x0303: TLS 1.2
  std::vector<std::uint16_t> offered_ciphers;   // at most 64
  // What was agreed on; empty or 0 where it did not come to that.
  std::uint16_t version = 0;
  std::string cipher;  // "TLS_AES_256_GCM_SHA384"
  std::string alpn;
  // The peer's certificates as it sent them, its own first; at most 4 of `chain_length`.
  std::vector<CertificateFacts> chain;
  std::size_t chain_length = 0;
  // What we showed to the peer, or would have, our own first; at most 4. Only of a failure. Empty:
  // none, or it is not known.
  std::vector<CertificateFacts> shown;
  // What verification found, also where it was only looked at (`upstream_tls: {verify: false}`).
  CertificateFault certificate_fault = CertificateFault::none;
  std::string certificate_fault_text;  // OpenSSL's words
  std::string expected_name;           // that the certificate was compared with
  bool is_verified = false;            // whether a fault ends the handshake
  // Where it passed through: the peer's alert in clear text, what its last record was, and whether
  // its bytes stop within one.
  std::optional<TlsAlert> alert{};
  tls::LastRecord last_record = tls::LastRecord::none;
  bool is_cut = false;

  bool operator==(const TlsLeg&) const = default;
};

// How a TLS handshake ended without success.
enum class TlsFault : unsigned char {
  certificate_refused,  // by us: see TlsLeg::certificate_fault
  alert_received,       // see TlsFailure::received
  version_unsupported,  // the peer has no version that we allow
  no_shared_cipher,
  no_shared_protocol,  // ALPN
  plain_http,          // the peer speaks HTTP without TLS
  not_tls,             // the peer's bytes are something else
  ended,               // FIN within the handshake
  reset,
  timed_out,
  malformed,       // TLS that breaks its own rules
  no_certificate,  // we could not mint one
  other,
};

struct TlsFailure {
  TlsFault fault = TlsFault::other;
  std::optional<TlsAlert> received{};
  std::optional<TlsAlert> sent{};
  std::string detail{};               // OpenSSL's reason or an errno name
  std::string first_bytes{};          // where the peer does not speak TLS: printable, at most 64
  std::uint64_t bytes_from_peer = 0;  // in the handshake; 0: it said nothing at all
  // Whether the handshake was over for us when it failed: in TLS 1.3 a server refuses a client's
  // certificate only then.
  bool is_after_handshake = false;

  bool operator==(const TlsFailure&) const = default;
};

std::string_view name(TlsHandling handling);    // "terminated"
std::string_view name(CertificateFault fault);  // "expired"
std::string_view name(TlsFault fault);          // "alert_received"

}  // namespace lastframe::session
