#include "ssl/contexts.h"

#include <doctest/doctest.h>

#include <string>

#include "support/certificates.h"

namespace lastframe::ssl {
namespace {

const Origin kOrigin{"x.yaml:3: tls"};

ContextPointer made(Leg leg, LowestVersion lowest = LowestVersion::tls1_2,
                    const std::string& ciphers = "") {
  auto context = make_context(leg, {lowest, ciphers, kOrigin}, nullptr);
  REQUIRE(context.has_value());
  return *std::move(context);
}

std::string ciphers_of(const SSL_CTX* context) {
  std::string names;
  const STACK_OF(SSL_CIPHER)* const ciphers = SSL_CTX_get_ciphers(context);
  for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i) {
    names += std::string(SSL_CIPHER_get_name(sk_SSL_CIPHER_value(ciphers, i))) + ' ';
  }
  return names;
}

TEST_CASE("both legs begin with TLS 1.2 or 1.3, do all handshakes whole, and never again") {
  for (const Leg leg : {Leg::client, Leg::server}) {
    const ContextPointer context = made(leg);
    SSL_CTX* const c = context.get();
    CHECK(SSL_CTX_get_min_proto_version(c) == TLS1_2_VERSION);
    CHECK(SSL_CTX_get_max_proto_version(c) == 0);
    CHECK((SSL_CTX_get_options(c) & SSL_OP_NO_RENEGOTIATION) != 0);
    CHECK((SSL_CTX_get_options(c) & SSL_OP_NO_TICKET) != 0);
    CHECK((SSL_CTX_get_options(c) & SSL_OP_IGNORE_UNEXPECTED_EOF) == 0);
    CHECK(SSL_CTX_get_session_cache_mode(c) == SSL_SESS_CACHE_OFF);
    const auto mode = SSL_CTX_get_mode(c);
    CHECK((mode & SSL_MODE_RELEASE_BUFFERS) != 0);
    CHECK((mode & SSL_MODE_ENABLE_PARTIAL_WRITE) != 0);
    CHECK((mode & SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER) != 0);
    CHECK(SSL_CTX_get_security_level(c) == 2);
    const ContextPointer newer = made(leg, LowestVersion::tls1_3);
    CHECK(SSL_CTX_get_min_proto_version(newer.get()) == TLS1_3_VERSION);
  }
}

TEST_CASE("clients get forward secrecy and authenticated encryption, servers what they have") {
  const ContextPointer towards_clients = made(Leg::client);
  const std::string modern = ciphers_of(towards_clients.get());
  CHECK(modern.contains("TLS_AES_128_GCM_SHA256 "));
  CHECK(modern.contains("ECDHE-RSA-AES128-GCM-SHA256 "));
  CHECK_FALSE(modern.contains("-SHA "));
  CHECK_FALSE(modern.contains(" AES"));
  CHECK(ciphers_of(made(Leg::server).get()).contains("ECDHE-RSA-AES128-SHA "));
  const std::string own =
      ciphers_of(made(Leg::client, LowestVersion::tls1_2, "ECDHE-RSA-AES128-SHA").get());
  CHECK(own.contains("ECDHE-RSA-AES128-SHA "));
  CHECK_FALSE(own.contains("ECDHE-RSA-AES128-GCM"));
}

TEST_CASE("ciphers that nobody knows are a mistake at its place") {
  const std::string ciphers = "FISH:CHIPS";
  const auto context =
      make_context(Leg::client, {LowestVersion::tls1_2, ciphers, kOrigin}, nullptr);
  REQUIRE_FALSE(context.has_value());
  CHECK(to_text(context.error()) ==
        "x.yaml:3: tls: OpenSSL knows no cipher with authentication and encryption of "
        "\"FISH:CHIPS\"; write names as `openssl ciphers` lists them, with \":\" between");
}

TEST_CASE("no list has ciphers without authentication or without encryption") {
  for (const Leg leg : {Leg::client, Leg::server}) {
    for (const char* const list :
         {"ALL:COMPLEMENTOFALL:@SECLEVEL=0", "ALL:eNULL:@SECLEVEL=0", "ALL:+aNULL:@SECLEVEL=0"}) {
      CAPTURE(list);
      const ContextPointer context = made(leg, LowestVersion::tls1_2, list);
      const std::string names = ciphers_of(context.get());
      CHECK(names.contains("ECDHE-RSA-AES128-SHA "));
      CHECK_FALSE(names.contains("NULL"));
      CHECK_FALSE(names.contains("ADH-"));
      CHECK_FALSE(names.contains("AECDH-"));
      CHECK(SSL_CTX_get_security_level(context.get()) == 0);
    }
    for (const std::string list : {"aNULL:@SECLEVEL=0", "eNULL:@SECLEVEL=0"}) {
      CAPTURE(list);
      CHECK_FALSE(make_context(leg, {LowestVersion::tls1_2, list, kOrigin}, nullptr).has_value());
    }
  }
}

TEST_CASE("what is in a file is trusted, and a mistake in it is told at its place") {
  const test::CertificateFiles files;
  const auto root = test::make_test_root();
  const auto other = test::make_test_root("Other");
  const ContextPointer context = made(Leg::server);
  CHECK(trust_file(context.get(), files.write("ca.pem", test::chain_pem({&root, &other, &root})),
                   kOrigin)
            .has_value());
  const STACK_OF(X509_OBJECT)* const objects =
      X509_STORE_get0_objects(SSL_CTX_get_cert_store(context.get()));
  CHECK(sk_X509_OBJECT_num(objects) == 2);
  const auto missing = trust_file(context.get(), files.path("none"), kOrigin);
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().where == kOrigin.text);
}

TEST_CASE(
    "authorities whose time is over, or has not come, are told; it is a mistake if all are so") {
  const test::CertificateFiles files;
  const auto root = test::make_test_root();
  const auto late = test::make_certificate({.common_name = "Old Root",
                                            .alt_names = "",
                                            .is_authority = true,
                                            .begins_in = -9 * test::kDay,
                                            .ends_in = -2 * test::kDay});
  const auto early = test::make_certificate({.common_name = "Next Root",
                                             .alt_names = "",
                                             .is_authority = true,
                                             .begins_in = 2 * test::kDay});
  const auto trust = [&](const std::string& pem) {
    return trust_file(made(Leg::server).get(), files.write("ca.pem", pem), kOrigin);
  };
  REQUIRE(trust(root.pem()).has_value());
  CHECK(trust(root.pem())->empty());
  const auto some = trust(test::chain_pem({&late, &root, &early}));
  REQUIRE(some.has_value());
  REQUIRE(some->size() == 2);
  CHECK((*some)[0].contains("ca.pem\": CN=Old Root expired on 2"));
  CHECK((*some)[1].contains("ca.pem\": CN=Next Root is valid only from 2"));
  for (const auto* const one : {&late, &early}) {
    const auto none = trust(one->pem());
    REQUIRE_FALSE(none.has_value());
    CHECK(none.error().where == kOrigin.text);
    CHECK(none.error().what.contains("no authority in it is valid today: CN="));
  }
}

}  // namespace
}  // namespace lastframe::ssl
