#include "ssl/diagnosis.h"

#include <doctest/doctest.h>
#include <openssl/sslerr.h>

#include <cerrno>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "ssl/client_side.h"
#include "ssl/server_side.h"
#include "support/certificates.h"
#include "support/splits.h"
#include "support/tls_pair.h"

namespace lastframe::ssl {
namespace {

using session::CertificateFault;
using session::TlsAlert;
using session::TlsFailure;
using session::TlsFault;
using test::CertificateFiles;
using test::make_certificate;
using test::make_test_root;
using test::talk;
using test::TestCertificate;
using test::TlsEnd;

constexpr TlsAlert fatal(std::uint8_t number) { return {number, true}; }

// Certificates and options that the rows share.
class Scene {
 public:
  TlsEnd our_server(const std::string& protocol = "", ClientAuth auth = ClientAuth::off,
                    LowestVersion lowest = LowestVersion::tls1_2) const {
    ServerOptions options{.certificates = {server_files()}, .client_auth = auth};
    options.lowest = lowest;
    if (auth != ClientAuth::off) options.client_ca = files_.write("ca.pem", root_.pem());
    const auto side = ServerSide::load(options, nullptr);
    REQUIRE(side.has_value());
    return TlsEnd(*(*side)->begin({"chat.example", "", protocol}));
  }
  TlsEnd our_client(LowestVersion lowest = LowestVersion::tls1_2,
                    const std::vector<std::string>& protocols = {}) const {
    ClientOptions options{.ca = files_.write("root.pem", root_.pem()), .lowest = lowest};
    const auto side = ClientSide::load(options, nullptr);
    REQUIRE(side.has_value());
    return TlsEnd(*(*side)->begin({"chat.example", "chat.example", protocols}));
  }
  // Peers, as OpenSSL makes them at its most permissive.
  TlsEnd client(auto&& change) const {
    const ContextPointer context(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_security_level(context.get(), 0);
    change(context.get());
    SslPointer ssl(SSL_new(context.get()));
    SSL_set_connect_state(ssl.get());
    return TlsEnd(std::move(ssl));
  }
  TlsEnd server(auto&& change) const {
    const ContextPointer context(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_set_security_level(context.get(), 0);
    SSL_CTX_use_certificate(context.get(), leaf_.certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), leaf_.key.get());
    change(context.get());
    SslPointer ssl(SSL_new(context.get()));
    SSL_set_accept_state(ssl.get());
    return TlsEnd(std::move(ssl));
  }
  KeyPairFiles server_files() const { return files_.pair("ours", leaf_); }
  const TestCertificate& root() const { return root_; }

 private:
  CertificateFiles files_;
  TestCertificate root_ = make_test_root();
  TestCertificate leaf_ = make_certificate({}, &root_);
};

struct Expected {
  TlsFault fault;
  std::optional<TlsAlert> received;
  std::optional<TlsAlert> sent;
  std::string detail;
};

void check(const TlsFailure& failure, const Expected& expected) {
  CHECK(name(failure.fault) == name(expected.fault));
  CHECK(failure.received == expected.received);
  CHECK(failure.sent == expected.sent);
  CHECK(failure.detail == expected.detail);
}

TEST_CASE("bytes of a client that are no TLS, at every split") {
  const Scene scene;
  struct Row {
    std::string name;
    std::string bytes;
    TlsFault fault;
    std::string shown;
  };
  for (const Row& row : std::vector<Row>{
           {"a WebSocket without TLS", "GET /chat HTTP/1.1\r\nHost: a\r\n\r\n",
            TlsFault::plain_http, "GET /chat HTTP/1.1\\x0d\\x0aHost: a\\x0d\\x0a\\x0d\\x0a"},
           {"a proxy's client", "CONNECT a:443 HTTP/1.1\r\n\r\n", TlsFault::plain_http,
            "CONNECT a:443 HTTP/1.1\\x0d\\x0a\\x0d\\x0a"},
           {"a method that OpenSSL does not know", "OPTIONS * HTTP/1.1\r\n\r\n",
            TlsFault::plain_http, "OPTIONS * HTTP/1.1\\x0d\\x0a\\x0d\\x0a"},
           {"SSH", "SSH-2.0-OpenSSH_9.2\r\n", TlsFault::not_tls, "SSH-2.0-OpenSSH_9.2\\x0d\\x0a"},
           {"a frame", "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", TlsFault::not_tls,
            "\\x81\\x857\\xfa!=\\x7f\\x9fMQX"},
       }) {
    CAPTURE(row.name);
    test::at_every_split(row.bytes, [&](const test::Split& split) {
      CAPTURE(split.name);
      TlsEnd server = scene.our_server();
      test::feed_parts(split, [&](std::string_view part) {
        server.hear(part);
        server.go_on();
      });
      REQUIRE(server.has_failed());
      const TlsFailure failure = server.failure();
      CHECK(name(failure.fault) == name(row.fault));
      CHECK(row.shown.starts_with(failure.first_bytes));
      CHECK(!failure.sent.has_value());
      CHECK(server.said().empty());
      CHECK(!failure.is_after_handshake);
    });
  }
}

TEST_CASE("bytes of a server that are no TLS, at every split") {
  const Scene scene;
  const std::string_view answer = "HTTP/1.1 400 Bad Request\r\n\r\n";
  test::at_every_split(answer, [&](const test::Split& split) {
    CAPTURE(split.name);
    TlsEnd client = scene.our_client();
    client.go_on();
    test::feed_parts(split, [&](std::string_view part) {
      client.hear(part);
      client.go_on();
    });
    REQUIRE(client.has_failed());
    CHECK(name(client.failure().fault) == name(TlsFault::plain_http));
    CHECK(client.failure().first_bytes.starts_with("HTTP/"));
  });
}

TEST_CASE("clients that cannot agree with us") {
  const Scene scene;
  struct Row {
    std::string name;
    TlsEnd client;
    TlsEnd server;
    Expected server_says;
    std::uint8_t client_hears;
  };
  std::vector<Row> rows;
  rows.push_back(
      {"TLS 1.1",
       scene.client([](SSL_CTX* c) { SSL_CTX_set_max_proto_version(c, TLS1_1_VERSION); }),
       scene.our_server(),
       {TlsFault::version_unsupported, {}, fatal(70), "unsupported protocol"},
       70});
  rows.push_back(
      {"TLS 1.2 where 1.3 is wanted",
       scene.client([](SSL_CTX* c) { SSL_CTX_set_max_proto_version(c, TLS1_2_VERSION); }),
       scene.our_server("", ClientAuth::off, LowestVersion::tls1_3),
       {TlsFault::version_unsupported, {}, fatal(70), "unsupported protocol"},
       70});
  rows.push_back({"ciphers of yesterday",
                  scene.client([](SSL_CTX* c) {
                    SSL_CTX_set_max_proto_version(c, TLS1_2_VERSION);
                    SSL_CTX_set_cipher_list(c, "AES128-SHA");
                  }),
                  scene.our_server(),
                  {TlsFault::no_shared_cipher, {}, fatal(40), "no shared cipher"},
                  40});
  rows.push_back({"only RSA, where our certificate is EC",
                  scene.client([](SSL_CTX* c) {
                    SSL_CTX_set_max_proto_version(c, TLS1_2_VERSION);
                    SSL_CTX_set_cipher_list(c, "ECDHE-RSA-AES128-GCM-SHA256");
                  }),
                  scene.our_server(),
                  {TlsFault::no_shared_cipher, {}, fatal(40), "no shared cipher"},
                  40});
  rows.push_back({"signatures that our key cannot make",
                  scene.client([](SSL_CTX* c) { SSL_CTX_set1_sigalgs_list(c, "RSA-PSS+SHA256"); }),
                  scene.our_server(),
                  {TlsFault::no_shared_cipher, {}, fatal(40), "no suitable signature algorithm"},
                  40});
  rows.push_back({"groups that we have not",
                  scene.client([](SSL_CTX* c) { SSL_CTX_set1_groups_list(c, "X448"); }),
                  scene.our_server(),
                  {TlsFault::no_shared_cipher, {}, fatal(40), "no suitable key share"},
                  40});
  for (Row& row : rows) {
    CAPTURE(row.name);
    talk(row.client, row.server);
    REQUIRE(row.server.has_failed());
    check(row.server.failure(), row.server_says);
    CHECK(row.client.failure().received == fatal(row.client_hears));
  }
}

TEST_CASE("a client that does not trust us says so, and we know which alert it was") {
  const Scene scene;
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    TlsEnd client = scene.client([&](SSL_CTX* c) {
      SSL_CTX_set_verify(c, SSL_VERIFY_PEER, nullptr);
      SSL_CTX_set_max_proto_version(c, version);
    });
    TlsEnd server = scene.our_server();
    talk(client, server);
    REQUIRE(server.has_failed());
    check(server.failure(), {TlsFault::alert_received, fatal(48), {}, "tlsv1 alert unknown ca"});
    CHECK(!server.failure().is_after_handshake);
  }
}

TEST_CASE("servers that cannot agree with us") {
  const Scene scene;
  struct Row {
    std::string name;
    TlsEnd client;
    TlsEnd server;
    Expected client_says;
  };
  std::vector<Row> rows;
  rows.push_back(
      {"TLS 1.1",
       scene.our_client(),
       scene.server([](SSL_CTX* c) { SSL_CTX_set_max_proto_version(c, TLS1_1_VERSION); }),
       {TlsFault::alert_received, fatal(70), {}, "tlsv1 alert protocol version"}});
  rows.push_back({"other ciphers",
                  scene.our_client(),
                  scene.server([](SSL_CTX* c) {
                    SSL_CTX_set_max_proto_version(c, TLS1_2_VERSION);
                    SSL_CTX_set_cipher_list(c, "AES128-SHA");
                  }),
                  {TlsFault::alert_received, fatal(40), {}, "sslv3 alert handshake failure"}});
  rows.push_back({"a name that it does not know",
                  scene.our_client(),
                  scene.server([](SSL_CTX* c) {
                    SSL_CTX_set_tlsext_servername_callback(
                        c, +[](SSL*, int*, void*) { return SSL_TLSEXT_ERR_ALERT_FATAL; });
                  }),
                  {TlsFault::alert_received, fatal(112), {}, "tlsv1 unrecognized name"}});
  rows.push_back(
      {"no protocol of ours",
       scene.our_client(LowestVersion::tls1_2, {"http/1.1"}),
       scene.server([](SSL_CTX* c) {
         SSL_CTX_set_alpn_select_cb(
             c,
             +[](SSL*, const unsigned char**, unsigned char*, const unsigned char*, unsigned int,
                 void*) { return SSL_TLSEXT_ERR_ALERT_FATAL; },
             nullptr);
       }),
       {TlsFault::alert_received, fatal(120), {}, "tlsv1 alert no application protocol"}});
  for (Row& row : rows) {
    CAPTURE(row.name);
    talk(row.client, row.server);
    REQUIRE(row.client.has_failed());
    check(row.client.failure(), row.client_says);
    CHECK(!row.client.failure().is_after_handshake);
  }
}

TEST_CASE("a server that wants a certificate of ours says so only after the handshake of TLS 1.3") {
  const Scene scene;
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    const bool is_new = version == TLS1_3_VERSION;
    TlsEnd client = scene.our_client();
    TlsEnd server = scene.server([&](SSL_CTX* c) {
      SSL_CTX_set_max_proto_version(c, version);
      SSL_CTX_set_verify(c, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    });
    talk(client, server);
    REQUIRE(client.has_failed());
    check(client.failure(),
          {TlsFault::alert_received,
           fatal(is_new ? 116 : 40),
           {},
           is_new ? "tlsv13 alert certificate required" : "sslv3 alert handshake failure"});
    CHECK(client.failure().is_after_handshake == is_new);
  }
}

TEST_CASE("certificates of clients: missing, refused, or only looked at") {
  const Scene scene;
  const TestCertificate known = make_certificate({.common_name = "known"}, &scene.root());
  const TestCertificate unknown = make_certificate({.common_name = "unknown"});
  const TestCertificate ended = make_certificate(
      {.common_name = "ended", .begins_in = -9 * test::kDay, .ends_in = -60}, &scene.root());
  struct Row {
    std::string name;
    const TestCertificate* shown;
    CertificateFault fault;
    std::uint8_t alert_tls1_2;
    std::uint8_t alert_tls1_3;
  };
  for (const Row& row : std::vector<Row>{
           {"good", &known, CertificateFault::none, 0, 0},
           {"none", nullptr, CertificateFault::missing, 40, 116},
           {"self-signed", &unknown, CertificateFault::self_signed, 48, 48},
           {"expired", &ended, CertificateFault::expired, 45, 45},
       }) {
    CAPTURE(row.name);
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      CAPTURE(version);
      for (const ClientAuth auth : {ClientAuth::off, ClientAuth::request, ClientAuth::require}) {
        CAPTURE(static_cast<int>(auth));
        TlsEnd client = scene.client([&](SSL_CTX* c) {
          SSL_CTX_set_max_proto_version(c, version);
          if (row.shown == nullptr) return;
          SSL_CTX_use_certificate(c, row.shown->certificate.get());
          SSL_CTX_use_PrivateKey(c, row.shown->key.get());
        });
        TlsEnd server = scene.our_server("", auth);
        talk(client, server);
        const bool is_refused = auth == ClientAuth::require && row.fault != CertificateFault::none;
        CHECK(server.has_failed() == is_refused);
        CHECK(server.is_done() == !is_refused);
        if (is_refused) {
          const TlsFailure failure = server.failure();
          CHECK(name(failure.fault) == name(TlsFault::certificate_refused));
          CHECK(failure.sent ==
                fatal(version == TLS1_3_VERSION ? row.alert_tls1_3 : row.alert_tls1_2));
          CHECK(client.failure().received == failure.sent);
        }
        const auto leg = server.leg();
        const bool is_seen = auth != ClientAuth::off && row.shown != nullptr;
        CHECK(leg.chain.size() == (is_seen ? 1 : 0));
        const bool is_known = is_seen || is_refused;
        CHECK(name(leg.certificate_fault) == name(is_known ? row.fault : CertificateFault::none));
        CHECK(leg.is_verified == (auth == ClientAuth::require));
      }
    }
  }
}

TEST_CASE("a stream that ends in mid-handshake, on both legs") {
  const Scene scene;
  struct Row {
    std::string name;
    int system_error;
    TlsFault fault;
    std::string detail;
  };
  for (const Row& row : std::vector<Row>{
           {"FIN", 0, TlsFault::ended, "unexpected eof while reading"},
           {"reset", ECONNRESET, TlsFault::reset, "unexpected eof while reading"},
           {"dead peer", ETIMEDOUT, TlsFault::timed_out, "unexpected eof while reading"},
       }) {
    CAPTURE(row.name);
    for (const bool is_halfway : {false, true}) {
      CAPTURE(is_halfway);
      TlsEnd client = scene.our_client();
      TlsEnd server = scene.our_server();
      client.go_on();
      const std::string hello = client.said();
      server.hear(is_halfway ? hello : hello.substr(0, 20));
      server.go_on();
      const std::string flight = server.said();
      client.hear(flight.substr(0, is_halfway ? flight.size() / 2 : 0));
      client.go_on();
      for (TlsEnd* const end : {&client, &server}) {
        CHECK(!end->has_failed());
        end->hear_end();
        end->go_on();
        REQUIRE(end->has_failed());
        const TlsFailure failure = end->failure(row.system_error);
        CHECK(name(failure.fault) == name(row.fault));
        CHECK(failure.detail == row.detail);
      }
    }
  }
}

TEST_CASE("what a system call says, where OpenSSL says nothing") {
  const Scene scene;
  TlsEnd server = scene.our_server();
  struct Row {
    std::string name;
    int ssl_error;
    int system_error;
    TlsFault fault;
    std::string detail;
  };
  for (const Row& row : std::vector<Row>{
           {"reset", SSL_ERROR_SYSCALL, ECONNRESET, TlsFault::reset, "ECONNRESET"},
           {"broken pipe", SSL_ERROR_SYSCALL, EPIPE, TlsFault::reset, "EPIPE"},
           {"dead", SSL_ERROR_SYSCALL, ETIMEDOUT, TlsFault::timed_out, "ETIMEDOUT"},
           {"no memory", SSL_ERROR_SYSCALL, ENOMEM, TlsFault::other, "ENOMEM"},
           {"end", SSL_ERROR_SYSCALL, 0, TlsFault::ended, "unexpected eof"},
           {"close_notify", SSL_ERROR_ZERO_RETURN, 0, TlsFault::ended, "close notify"},
       }) {
    CAPTURE(row.name);
    const TlsFailure failure = failure_of(server.ssl(), row.ssl_error, 0, row.system_error);
    CHECK(name(failure.fault) == name(row.fault));
    CHECK(failure.detail == row.detail);
  }
}

TEST_CASE("TLS that breaks its own rules, on both legs") {
  const Scene scene;
  TlsEnd client = scene.our_client();
  client.go_on();
  std::string hello = client.said();
  for (const std::size_t at : {5U, 6U, 43U}) {  // its type, its length, its session's
    CAPTURE(at);
    std::string broken = hello;
    broken[at] = static_cast<char>(broken[at] ^ 0x40);
    TlsEnd server = scene.our_server();
    server.hear(broken);
    server.hear_end();
    server.go_on();
    REQUIRE(server.has_failed());
    const auto fault = server.failure().fault;
    CHECK((fault == TlsFault::malformed || fault == TlsFault::ended));
  }
  TlsEnd server = scene.our_server();
  server.hear(hello);
  server.go_on();
  std::string flight = server.said();
  flight[flight.size() - 5] = static_cast<char>(flight[flight.size() - 5] ^ 1);
  client.hear(flight);
  client.go_on();
  REQUIRE(client.has_failed());
  check(client.failure(),
        {TlsFault::malformed, {}, fatal(20), "decryption failed or bad record mac"});
}

TEST_CASE("property: a hello of any bytes fails with a fault, or waits for more") {
  const Scene scene;
  TlsEnd client = scene.our_client();
  client.go_on();
  const std::string hello = client.said();
  const ServerOptions options{.certificates = {scene.server_files()}};
  const auto side = ServerSide::load(options, nullptr);
  REQUIRE(side.has_value());
  std::mt19937 random(20);
  CAPTURE("seed 20");
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = hello;
    for (unsigned i = random() % 4 + 1; i > 0; --i) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    TlsEnd server(*(*side)->begin({"chat.example", "", "http/1.1"}));
    server.hear(bytes);
    server.go_on();
    CHECK_FALSE(server.is_done());
    if (!server.has_failed()) continue;
    const TlsFailure failure = server.failure();
    CHECK_FALSE(failure.received.has_value());
    CHECK_FALSE(failure.detail.empty());
    CHECK(failure.first_bytes.size() <= 64);
    CHECK(name(failure.fault) != name(TlsFault::certificate_refused));
  }
}

}  // namespace
}  // namespace lastframe::ssl
