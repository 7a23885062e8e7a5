// Owners of OpenSSL's objects.
#pragma once

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

using SslPointer = std::unique_ptr<SSL, Freeing<SSL_free>>;
using ContextPointer = std::unique_ptr<SSL_CTX, Freeing<SSL_CTX_free>>;
using CertificatePointer = std::unique_ptr<X509, Freeing<X509_free>>;
using KeyPointer = std::unique_ptr<EVP_PKEY, Freeing<EVP_PKEY_free>>;

}  // namespace lastframe::ssl
