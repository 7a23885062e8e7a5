#include "ssl/facts.h"

#include <openssl/x509.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/base/words.h"
#include "ssl/certificate_facts.h"
#include "ssl/handshake_notes.h"
#include "ssl/verification.h"

namespace lastframe::ssl {
namespace {

constexpr std::size_t kLongestProtocol = 64;

// Nothing was agreed on before a cipher was: until then OpenSSL names what it would like.
void describe_agreement(const SSL* ssl, session::TlsLeg& leg) {
  const SSL_CIPHER* const cipher = SSL_get_current_cipher(ssl);
  if (cipher != nullptr) {
    leg.version = static_cast<std::uint16_t>(SSL_version(ssl));
    // As IANA has it; OpenSSL has short names of its own for those of TLS 1.2.
    leg.cipher = SSL_CIPHER_standard_name(cipher);
  }
  const unsigned char* protocol = nullptr;
  unsigned int length = 0;
  SSL_get0_alpn_selected(ssl, &protocol, &length);
  const std::string_view bytes(reinterpret_cast<const char*>(protocol), length);
  if (length > 0) leg.alpn = printable(bytes, kLongestProtocol);
}

// "certificate has expired (certificate 2 of the chain)".
std::string fault_text(const HandshakeNotes& notes) {
  std::string text = X509_verify_cert_error_string(notes.verify_error);
  if (notes.verify_depth == 0) return text;
  return text + " (certificate " + std::to_string(notes.verify_depth + 1) + " of the chain)";
}

}  // namespace

void describe(const SSL* ssl, session::TlsLeg& leg) {
  describe_agreement(ssl, leg);
  const HandshakeNotes* const notes = notes_of(ssl);
  if (notes == nullptr) return;
  leg.handling = notes->handling;
  leg.is_verified = notes->is_verified;
  leg.expected_name = printable(notes->expected_name, 253);
  leg.chain.clear();
  for (const CertificatePointer& certificate : notes->chain) {
    leg.chain.push_back(facts_of(certificate.get()));
  }
  leg.chain_length = notes->chain_length;
  leg.certificate_fault = fault_of(notes->verify_error);
  if (notes->verify_error != X509_V_OK) leg.certificate_fault_text = fault_text(*notes);
  if (!notes->is_certificate_missing) return;
  leg.certificate_fault = session::CertificateFault::missing;
  leg.certificate_fault_text = "peer did not return a certificate";
}

std::vector<session::CertificateFacts> shown_by(SSL* ssl) {
  const HandshakeNotes* const notes = notes_of(ssl);
  X509* const own = SSL_get_certificate(ssl);
  const bool is_wanted = SSL_is_server(ssl) == 1 || (notes != nullptr && notes->is_asked);
  if (own == nullptr || !is_wanted) return {};
  std::vector<session::CertificateFacts> shown{facts_of(own)};
  STACK_OF(X509)* chain = nullptr;
  SSL_get0_chain_certs(ssl, &chain);
  for (int i = 0; i < sk_X509_num(chain) && shown.size() < kMostChain; ++i) {
    shown.push_back(facts_of(sk_X509_value(chain, i)));
  }
  return shown;
}

}  // namespace lastframe::ssl
