#include "ssl/contexts.h"

#include <openssl/err.h>

#include <optional>
#include <string_view>
#include <utility>

#include "core/base/words.h"
#include "ssl/certificate_facts.h"
#include "ssl/handshake_notes.h"
#include "ssl/pem_files.h"

namespace lastframe::ssl {
namespace {

// Mozilla's "intermediate" server configuration, version 5.7. TLS 1.3 has suites of its own, all
// of which are good.
constexpr const char* kCiphersForClients =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:DHE-RSA-CHACHA20-POLY1305";

// Servers are older than clients, and the strongest that both have is chosen anyway.
constexpr const char* kCiphersForServers = "DEFAULT";

// Of an operator's list: without authentication there is no certificate to verify, and without
// encryption no TLS to speak of. "!" cannot be taken back by what stands elsewhere in the list.
constexpr const char* kNever = ":!aNULL:!eNULL";

// 112 bits: RSA of 2048 bits, SHA-2. Set here so that it does not depend on the system's
// configuration file; a cipher list may say another with @SECLEVEL.
constexpr int kSecurityLevel = 2;

using SharedKeyLog = std::shared_ptr<KeyLog>;

void free_key_log(void*, void* key_log, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<SharedKeyLog*>(key_log);
}

int key_log_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_key_log);
  return index;
}

void add_to_key_log(const SSL* ssl, const char* line) {
  const void* const key_log = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), key_log_index());
  if (key_log != nullptr) (*static_cast<const SharedKeyLog*>(key_log))->add(line);
}

// The context shares it, for its SSL objects may live longer than whoever made them.
bool attach_key_log(SSL_CTX* context, SharedKeyLog key_log) {
  auto owned = std::make_unique<SharedKeyLog>(std::move(key_log));
  if (SSL_CTX_set_ex_data(context, key_log_index(), owned.get()) != 1) return false;
  static_cast<void>(owned.release());
  SSL_CTX_set_keylog_callback(context, add_to_key_log);
  return true;
}

std::unexpected<Error> no_memory(const Origin& origin) {
  return std::unexpected(Error{origin.text, "there is no memory for TLS", ""});
}

// "CN=Root expired on ...", where it is not valid now.
std::optional<std::string> out_of_date(const X509* certificate) {
  if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0) {
    return subject_text(certificate) + " expired on " + date_text(end_of(certificate));
  }
  if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0) {
    return subject_text(certificate) + " is valid only from " + date_text(begin_of(certificate));
  }
  return std::nullopt;
}

}  // namespace

std::expected<ContextPointer, Error> make_context(Leg leg, const ContextOptions& options,
                                                  std::shared_ptr<KeyLog> key_log) {
  const bool is_server = leg == Leg::client;
  ContextPointer context(SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method()));
  if (!context) return no_memory(options.origin);
  SSL_CTX* const c = context.get();
  SSL_CTX_set_security_level(c, kSecurityLevel);
  SSL_CTX_set_min_proto_version(
      c, options.lowest == LowestVersion::tls1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_max_proto_version(c, 0);  // the highest there is, whatever the system's file says
  SSL_CTX_clear_options(c, SSL_OP_CIPHER_SERVER_PREFERENCE);  // clients know their own hardware
  SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                          SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (is_server) {
    SSL_CTX_set_num_tickets(c, 0);
    SSL_CTX_set_dh_auto(c, 1);
    SSL_CTX_set1_groups_list(c, "X25519:P-256:P-384:P-521");
  }
  const std::string ciphers = !options.ciphers.empty()
                                  ? options.ciphers + kNever
                                  : (is_server ? kCiphersForClients : kCiphersForServers);
  ERR_clear_error();
  if (SSL_CTX_set_cipher_list(c, ciphers.c_str()) != 1) {
    ERR_clear_error();
    return std::unexpected(
        Error{options.origin.text,
              "OpenSSL knows no cipher with authentication and encryption of " +
                  in_quotes(options.ciphers),
              "write names as `openssl ciphers` lists them, with \":\" between"});
  }
  take_notes(c);
  if (key_log && !attach_key_log(c, std::move(key_log))) return no_memory(options.origin);
  return context;
}

std::expected<std::vector<std::string>, Error> trust_file(SSL_CTX* context, const std::string& path,
                                                          const Origin& origin) {
  auto certificates = read_certificates(path, origin);
  if (!certificates) return std::unexpected(certificates.error());
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  std::vector<std::string> late;
  for (const CertificatePointer& certificate : *certificates) {
    if (X509_STORE_add_cert(store, certificate.get()) != 1) return no_memory(origin);
    if (auto text = out_of_date(certificate.get())) late.push_back(*std::move(text));
  }
  if (late.size() == certificates->size()) {
    return std::unexpected(
        Error{origin.text, in_quotes(path) + ": no authority in it is valid today: " + late.front(),
              "get the authority's new certificate, or check the clock"});
  }
  // Whoever names an intermediate certificate, or the server's own, trusts that one.
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  for (std::string& text : late) text.insert(0, in_quotes(path) + ": ");
  return late;
}

void trust_system(SSL_CTX* context) {
  SSL_CTX_set_default_verify_paths(context);
  ERR_clear_error();  // a system that trusts nobody is no mistake until somebody must be trusted
}

}  // namespace lastframe::ssl
