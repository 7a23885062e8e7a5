#include "tests/bench/channel.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>

namespace bench {
namespace {

/// The same cryptography with every proxy, and a full handshake each time. Whose certificate it is
/// does not matter here.
SSL_CTX* context() {
  static SSL_CTX* const made = [] {
    SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
    const bool is_ready = context != nullptr &&
                          SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
                          SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256") == 1 &&
                          SSL_CTX_set1_groups_list(context, "X25519") == 1;
    if (!is_ready) give_up("OpenSSL makes no context for clients");
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return context;
  }();
  return made;
}

std::string with_number(std::string name, std::uint32_t id) {
  const std::size_t star = name.find('*');
  return star == name.npos ? name : name.replace(star, 1, "n" + std::to_string(id));
}

bool waits(SSL* ssl, int result) {
  const int error = SSL_get_error(ssl, result);
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

}  // namespace

void Channel::Freeing::operator()(SSL* ssl) const { SSL_free(ssl); }

std::optional<Channel> Channel::connect(const Target& target, std::uint32_t id) {
  std::optional<Fd> fd = connect_to(target.port);
  if (!fd) return std::nullopt;
  Channel channel(std::move(*fd));
  if (!target.server_name) return channel;
  channel.ssl_.reset(SSL_new(context()));
  SSL* const ssl = channel.ssl_.get();
  const std::string name = with_number(*target.server_name, id);
  if (ssl == nullptr || SSL_set_fd(ssl, channel.fd_.number()) != 1 ||
      SSL_set_tlsext_host_name(ssl, name.c_str()) != 1) {
    errno = 0;
    give_up("OpenSSL makes no connection");
  }
  SSL_set_connect_state(ssl);
  return channel;
}

Channel::~Channel() {
  if (!ssl_ || SSL_is_init_finished(ssl_.get()) != 1) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
}

bool Channel::shake_hands() {
  if (!ssl_) return true;
  ERR_clear_error();
  return SSL_do_handshake(ssl_.get()) == 1;
}

Received Channel::receive(std::span<std::byte> into) {
  if (!ssl_) return bench::receive(fd_, into);
  ERR_clear_error();
  std::size_t size = 0;
  const int result = SSL_read_ex(ssl_.get(), into.data(), into.size(), &size);
  // One call gives one record at most.
  if (result == 1) return {.count = size, .may_have_more = true};
  if (SSL_get_error(ssl_.get(), result) == SSL_ERROR_ZERO_RETURN) return {.ended = true};
  return {.is_broken = !waits(ssl_.get(), result)};
}

bool Channel::send_from(Buffer& out) {
  if (!ssl_) return bench::send_from(fd_, out);
  while (!out.is_empty()) {
    ERR_clear_error();
    std::size_t size = 0;
    const int result = SSL_write_ex(ssl_.get(), out.bytes().data(), out.bytes().size(), &size);
    if (result != 1) return waits(ssl_.get(), result);
    out.consume(size);
  }
  return true;
}

void Channel::end() {
  if (ssl_) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  shutdown(fd_.number(), SHUT_WR);
}

}  // namespace bench
