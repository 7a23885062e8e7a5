// A TLS connection between OpenSSL as client and as server, in memory: what each side says, as it
// would be on the wire, and the key log that the client writes.
#pragma once

#include <openssl/ssl.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/endpoint.h"
#include "support/certificates.h"

namespace lastframe::test {

struct TlsTerms {
  int version = TLS1_3_VERSION;
  const char* cipher = "TLS_AES_128_GCM_SHA256";
  bool encrypts_then_macs = false;
  bool is_retried = false;           // the server wants another group: HelloRetryRequest
  std::size_t padding = 0;           // records are padded to a multiple of it
  const char* alpn = nullptr;        // one protocol
  std::size_t fragment = 16 * 1024;  // of a record, at most
};

// What one side says at a time.
struct TlsSaid {
  Endpoint sender;
  std::string bytes;
};

inline SSL_CTX* tls_context(const TlsTerms& terms, bool is_server) {
  SSL_CTX* const context = SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method());
  SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_min_proto_version(context, terms.version);
  SSL_CTX_set_max_proto_version(context, terms.version);
  if (terms.version == TLS1_3_VERSION) {
    SSL_CTX_set_ciphersuites(context, terms.cipher);
  } else {
    SSL_CTX_set_cipher_list(context, terms.cipher);
  }
  if (!terms.encrypts_then_macs) SSL_CTX_set_options(context, SSL_OP_NO_ENCRYPT_THEN_MAC);
  SSL_CTX_set_options(context, SSL_OP_ALLOW_CLIENT_RENEGOTIATION);
  if (terms.padding > 0) SSL_CTX_set_block_padding(context, terms.padding);
  SSL_CTX_set_max_send_fragment(context, terms.fragment);
  if (terms.is_retried) SSL_CTX_set1_groups_list(context, is_server ? "P-384" : "X25519:P-384");
  return context;
}

class TlsTraffic {
 public:
  explicit TlsTraffic(const TlsTerms& terms = {}) {
    contexts_[0] = tls_context(terms, false);
    contexts_[1] = tls_context(terms, true);
    static const TestCertificate ec = make_certificate({});
    static const TestCertificate rsa = make_certificate({.key = KeyKind::rsa});
    for (const TestCertificate* pair : {&ec, &rsa}) {
      SSL_CTX_use_certificate(contexts_[1], pair->certificate.get());
      SSL_CTX_use_PrivateKey(contexts_[1], pair->key.get());
    }
    SSL_CTX_set_session_id_context(contexts_[1], reinterpret_cast<const unsigned char*>("x"), 1);
    SSL_CTX_set_keylog_callback(contexts_[0], [](const SSL* ssl, const char* line) {
      *static_cast<std::string*>(SSL_get_app_data(ssl)) += std::string(line) + "\n";
    });
    if (terms.alpn != nullptr) {
      alpn_ = std::string(1, static_cast<char>(std::string_view(terms.alpn).size())) + terms.alpn;
      SSL_CTX_set_alpn_protos(contexts_[0], reinterpret_cast<const unsigned char*>(alpn_.data()),
                              static_cast<unsigned>(alpn_.size()));
      SSL_CTX_set_alpn_select_cb(
          contexts_[1],
          [](SSL*, const unsigned char** out, unsigned char* size, const unsigned char* in,
             unsigned, void*) {
            *out = in + 1;
            *size = in[0];
            return SSL_TLSEXT_ERR_OK;
          },
          nullptr);
    }
    begin();
  }
  TlsTraffic(const TlsTraffic&) = delete;
  TlsTraffic& operator=(const TlsTraffic&) = delete;
  ~TlsTraffic() {
    end();
    SSL_SESSION_free(session_);
    for (SSL_CTX* const context : contexts_) SSL_CTX_free(context);
  }

  // Another connection, which comes back to the session of the one before.
  void begin_again() {
    SSL_SESSION_free(session_);
    session_ = SSL_get1_session(ends_[0]);
    end();
    said.clear();
    begin();
    SSL_set_session(ends_[0], session_);
  }
  bool is_resumed() const { return SSL_session_reused(ends_[0]) == 1; }
  bool is_done() const {
    return SSL_is_init_finished(ends_[0]) == 1 && SSL_is_init_finished(ends_[1]) == 1;
  }

  // Until neither has more to say.
  void shake_hands() {
    for (int round = 0; round < 20; ++round) {
      SSL_do_handshake(ends_[0]);
      const bool has_asked = pass_on(Endpoint::client);
      SSL_do_handshake(ends_[1]);
      const bool has_answered = pass_on(Endpoint::server);
      if (!has_asked && !has_answered) break;
    }
    hear(Endpoint::client);  // tickets
  }
  void say(Endpoint from, std::string_view text) {
    SSL_write(ssl(from), text.data(), static_cast<int>(text.size()));
    pass_on(from);
    hear(other(from));
  }
  void update_key(Endpoint from, bool asks_for_another = false) {
    SSL_key_update(ssl(from),
                   asks_for_another ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED);
    SSL_do_handshake(ssl(from));
    pass_on(from);
    hear(other(from));
    pass_on(other(from));
  }
  void renegotiate() {
    SSL_renegotiate(ends_[0]);
    for (int round = 0; round < 6; ++round) {
      SSL_do_handshake(ends_[0]);
      pass_on(Endpoint::client);
      hear(Endpoint::server);
      pass_on(Endpoint::server);
    }
  }
  void close(Endpoint from) {
    SSL_shutdown(ssl(from));
    pass_on(from);
  }

  SSL* ssl(Endpoint endpoint) const { return ends_[index(endpoint)]; }
  // All that one side has said.
  std::string stream(Endpoint from) const {
    std::string all;
    for (const TlsSaid& each : said) {
      if (each.sender == from) all += each.bytes;
    }
    return all;
  }

  std::vector<TlsSaid> said;
  std::string key_log;

 private:
  void begin() {
    for (const Endpoint endpoint : kEndpoints) {
      SSL* const ssl = ends_[index(endpoint)] = SSL_new(contexts_[index(endpoint)]);
      SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
      BIO_set_mem_eof_return(SSL_get_rbio(ssl), -1);
      SSL_set_app_data(ssl, &key_log);
    }
    SSL_set_connect_state(ends_[0]);
    SSL_set_accept_state(ends_[1]);
    SSL_set_tlsext_host_name(ends_[0], "chat.example");
  }
  void end() {
    for (SSL* const ssl : ends_) SSL_free(ssl);
  }
  bool pass_on(Endpoint from) {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(SSL_get_wbio(ssl(from)), &bytes);
    if (size <= 0) return false;
    said.push_back({from, std::string(bytes, static_cast<std::size_t>(size))});
    static_cast<void>(BIO_reset(SSL_get_wbio(ssl(from))));
    BIO_write(SSL_get_rbio(ssl(other(from))), said.back().bytes.data(), static_cast<int>(size));
    return true;
  }
  void hear(Endpoint who) {
    char room[4096];
    while (SSL_read(ssl(who), room, sizeof room) > 0) {
    }
  }

  SSL_CTX* contexts_[2]{};
  SSL* ends_[2]{};
  SSL_SESSION* session_ = nullptr;
  std::string alpn_;
};

}  // namespace lastframe::test
