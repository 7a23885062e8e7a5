#include "ssl/verification.h"

#include <openssl/x509_vfy.h>

#include <algorithm>
#include <cstddef>

#include "ssl/handshake_notes.h"

namespace lastframe::ssl {
namespace {

HandshakeNotes* notes_of_store(X509_STORE_CTX* store) {
  const auto* const ssl = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  return ssl == nullptr ? nullptr : notes_of(ssl);
}

// OpenSSL forgets the chain of a handshake that it ends.
void keep_chain(HandshakeNotes& notes, const STACK_OF(X509) * chain) {
  const int length = chain == nullptr ? 0 : sk_X509_num(chain);
  notes.chain_length = static_cast<std::size_t>(length);
  notes.chain.clear();
  for (int i = 0; i < std::min(length, static_cast<int>(kMostChain)); ++i) {
    notes.chain.push_back(shared(sk_X509_value(chain, i)));
  }
}

int note_fault(int is_good, X509_STORE_CTX* store) {
  if (is_good == 1) return 1;
  HandshakeNotes* const notes = notes_of_store(store);
  if (notes == nullptr) return 0;
  if (notes->verify_error == X509_V_OK) {
    notes->verify_error = X509_STORE_CTX_get_error(store);
    notes->verify_depth = X509_STORE_CTX_get_error_depth(store);
  }
  return notes->is_verified ? 0 : 1;
}

int verify(X509_STORE_CTX* store, void*) {
  HandshakeNotes* const notes = notes_of_store(store);
  if (notes == nullptr) return 0;
  keep_chain(*notes, X509_STORE_CTX_get0_untrusted(store));
  const int result = X509_verify_cert(store);
  if (result != 1 && notes->verify_error == X509_V_OK) {
    const int error = X509_STORE_CTX_get_error(store);
    notes->verify_error = error == X509_V_OK ? X509_V_ERR_UNSPECIFIED : error;
  }
  X509_STORE_CTX_set_error(store, notes->verify_error);
  return notes->verify_error == X509_V_OK || !notes->is_verified ? 1 : 0;
}

}  // namespace

void verify_peers(SSL_CTX* context, PeerCertificate certificate) {
  const bool is_required = certificate == PeerCertificate::required;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (is_required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                     note_fault);
  SSL_CTX_set_cert_verify_callback(context, verify, nullptr);
}

session::CertificateFault fault_of(int verify_error) {
  using enum session::CertificateFault;
  switch (verify_error) {
    case X509_V_OK:
      return none;
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return expired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return not_yet_valid;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return self_signed;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
    case X509_V_ERR_CERT_REJECTED:
      return untrusted_root;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:  // an authority made anew under its old name
    case X509_V_ERR_SUBJECT_ISSUER_MISMATCH:
    case X509_V_ERR_AKID_SKID_MISMATCH:
    case X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH:
      return unknown_issuer;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return name_mismatch;
    case X509_V_ERR_INVALID_CA:
    case X509_V_ERR_INVALID_NON_CA:
    case X509_V_ERR_INVALID_PURPOSE:
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
    case X509_V_ERR_KEYUSAGE_NO_DIGITAL_SIGNATURE:
      return wrong_purpose;
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return weak;
    case X509_V_ERR_CERT_REVOKED:
      return revoked;
    default:  // OpenSSL's numbers are no enum, and there are more than a hundred
      return other;
  }
}

}  // namespace lastframe::ssl
