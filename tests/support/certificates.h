// Makes certificates for tests, good ones and those that nobody should have: any chain, dates,
// names, usage, keys and signatures.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <cassert>
#include <cstdint>
#include <ctime>
#include <fstream>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "ssl/handles.h"
#include "ssl/options.h"
#include "support/temporary_folder.h"

namespace lastframe::test {

enum class KeyKind { ec, rsa, rsa_1024, ed25519 };

inline constexpr std::int64_t kDay = 24 * 60 * 60;

struct CertificateRecipe {
  std::string common_name = "chat.example";
  std::string alt_names = "DNS:chat.example";  // as OpenSSL's subjectAltName has them; empty: none
  bool is_authority = false;
  std::int64_t begins_in = -kDay;  // seconds from now
  std::int64_t ends_in = 30 * kDay;
  std::string key_usage = "";  // "digitalSignature"; empty: no such extension
  std::string extended_usage = "";
  std::string issuer_url = "";  // where its issuer's certificate is (AIA)
  KeyKind key = KeyKind::ec;
  const char* digest = "SHA256";
};

inline ssl::KeyPointer make_test_key(KeyKind kind) {
  switch (kind) {
    case KeyKind::ec:
      return ssl::KeyPointer(EVP_EC_gen("P-256"));
    case KeyKind::rsa:
      return ssl::KeyPointer(EVP_RSA_gen(2048));
    case KeyKind::rsa_1024:
      return ssl::KeyPointer(EVP_RSA_gen(1024));
    case KeyKind::ed25519:
      return ssl::KeyPointer(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  }
  return nullptr;
}

inline std::string text_of(const ssl::BioPointer& bio) {
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(length)};
}

// A certificate and its key. Shared: a test hands it on as issuer, file and expectation.
struct TestCertificate {
  std::shared_ptr<X509> certificate;
  std::shared_ptr<EVP_PKEY> key;

  std::string pem() const {
    const ssl::BioPointer bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(bio.get(), certificate.get());
    return text_of(bio);
  }
  std::string key_pem() const {
    const ssl::BioPointer bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return text_of(bio);
  }
};

inline void add_test_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  if (value.empty()) return;
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  assert(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// Issued by `issuer`, or by itself.
inline TestCertificate make_certificate(const CertificateRecipe& recipe,
                                        const TestCertificate* issuer = nullptr) {
  static long serial = 1;
  TestCertificate made{{X509_new(), X509_free}, make_test_key(recipe.key)};
  X509* const certificate = made.certificate.get();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  const std::time_t now = std::time(nullptr);
  ASN1_TIME_set(X509_getm_notBefore(certificate), now + recipe.begins_in);
  ASN1_TIME_set(X509_getm_notAfter(certificate), now + recipe.ends_in);
  X509_set_pubkey(certificate, made.key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(recipe.common_name.data()),
                             static_cast<int>(recipe.common_name.size()), -1, 0);
  X509* const from = issuer == nullptr ? certificate : issuer->certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(from));
  add_test_extension(certificate, from, NID_subject_key_identifier, "hash");
  if (issuer != nullptr)
    add_test_extension(certificate, from, NID_authority_key_identifier, "keyid");
  add_test_extension(certificate, from, NID_basic_constraints,
                     recipe.is_authority ? "critical,CA:TRUE" : "");
  add_test_extension(certificate, from, NID_key_usage, recipe.key_usage);
  add_test_extension(certificate, from, NID_ext_key_usage, recipe.extended_usage);
  add_test_extension(certificate, from, NID_subject_alt_name, recipe.alt_names);
  add_test_extension(certificate, from, NID_info_access,
                     recipe.issuer_url.empty() ? "" : "caIssuers;URI:" + recipe.issuer_url);
  EVP_PKEY* const signer = issuer == nullptr ? made.key.get() : issuer->key.get();
  const bool has_own_digest = EVP_PKEY_get_base_id(signer) == EVP_PKEY_ED25519;
  X509_sign(certificate, signer, has_own_digest ? nullptr : EVP_get_digestbyname(recipe.digest));
  return made;
}

inline TestCertificate make_test_root(const std::string& name = "Test root") {
  return make_certificate({.common_name = name,
                           .alt_names = "",
                           .is_authority = true,
                           .key_usage = "critical,keyCertSign,cRLSign"});
}

inline TestCertificate make_intermediate(const TestCertificate& root,
                                         const std::string& name = "Test intermediate") {
  return make_certificate({.common_name = name,
                           .alt_names = "",
                           .is_authority = true,
                           .key_usage = "critical,keyCertSign,cRLSign"},
                          &root);
}

// Files of a test.
class CertificateFiles {
 public:
  // The path of a new file with that content.
  std::string write(const std::string& name, const std::string& text, mode_t mode = 0600) const {
    const std::string path = folder_.file(name);
    std::ofstream(path) << text;
    chmod(path.c_str(), mode);
    return path;
  }
  std::string path(const std::string& name) const { return folder_.file(name); }

  // NAME.pem and NAME-key.pem.
  ssl::KeyPairFiles pair(const std::string& name, const std::string& chain,
                         const std::string& key) const {
    return {write(name + ".pem", chain), write(name + "-key.pem", key), {"lastframe.yaml:7: tls"}};
  }
  ssl::KeyPairFiles pair(const std::string& name, const TestCertificate& one) const {
    return pair(name, one.pem(), one.key_pem());
  }

 private:
  TemporaryFolder folder_;
};

// All of them in one text.
inline std::string chain_pem(std::initializer_list<const TestCertificate*> chain) {
  std::string text;
  for (const TestCertificate* const one : chain) text += one->pem();
  return text;
}

}  // namespace lastframe::test
