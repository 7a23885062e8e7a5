#include "ssl/handshake_notes.h"

#include <doctest/doctest.h>

#include <memory>

#include "ssl/client_side.h"
#include "ssl/server_side.h"
#include "support/certificates.h"
#include "support/tls_pair.h"

namespace lastframe::ssl {
namespace {

using session::TlsAlert;
using test::TlsEnd;

struct Pair {
  Pair() {
    const test::CertificateFiles files;
    const auto server_side =
        ServerSide::load({.certificates = {files.pair("a", test::make_certificate({}))}}, nullptr);
    const auto client_side = ClientSide::load({.is_verified = false}, nullptr);
    REQUIRE(server_side.has_value());
    REQUIRE(client_side.has_value());
    client = std::make_unique<TlsEnd>(*(*client_side)->begin({"chat.example", "", {}}));
    server = std::make_unique<TlsEnd>(*(*server_side)->begin({"chat.example", "", ""}));
  }
  std::unique_ptr<TlsEnd> client;
  std::unique_ptr<TlsEnd> server;
};

TEST_CASE("the end of the handshake and the closure alerts behind it are noted") {
  Pair pair;
  CHECK_FALSE(notes_of(pair.server->ssl())->is_done);
  talk(*pair.client, *pair.server);
  CHECK(notes_of(pair.client->ssl())->is_done);
  CHECK(notes_of(pair.server->ssl())->is_done);
  CHECK(notes_of(pair.server->ssl())->alerts == AlertLog{});
  SSL_shutdown(pair.client->ssl());
  talk(*pair.client, *pair.server);
  const TlsAlert close_notify{0, false};
  CHECK(notes_of(pair.client->ssl())->alerts.sent == close_notify);
  CHECK(notes_of(pair.server->ssl())->alerts.received == close_notify);
  CHECK_FALSE(notes_of(pair.server->ssl())->alerts.sent.has_value());
}

TEST_CASE("a fatal alert is not forgotten for a later one") {
  Pair pair;
  pair.client->go_on();
  std::string hello = pair.client->said();
  hello[6] = static_cast<char>(hello[6] ^ 0x40);  // the length of its message
  pair.server->hear(hello);
  pair.server->go_on();
  pair.server->hear("GET / HTTP/1.1\r\n");
  pair.server->go_on();
  const auto& sent = notes_of(pair.server->ssl())->alerts.sent;
  REQUIRE(sent.has_value());
  CHECK(sent->is_fatal);
}

TEST_CASE("an SSL object of somebody else has no notes, and is not spoilt by that") {
  const ContextPointer context(SSL_CTX_new(TLS_client_method()));
  take_notes(context.get());
  const SslPointer ssl(SSL_new(context.get()));
  CHECK(notes_of(ssl.get()) == nullptr);
  session::TlsLeg leg;
  describe(ssl.get(), leg);
  CHECK(leg == session::TlsLeg{});
  CHECK(failure_of(ssl.get(), SSL_ERROR_SYSCALL, 0, 0).fault == session::TlsFault::ended);
}

}  // namespace
}  // namespace lastframe::ssl
