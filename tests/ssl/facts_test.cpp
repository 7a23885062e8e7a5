#include "ssl/facts.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/tls/names.h"
#include "ssl/client_side.h"
#include "ssl/server_side.h"
#include "support/certificates.h"
#include "support/tls_pair.h"

namespace lastframe::ssl {
namespace {

using test::TlsEnd;

TEST_CASE("both legs tell what was agreed on, each with the peer that it saw") {
  const test::CertificateFiles files;
  const auto root = test::make_test_root();
  const auto own = test::make_certificate({.common_name = "us"}, &root);
  const std::string ca = files.write("ca.pem", root.pem());
  const auto server_side =
      ServerSide::load({.certificates = {files.pair("a", test::make_certificate({}, &root))},
                        .client_auth = ClientAuth::require,
                        .client_ca = ca},
                       nullptr);
  const auto client_side =
      ClientSide::load({.ca = ca, .certificate = files.pair("us", own)}, nullptr);
  REQUIRE(server_side.has_value());
  REQUIRE(client_side.has_value());
  const std::vector<std::string> protocols{"h2", "http/1.1"};
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    auto begun = (*client_side)->begin({"chat.example", "chat.example", protocols});
    SSL_set_max_proto_version(begun->get(), version);
    TlsEnd client(*std::move(begun));
    TlsEnd server(*(*server_side)->begin({"chat.example", "", "http/1.1"}));
    talk(client, server);
    for (const TlsEnd* const end : {&client, &server}) {
      const auto leg = end->leg();
      CHECK(leg.version == version);
      CHECK(leg.cipher == (version == TLS1_3_VERSION ? "TLS_AES_256_GCM_SHA384"
                                                     : "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"));
      CHECK(leg.alpn == "http/1.1");
      CHECK(leg.chain_length == 1);
      REQUIRE(leg.chain.size() == 1);
      CHECK(leg.chain[0].subject == (end == &client ? "CN=chat.example" : "CN=us"));
      CHECK(leg.certificate_fault == session::CertificateFault::none);
      CHECK(leg.certificate_fault_text.empty());
    }
    CHECK(client.leg().handling == session::TlsHandling::originated);
    CHECK(client.leg().expected_name == "chat.example");
    CHECK(server.leg().handling == session::TlsHandling::terminated);
  }
}

TEST_CASE("a cipher is called the same where its keys are ours and where they are not") {
  const ContextPointer context(SSL_CTX_new(TLS_method()));
  REQUIRE(SSL_CTX_set_cipher_list(context.get(), "ALL:COMPLEMENTOFALL:@SECLEVEL=0") == 1);
  const STACK_OF(SSL_CIPHER)* const all = SSL_CTX_get_ciphers(context.get());
  int known = 0;
  for (int i = 0; i < sk_SSL_CIPHER_num(all); ++i) {
    const SSL_CIPHER* const cipher = sk_SSL_CIPHER_value(all, i);
    const std::string name = tls::cipher_name(SSL_CIPHER_get_protocol_id(cipher));
    CAPTURE(SSL_CIPHER_get_name(cipher));
    if (name.starts_with("0x")) continue;
    ++known;
    CHECK(SSL_CIPHER_standard_name(cipher) == name);
  }
  CHECK(known > 30);
}

std::vector<std::string> subjects(const std::vector<session::CertificateFacts>& chain) {
  std::vector<std::string> texts;
  for (const auto& each : chain) texts.push_back(each.subject);
  return texts;
}

TEST_CASE("our own certificates count as shown to clients, and to servers that ask for one") {
  const test::CertificateFiles files;
  const auto root = test::make_test_root();
  const std::string ca = files.write("ca.pem", root.pem());
  const auto client_side = ClientSide::load(
      {.ca = ca,
       .certificate = files.pair("us", test::make_certificate({.common_name = "us"}, &root))},
      nullptr);
  REQUIRE(client_side.has_value());
  for (const ClientAuth auth : {ClientAuth::off, ClientAuth::request}) {
    CAPTURE(static_cast<int>(auth));
    const auto server_side =
        ServerSide::load({.certificates = {files.pair("a", test::make_certificate({}, &root))},
                          .client_auth = auth,
                          .client_ca = auth == ClientAuth::off ? "" : ca},
                         nullptr);
    REQUIRE(server_side.has_value());
    TlsEnd client(*(*client_side)->begin({"chat.example", "chat.example", {}}));
    TlsEnd server(*(*server_side)->begin({"chat.example", "", ""}));
    talk(client, server);
    CHECK(subjects(shown_by(server.ssl())) == std::vector<std::string>{"CN=chat.example"});
    const std::vector<std::string> ours{"CN=us"};
    CHECK(subjects(shown_by(client.ssl())) ==
          (auth == ClientAuth::off ? std::vector<std::string>{} : ours));
  }
}

TEST_CASE("what the hello offered is not touched, and before a handshake nothing is agreed on") {
  const auto side = ClientSide::load({}, nullptr);
  REQUIRE(side.has_value());
  session::TlsLeg leg;
  leg.server_name = "chat.example";
  leg.offered_alpn = {"h2"};
  leg.offered_versions = {0x0304};
  leg.offered_ciphers = {0x1301};
  session::TlsLeg expected = leg;
  expected.handling = session::TlsHandling::originated;
  expected.expected_name = "chat.example";
  expected.is_verified = true;
  const auto ssl = (*side)->begin({"chat.example", "chat.example", {}});
  describe(ssl->get(), leg);
  CHECK(leg == expected);
}

}  // namespace
}  // namespace lastframe::ssl
