// Owners of OpenSSL's objects.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>

namespace lastframe::ssl {

template <auto free>
struct Freeing {
  template <typename Object>
  void operator()(Object* object) const {
    free(object);
  }
};

// The certificates in it as well.
struct FreeingCertificates {
  void operator()(STACK_OF(X509) * certificates) const {
    sk_X509_pop_free(certificates, X509_free);
  }
};

using SslPointer = std::unique_ptr<SSL, Freeing<SSL_free>>;
using ContextPointer = std::unique_ptr<SSL_CTX, Freeing<SSL_CTX_free>>;
using CertificatePointer = std::unique_ptr<X509, Freeing<X509_free>>;
using CertificatesPointer = std::unique_ptr<STACK_OF(X509), FreeingCertificates>;
using KeyPointer = std::unique_ptr<EVP_PKEY, Freeing<EVP_PKEY_free>>;
using BioPointer = std::unique_ptr<BIO, Freeing<BIO_free_all>>;
using StorePointer = std::unique_ptr<X509_STORE, Freeing<X509_STORE_free>>;

// One more owner of it.
inline CertificatePointer shared(X509* certificate) {
  X509_up_ref(certificate);
  return CertificatePointer(certificate);
}

}  // namespace lastframe::ssl
