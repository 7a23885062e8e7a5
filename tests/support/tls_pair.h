// Two SSL objects that talk to each other through memory, and what their handshake came to.
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <string>
#include <string_view>
#include <utility>

#include "ssl/diagnosis.h"
#include "ssl/facts.h"
#include "ssl/handles.h"

namespace lastframe::test {

// One side: an SSL object between two memory BIOs.
class TlsEnd {
 public:
  explicit TlsEnd(ssl::SslPointer from) : ssl_(std::move(from)) {
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    BIO_set_mem_eof_return(SSL_get_rbio(ssl_.get()), -1);  // no more yet, not the end
  }

  SSL* ssl() const { return ssl_.get(); }
  bool is_done() const { return SSL_is_init_finished(ssl_.get()) == 1; }
  bool has_failed() const { return has_failed_; }
  const std::string& heard() const { return heard_; }

  void hear(std::string_view bytes) {
    heard_ += bytes;
    BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
  }
  // Nothing more will come.
  void hear_end() { BIO_set_mem_eof_return(SSL_get_rbio(ssl_.get()), 0); }

  // The handshake, and behind it reading: what TLS 1.3 refuses late is found there.
  void go_on() {
    if (has_failed_) return;
    ERR_clear_error();
    char byte = 0;
    const int result = is_done() ? SSL_read(ssl_.get(), &byte, 1) : SSL_do_handshake(ssl_.get());
    if (result == 1) return;
    call_.ssl_error = SSL_get_error(ssl_.get(), result);
    if (call_.ssl_error == SSL_ERROR_WANT_READ || call_.ssl_error == SSL_ERROR_WANT_WRITE) return;
    call_.queue_error = ERR_peek_error();
    has_failed_ = true;
    ERR_clear_error();
  }

  std::string said() {
    char* bytes = nullptr;
    const long length = BIO_get_mem_data(SSL_get_wbio(ssl_.get()), &bytes);
    std::string text(bytes, static_cast<std::size_t>(length));
    static_cast<void>(BIO_reset(SSL_get_wbio(ssl_.get())));
    return text;
  }

  session::TlsFailure failure(int system_error = 0) const {
    ssl::FailedCall call = call_;
    call.system_error = system_error;
    call.first_bytes = heard_;
    return ssl::failure_of(ssl_.get(), call);
  }
  session::TlsLeg leg() const {
    session::TlsLeg leg;
    ssl::describe(ssl_.get(), leg);
    return leg;
  }

 private:
  ssl::SslPointer ssl_;
  ssl::FailedCall call_;
  bool has_failed_ = false;
  std::string heard_;
};

// Lets both talk until neither has anything more to say.
inline void talk(TlsEnd& client, TlsEnd& server) {
  for (int silent = 0; silent < 2;) {
    client.go_on();
    const std::string asked = client.said();
    if (!asked.empty()) server.hear(asked);
    server.go_on();
    const std::string answered = server.said();
    if (!answered.empty()) client.hear(answered);
    silent = asked.empty() && answered.empty() ? silent + 1 : 0;
  }
}

}  // namespace lastframe::test
