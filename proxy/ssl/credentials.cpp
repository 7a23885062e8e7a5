#include "ssl/credentials.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "core/base/words.h"
#include "ssl/certificate_facts.h"
#include "ssl/chain_check.h"

namespace lastframe::ssl {
namespace {

// What OpenSSL's security level 2 asks for: 112 bits, that is RSA of 2048 and SHA-2.
constexpr int kLeastSecurityBits = 112;

std::string place(const KeyPairFiles& files, std::size_t at) {
  return fmt::format("certificate {} in {}", at + 1, in_quotes(files.certificate));
}

class Check {
 public:
  Check(const KeyPairFiles& files, const Credentials& credentials, std::vector<Error>& errors)
      : files_(files), credentials_(credentials), errors_(errors) {}

  void key() {
    if (fits_key(0)) return;
    const std::string what = fmt::format("the key in {} does not belong to the certificate in {}",
                                         in_quotes(files_.key), in_quotes(files_.certificate));
    for (std::size_t i = 1; i < credentials_.chain.size(); ++i) {
      if (!fits_key(i)) continue;
      return add(what, fmt::format("it belongs to number {} there, {}: put that one first", i + 1,
                                   subject_text(credentials_.chain[i].get())));
    }
    add(what, fmt::format("that certificate is {}; name the key it was requested with",
                          subject_text(credentials_.certificate())));
  }

  void dates(std::int64_t now) {
    for (std::size_t i = 0; i < credentials_.chain.size(); ++i) {
      const X509* const certificate = credentials_.chain[i].get();
      const std::string which = place(files_, i) + " (" + subject_text(certificate) + ")";
      if (end_of(certificate) < now) {
        add(fmt::format("{} has expired on {}", which, date_text(end_of(certificate))),
            "renew it; peers would refuse it");
      } else if (begin_of(certificate) > now) {
        add(fmt::format("{} is not valid before {}", which, date_text(begin_of(certificate))),
            "check this machine's clock, or wait; peers would refuse it");
      }
    }
  }

  void strength() {
    for (std::size_t i = 0; i < credentials_.chain.size(); ++i) {
      X509* const certificate = credentials_.chain[i].get();
      const EVP_PKEY* const key = X509_get0_pubkey(certificate);
      if (key == nullptr || EVP_PKEY_get_security_bits(key) < kLeastSecurityBits) {
        add(fmt::format("{} has a weak key: {}", place(files_, i), key_text(key)),
            "use EC P-256, or RSA of at least 2048 bits");
      }
      int bits = -1;
      // Nobody checks what a root says of itself.
      if (is_self_issued(certificate)) continue;
      if (X509_get_signature_info(certificate, nullptr, nullptr, &bits, nullptr) != 1) continue;
      if (bits < kLeastSecurityBits) {
        add(fmt::format("{} has a weak signature: {}", place(files_, i),
                        facts_of(certificate).signature),
            "have it issued anew with SHA-256");
      }
    }
  }

  void chain() {
    if (auto problem = chain_problem(credentials_.chain)) {
      add(in_quotes(files_.certificate) + ": " + std::move(problem->what),
          std::move(problem->remedy));
    }
  }

 private:
  bool fits_key(std::size_t at) const {
    const EVP_PKEY* const key = X509_get0_pubkey(credentials_.chain[at].get());
    return key != nullptr && EVP_PKEY_eq(key, credentials_.key.get()) == 1;
  }
  void add(std::string what, std::string remedy) {
    errors_.push_back({files_.origin.text, std::move(what), std::move(remedy)});
  }

  const KeyPairFiles& files_;
  const Credentials& credentials_;
  std::vector<Error>& errors_;
};

}  // namespace

CertificatesPointer Credentials::intermediates() const {
  CertificatesPointer others(sk_X509_new_null());
  for (std::size_t i = 1; others && i < chain.size(); ++i) {
    sk_X509_push(others.get(), shared(chain[i].get()).release());
  }
  return others;
}

std::expected<Credentials, std::vector<Error>> load_credentials(const KeyPairFiles& files,
                                                                KeyReaders readers,
                                                                std::int64_t now) {
  std::vector<Error> errors;
  auto certificates = read_certificates(files.certificate, files.origin);
  if (!certificates) errors.push_back(certificates.error());
  auto key = read_key(files.key, files.origin, readers);
  if (!key) errors.push_back(key.error());
  if (!errors.empty()) return std::unexpected(std::move(errors));

  Credentials credentials{*std::move(certificates), *std::move(key)};
  Check check(files, credentials, errors);
  check.key();
  check.chain();
  check.dates(now);
  check.strength();
  if (!errors.empty()) return std::unexpected(std::move(errors));
  return credentials;
}

}  // namespace lastframe::ssl
