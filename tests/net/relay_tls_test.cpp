// The relay with TLS on either leg and on both, between peers that use OpenSSL themselves.
#include <doctest/doctest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "ssl/handles.h"
#include "support/certificates.h"
#include "support/relay_harness.h"
#include "support/tls_pair.h"

namespace lastframe::net {
namespace {

using test::End;
using test::numbered_bytes;
using test::RawListener;
using test::RawPeer;
using test::RelayUnderTest;

// A peer that speaks TLS on its blocking socket.
class TlsPeer {
 public:
  TlsPeer(RawPeer& socket, SSL_CTX* context) : ssl_(SSL_new(context)) {
    SSL_set_fd(ssl_.get(), socket.fd());
  }
  SSL* ssl() const { return ssl_.get(); }

  bool connect() { return SSL_connect(ssl()) == 1; }
  bool accept() { return SSL_accept(ssl()) == 1; }
  void send(std::string_view bytes) {
    if (SSL_write(ssl(), bytes.data(), static_cast<int>(bytes.size())) <= 0) {
      throw std::runtime_error("TLS write");
    }
  }
  std::string receive(std::size_t count) {
    std::string bytes(count, '\0');
    std::size_t done = 0;
    while (done < count) {
      const int size = SSL_read(ssl(), bytes.data() + done, static_cast<int>(count - done));
      if (size <= 0) throw std::runtime_error("TLS read after " + std::to_string(done));
      done += static_cast<std::size_t>(size);
    }
    return bytes;
  }
  // Whether the stream ends here, by close_notify.
  bool has_ended_in_order() {
    char byte = 0;
    const int size = SSL_read(ssl(), &byte, 1);
    return size <= 0 && SSL_get_error(ssl(), size) == SSL_ERROR_ZERO_RETURN;
  }

 private:
  ssl::SslPointer ssl_;
};

// Certificates and contexts of all four ends.
class Fixture {
 public:
  Fixture() : root_(test::make_test_root()), leaf_(test::make_certificate(kRecipe, &root_)) {
    ca_ = files_.write("ca.pem", root_.pem());
    SSL_CTX_use_certificate(server_context.get(), leaf_.certificate.get());
    SSL_CTX_use_PrivateKey(server_context.get(), leaf_.key.get());
  }

  RelayOptions options(const RawListener& upstream, bool client_tls, bool server_tls) const {
    const std::string scheme = server_tls ? "wss://" : "ws://";
    RelayOptions made =
        test::relaying_to(std::vector{*parse_upstream(scheme + upstream.address().text())});
    if (client_tls) {
      made.listeners[0].tls = ssl::ServerOptions{.certificates = {files_.pair("leaf", leaf_)}};
    }
    made.listeners[0].upstream_tls.ca = ca_;
    return made;
  }

  const ssl::ContextPointer client_context{SSL_CTX_new(TLS_client_method())};
  const ssl::ContextPointer server_context{SSL_CTX_new(TLS_server_method())};

 private:
  static inline const test::CertificateRecipe kRecipe{.alt_names = "IP:127.0.0.1"};

  test::CertificateFiles files_;
  test::TestCertificate root_;
  test::TestCertificate leaf_;
  std::string ca_;
};

// A client and a server of one connection, both behind their handshakes where they have any.
struct TlsPair {
  TlsPair(const Fixture& fixture, RelayUnderTest& relay, RawListener& upstream, bool client_tls,
          bool server_tls)
      : client_socket(relay.connect()),
        server_socket(upstream.accept()),
        client(client_socket, fixture.client_context.get()),
        server(server_socket, fixture.server_context.get()) {
    bool is_client_done = !client_tls;
    std::thread connecting([&] {
      if (client_tls) is_client_done = client.connect();
    });
    const bool is_server_done = !server_tls || server.accept();
    connecting.join();
    REQUIRE(is_client_done);
    REQUIRE(is_server_done);
  }

