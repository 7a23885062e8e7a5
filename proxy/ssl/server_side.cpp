#include "ssl/server_side.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "core/base/ip.h"
#include "core/base/words.h"
#include "ssl/authority.h"
#include "ssl/certificate_facts.h"
#include "ssl/certificate_set.h"
#include "ssl/chain_check.h"
#include "ssl/contexts.h"
#include "ssl/handshake_notes.h"
#include "ssl/names.h"
#include "ssl/verification.h"

namespace lastframe::ssl {
namespace {

// The client's list is bytes of its hello: one length, then as many bytes, each time. What is
// chosen must live on, and does so there.
int select_protocol(SSL* ssl, const unsigned char** chosen, unsigned char* chosen_length,
                    const unsigned char* list, unsigned int list_length, void*) {
  const HandshakeNotes* const notes = notes_of(ssl);
  if (notes == nullptr || notes->protocol.empty()) return SSL_TLSEXT_ERR_NOACK;
  for (unsigned int at = 0; at < list_length; at += 1U + list[at]) {
    const unsigned int length = list[at];
    if (length > list_length - at - 1) break;
    const std::string_view offered(reinterpret_cast<const char*>(list + at + 1), length);
    if (offered != notes->protocol) continue;
    *chosen = list + at + 1;
    *chosen_length = static_cast<unsigned char>(length);
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

StorePointer system_roots() {
  StorePointer store(X509_STORE_new());
  if (store) X509_STORE_set_default_paths(store.get());
  ERR_clear_error();
  return store;
}

class FilesAndAuthority final : public ServerSide {
 public:
  FilesAndAuthority(const ServerOptions& options, ContextPointer context, CertificateSet files,
                    std::unique_ptr<const Authority> authority, std::vector<std::string> notes)
      : pass_through_(options.pass_through),
        only_(options.only),
        client_auth_(options.client_auth),
        context_(std::move(context)),
        files_(std::move(files)),
        authority_(std::move(authority)),
        notes_(std::move(notes)) {}

  const std::vector<std::string>& notes() const override { return notes_; }

  bool terminates(std::string_view server_name) const override {
    if (any_fits(pass_through_, server_name)) return false;
    return only_.empty() || any_fits(only_, server_name);
  }

  bool is_intercepting() const override { return authority_ != nullptr; }

  std::expected<SslPointer, std::string> begin(const Request& request) const override {
    const std::string_view wanted =
        request.server_name.empty() ? request.fallback_name : request.server_name;
    const std::string name = host_name(wanted).value_or(std::string(wanted));
    std::vector<const Credentials*> shown = files_.for_name(name);
    const bool is_minted =
        shown.empty() && authority_ != nullptr && (files_.is_empty() || !name.empty());
    if (shown.empty() && !is_minted) shown = files_.for_nobody();

    SslPointer ssl(SSL_new(context_.get()));
    HandshakeNotes notes;
    notes.handling =
        is_minted ? session::TlsHandling::intercepted : session::TlsHandling::terminated;
    notes.is_verified = client_auth_ == ClientAuth::require;
    notes.protocol = request.protocol;
    if (!ssl || !attach_notes(ssl.get(), std::move(notes))) return no_memory();
    SSL_set_accept_state(ssl.get());
    if (is_minted) {
      auto certificate = authority_->certificate_for(name, std::time(nullptr));
      if (!certificate) return std::unexpected(std::move(certificate.error()));
      return use(std::move(ssl), certificate->get(), authority_->leaf_key(), authority_->chain());
    }
    for (const Credentials* const credentials : shown) {
      const CertificatesPointer chain = credentials->intermediates();
      auto used =
          use(std::move(ssl), credentials->certificate(), credentials->key.get(), chain.get());
      if (!used) return used;
      ssl = *std::move(used);
    }
    return ssl;
  }

 private:
  static std::unexpected<std::string> no_memory() {
    return std::unexpected<std::string>("there is no memory for a TLS connection");
  }

  static std::expected<SslPointer, std::string> use(SslPointer ssl, X509* certificate,
                                                    EVP_PKEY* key, STACK_OF(X509) * chain) {
    ERR_clear_error();
    if (SSL_use_cert_and_key(ssl.get(), certificate, key, chain, 1) == 1) return ssl;
    const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
    std::string text =
        fmt::format("the certificate of {} cannot be used: {}", subject_text(certificate),
                    reason == nullptr ? "OpenSSL does not say why" : reason);
    ERR_clear_error();
    return std::unexpected(std::move(text));
  }

  std::vector<std::string> pass_through_;
  std::vector<std::string> only_;
  ClientAuth client_auth_;
  ContextPointer context_;
  CertificateSet files_;
  std::unique_ptr<const Authority> authority_;
  std::vector<std::string> notes_;
};

// One loading of options: collects what is wrong everywhere before it gives up.
class Loading {
 public:
  explicit Loading(const ServerOptions& options) : options_(options) {}

  std::expected<std::shared_ptr<const ServerSide>, std::vector<Error>> result(
      std::shared_ptr<KeyLog> key_log) {
    auto context = make_context(Leg::client, {options_.lowest, options_.ciphers, options_.origin},
                                std::move(key_log));
    if (!context) return std::unexpected(std::vector<Error>{context.error()});
    SSL_CTX_set_alpn_select_cb(context->get(), select_protocol, nullptr);
    read_certificates_and_keys();
    read_authority();
    ask_for_certificates(context->get());
    if (options_.certificates.empty() && !options_.authority) {
      errors_.push_back({options_.origin.text, "there is no certificate to show to clients",
                         "name `certificates`, or an `authority` that makes them"});
    }
    if (!errors_.empty()) return std::unexpected(std::move(errors_));
    return std::make_shared<const FilesAndAuthority>(
        options_, *std::move(context), std::move(files_), std::move(authority_), std::move(notes_));
  }

 private:
  void add(const std::vector<Error>& errors) {
    errors_.insert(errors_.end(), errors.begin(), errors.end());
  }

  void read_certificates_and_keys() {
    StorePointer system;
    const auto system_store = [&system] {  // it takes milliseconds to read
      if (!system) system = system_roots();
      return system.get();
    };
    for (const KeyPairFiles& files : options_.certificates) {
      auto credentials = load_credentials(files, KeyReaders::group, std::time(nullptr));
      if (!credentials) {
        add(credentials.error());
        continue;
      }
      const auto note = unknown_end(credentials->chain, system_store);
      if (note) notes_.push_back(in_quotes(files.certificate) + ": " + *note);
      note_uses(files, credentials->certificate());
      files_.add(*std::move(credentials));
    }
  }

  // What clients may refuse, and other clients do not.
  void note_uses(const KeyPairFiles& files, X509* certificate) {
    const std::string file = in_quotes(files.certificate);
    if (X509_check_purpose(certificate, X509_PURPOSE_SSL_SERVER, 0) != 1) {
      notes_.push_back(file + ": its key usage does not allow a server; most clients refuse it");
    }
    if (X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1) < 0) {
      notes_.push_back(file + ": it has no subjectAltName; browsers and others refuse it");
    }
  }

  void read_authority() {
    if (!options_.authority) return;
    auto authority = Authority::load(*options_.authority);
    if (!authority) return add(authority.error());
    authority_ = *std::move(authority);
  }

  void ask_for_certificates(SSL_CTX* context) {
    if (options_.client_auth == ClientAuth::off) return;
    const bool is_required = options_.client_auth == ClientAuth::require;
    if (options_.client_ca.empty()) {
      errors_.push_back({options_.origin.text, "clients are asked for a certificate, but of whom?",
                         "name the file of the authority that issues them in `client_ca`"});
      return;
    }
    const auto trusted = trust_file(context, options_.client_ca, options_.origin);
    if (!trusted) return add({trusted.error()});
    notes_.insert(notes_.end(), trusted->begin(), trusted->end());
    auto names = read_certificates(options_.client_ca, options_.origin);
    if (!names) return add({names.error()});
    for (const CertificatePointer& name : *names) SSL_CTX_add_client_CA(context, name.get());
    verify_peers(context, is_required ? PeerCertificate::required : PeerCertificate::optional);
  }

  const ServerOptions& options_;
  CertificateSet files_;
  std::unique_ptr<const Authority> authority_;
  std::vector<std::string> notes_;
  std::vector<Error> errors_;
};

}  // namespace

std::expected<std::shared_ptr<const ServerSide>, std::vector<Error>> ServerSide::load(
    const ServerOptions& options, std::shared_ptr<KeyLog> key_log) {
  return Loading(options).result(std::move(key_log));
}

}  // namespace lastframe::ssl
