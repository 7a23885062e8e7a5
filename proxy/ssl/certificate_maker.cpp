#include "ssl/certificate_maker.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstddef>
#include <memory>

#include "core/base/ip.h"
#include "ssl/names.h"

namespace lastframe::ssl {
namespace {

using ExtensionPointer = std::unique_ptr<X509_EXTENSION, Freeing<X509_EXTENSION_free>>;
using NumberPointer = std::unique_ptr<BIGNUM, Freeing<BN_free>>;
using AltNamesPointer = std::unique_ptr<GENERAL_NAMES, Freeing<GENERAL_NAMES_free>>;
using AltNamePointer = std::unique_ptr<GENERAL_NAME, Freeing<GENERAL_NAME_free>>;
using BytesPointer = std::unique_ptr<ASN1_OCTET_STRING, Freeing<ASN1_OCTET_STRING_free>>;
using TextPointer = std::unique_ptr<ASN1_IA5STRING, Freeing<ASN1_IA5STRING_free>>;

constexpr std::size_t kLongestCommonName = 64;  // RFC 5280 appendix A.1: ub-common-name
constexpr long kVersion3 = 2;                   // RFC 5280 section 4.1.2.1

// RFC 5280 section 4.1.2.2: positive, at most 20 bytes; ours has 127 random bits.
bool set_serial(X509* certificate) {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return false;
  bytes.front() &= 0x7F;
  bytes.back() |= 1;  // never 0
  const NumberPointer number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool add_to_name(X509_NAME* name, const char* kind, std::string_view value) {
  return X509_NAME_add_entry_by_txt(name, kind, MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(value.data()),
                                    static_cast<int>(value.size()), -1, 0) == 1;
}

// `value` is in OpenSSL's configuration language: our own words only.
bool add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const ExtensionPointer extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool sign(X509* certificate, EVP_PKEY* key) {
  const int kind = EVP_PKEY_get_base_id(key);
  const bool has_own_digest = kind == EVP_PKEY_ED25519 || kind == EVP_PKEY_ED448;
  return X509_sign(certificate, key, has_own_digest ? nullptr : EVP_sha256()) > 0;
}

bool begin_certificate(X509* certificate, EVP_PKEY* key, Validity validity) {
  return X509_set_version(certificate, kVersion3) == 1 && set_serial(certificate) &&
         ASN1_TIME_set(X509_getm_notBefore(certificate), validity.begin) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), validity.end) != nullptr &&
         X509_set_pubkey(certificate, key) == 1;
}

AltNamePointer address_name(std::string_view text, const IpBytes& address) {
  const bool is_v4 = !text.contains(':');
  const std::size_t length = is_v4 ? 4 : 16;
  BytesPointer bytes(ASN1_OCTET_STRING_new());
  AltNamePointer name(GENERAL_NAME_new());
  if (!bytes || !name) return nullptr;
  if (ASN1_OCTET_STRING_set(bytes.get(), address.data() + (address.size() - length),
                            static_cast<int>(length)) != 1) {
    return nullptr;
  }
  GENERAL_NAME_set0_value(name.get(), GEN_IPADD, bytes.release());
  return name;
}

AltNamePointer dns_name(const std::string& text) {
  TextPointer value(ASN1_IA5STRING_new());
  AltNamePointer name(GENERAL_NAME_new());
  if (!value || !name) return nullptr;
  if (ASN1_STRING_set(value.get(), text.data(), static_cast<int>(text.size())) != 1) return nullptr;
  GENERAL_NAME_set0_value(name.get(), GEN_DNS, value.release());
  return name;
}

bool add_alt_name(X509* certificate, AltNamePointer name) {
  const AltNamesPointer names(GENERAL_NAMES_new());
  if (!names || !name || sk_GENERAL_NAME_push(names.get(), name.get()) <= 0) return false;
  static_cast<void>(name.release());
  return X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, 0) == 1;
}

bool add_leaf_extensions(X509* leaf, X509* issuer) {
  // An issuer without a key identifier gives none to name; the certificate is good without it.
  static_cast<void>(add_extension(leaf, issuer, NID_authority_key_identifier, "keyid"));
  ERR_clear_error();
  return add_extension(leaf, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
         add_extension(leaf, issuer, NID_key_usage, "critical,digitalSignature") &&
         add_extension(leaf, issuer, NID_ext_key_usage, "serverAuth") &&
         add_extension(leaf, issuer, NID_subject_key_identifier, "hash");
}

}  // namespace

KeyPointer make_key() { return KeyPointer(EVP_EC_gen("P-256")); }

CertificatePointer make_root(const std::string& common_name, EVP_PKEY* key, Validity validity) {
  CertificatePointer root(X509_new());
  if (!root || !begin_certificate(root.get(), key, validity)) return nullptr;
  X509_NAME* const name = X509_get_subject_name(root.get());
  const bool is_made =
      add_to_name(name, "O", "Lastframe") && add_to_name(name, "CN", common_name) &&
      X509_set_issuer_name(root.get(), name) == 1 &&
      add_extension(root.get(), root.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
      add_extension(root.get(), root.get(), NID_key_usage, "critical,keyCertSign,cRLSign") &&
      add_extension(root.get(), root.get(), NID_subject_key_identifier, "hash") &&
      sign(root.get(), key);
  ERR_clear_error();
  return is_made ? std::move(root) : nullptr;
}

std::optional<CertificatePointer> make_leaf(std::string_view name, EVP_PKEY* key, Issuer issuer,
                                            Validity validity) {
  const auto address = parse_ip(name);
  const auto host = host_name(name);
  if (!address && !host) return std::nullopt;
  const std::string shown = host ? *host : std::string(name);
  CertificatePointer leaf(X509_new());
  if (!leaf || !begin_certificate(leaf.get(), key, validity)) return CertificatePointer();
  // Clients look at the alternative name only; a common name of more than 64 bytes is illegal.
  X509_NAME* const subject = X509_get_subject_name(leaf.get());
  const bool is_made =
      add_to_name(subject, "O", "Lastframe interception") &&
      (shown.size() > kLongestCommonName || add_to_name(subject, "CN", shown)) &&
      X509_set_issuer_name(leaf.get(), X509_get_subject_name(issuer.certificate)) == 1 &&
      add_alt_name(leaf.get(), address ? address_name(name, *address) : dns_name(shown)) &&
      add_leaf_extensions(leaf.get(), issuer.certificate) && sign(leaf.get(), issuer.key);
  ERR_clear_error();
  return is_made ? std::move(leaf) : nullptr;
}

}  // namespace lastframe::ssl