  RawPeer client_socket;
  RawPeer server_socket;
  TlsPeer client;
  TlsPeer server;
};

TEST_CASE("with TLS on both legs bytes and ends pass, each after what came before it") {
  const Fixture fixture;
  RawListener upstream;
  RelayUnderTest relay(fixture.options(upstream, true, true));
  TlsPair pair(fixture, relay, upstream, true, true);
  const std::string bytes = numbered_bytes(3'000'000);
  for (auto [from, to] : {std::pair{&pair.client, &pair.server}, {&pair.server, &pair.client}}) {
    std::thread sending([&] {
      from->send(bytes);
      SSL_shutdown(from->ssl());
    });
    CHECK((to->receive(bytes.size()) == bytes));
    CHECK(to->has_ended_in_order());
    sending.join();
  }
  pair.client_socket.fin();
  pair.server_socket.fin();
  relay.wait_until_nobody_is_open();
}

TEST_CASE("with TLS on one leg the other one carries the plain text") {
  const Fixture fixture;
  for (const bool client_tls : {true, false}) {
    CAPTURE(client_tls);
    RawListener upstream;
    RelayUnderTest relay(fixture.options(upstream, client_tls, !client_tls));
    TlsPair pair(fixture, relay, upstream, client_tls, !client_tls);
    TlsPeer& sealed = client_tls ? pair.client : pair.server;
    RawPeer& open = client_tls ? pair.server_socket : pair.client_socket;
    sealed.send("a question");
    CHECK(open.receive(10) == "a question");
    open.send("an answer");
    open.fin();
    CHECK(sealed.receive(9) == "an answer");
    CHECK(sealed.has_ended_in_order());
    SSL_shutdown(sealed.ssl());
    const auto rest = open.receive_to_end();
    CHECK(rest.bytes.empty());
    CHECK(rest.end == End::fin);
  }
}

// The bytes that are there, at least one.
std::string some_of(RawPeer& peer) {
  std::string bytes(65536, '\0');
  const ssize_t size = recv(peer.fd(), bytes.data(), bytes.size(), 0);
  if (size <= 0) throw std::runtime_error("nothing came");
  bytes.resize(static_cast<std::size_t>(size));
  return bytes;
}

// A session ticket longer than the longest record: its first part leaves OpenSSL within a message
// of the handshake, where it writes nothing.
TEST_CASE("bytes towards a server whose ticket has come in part wait for the rest") {
  const Fixture fixture;
  SSL_CTX* const context = fixture.server_context.get();
  static const std::string kLong(2000, 't');
  SSL_CTX_set_max_send_fragment(context, 512);
  SSL_CTX_set_session_ticket_cb(
      context,
      [](SSL* ssl, void*) {
        return SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), kLong.data(), kLong.size());
      },
      nullptr, nullptr);
  for (const bool ends : {false, true}) {
    CAPTURE(ends);
    RawListener upstream;
    RelayUnderTest relay(fixture.options(upstream, false, true));
    RawPeer client = relay.connect();
    RawPeer socket = upstream.accept();
    test::TlsEnd server{ssl::SslPointer(SSL_new(context))};
    SSL_set_accept_state(server.ssl());
    std::string said;
    while (!server.is_done()) {
      if (!said.empty()) socket.send(said);
      server.hear(some_of(socket));
      server.go_on();
      said = server.said();
    }
    REQUIRE(said.size() > 2000);
    socket.send(said.substr(0, 600));
    CHECK_FALSE(socket.has_news());  // and the relay has read it
    client.send("a question");
    if (ends) client.fin();
    CHECK_FALSE(socket.has_news());
    socket.send(said.substr(600));
    server.hear(some_of(socket));
    std::string asked(10, '\0');
    CHECK(SSL_read(server.ssl(), asked.data(), 10) == 10);
    CHECK(asked == "a question");
    SSL_write(server.ssl(), "an answer", 9);
    socket.send(server.said());
    CHECK(client.receive(9) == "an answer");
    if (!ends) continue;
    const std::string rest = socket.receive_to_end().bytes;
    server.hear(rest);
    char byte = 0;
    CHECK(SSL_get_error(server.ssl(), SSL_read(server.ssl(), &byte, 1)) == SSL_ERROR_ZERO_RETURN);
  }
}

// The relay's own socket towards `peer`, with short buffers: the relay lives in this process.
void shorten_buffers_towards(const RawPeer& peer) {
  const std::string wanted = peer.address().text();
  for (int fd = 3; fd < 1024; ++fd) {
    const auto address = SocketAddress::peer_of(fd);
    if (!address || address->is_unix() || address->text() != wanted) continue;
    const int size = 65536;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
  }
}

// RFC 8446 section 4.6.3: each request for new keys is answered with an update of our own.
TEST_CASE("a client that asks for new keys for ever and reads no answer is not read for ever") {
  const Fixture fixture;
  RawListener upstream;
  RelayUnderTest relay(fixture.options(upstream, true, false));
  RawPeer client_socket = RawPeer::connect_to(relay.address(), 4096);
  RawPeer server_socket = upstream.accept();
  TlsPeer client(client_socket, fixture.client_context.get());
  REQUIRE(client.connect());
  shorten_buffers_towards(client_socket);
  const timeval limit{.tv_sec = 1, .tv_usec = 0};
  setsockopt(client_socket.fd(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  constexpr int kMost = 300'000;
  int sent = 0;
  while (sent < kMost && SSL_key_update(client.ssl(), SSL_KEY_UPDATE_REQUESTED) == 1 &&
         SSL_do_handshake(client.ssl()) == 1) {
    ++sent;
  }
  CHECK(sent < kMost);
}

}  // namespace
}  // namespace lastframe::net
