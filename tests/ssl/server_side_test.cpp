#include "ssl/server_side.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "ssl/client_side.h"
#include "support/certificates.h"
#include "support/tls_pair.h"

namespace lastframe::ssl {
namespace {

using test::CertificateFiles;
using test::chain_pem;
using test::make_certificate;
using test::make_intermediate;
using test::make_test_root;
using test::TestCertificate;
using test::TlsEnd;

std::shared_ptr<const ServerSide> loaded(const ServerOptions& options) {
  auto side = ServerSide::load(options, nullptr);
  if (!side) {
    for (const Error& error : side.error()) MESSAGE(to_text(error));
  }
  REQUIRE(side.has_value());
  return *side;
}

std::vector<Error> mistakes(const ServerOptions& options) {
  auto side = ServerSide::load(options, nullptr);
  REQUIRE(!side.has_value());
  return side.error();
}

// What a client that verifies nothing is shown.
struct Answer {
  TlsEnd client;
  TlsEnd server;

  std::string subject() const {
    const auto chain = client.leg().chain;
    return chain.empty() ? "" : chain.front().subject;
  }
};

Answer answer_of(const ServerSide& side, const ServerSide::Request& request,
                 const std::string& ciphers = "", const std::vector<std::string>& protocols = {}) {
  ClientOptions options;
  options.is_verified = false;
  options.ciphers = ciphers;
  const auto client_side = ClientSide::load(options, nullptr);
  REQUIRE(client_side.has_value());
  auto client = (*client_side)->begin({request.server_name, "", protocols});
  auto server = side.begin(request);
  REQUIRE(client.has_value());
  REQUIRE(server.has_value());
  Answer answer{TlsEnd(*std::move(client)), TlsEnd(*std::move(server))};
  talk(answer.client, answer.server);
  return answer;
}

TEST_CASE("a client is shown the certificate for the name that it asks for") {
  const CertificateFiles files;
  const auto make = [&](const std::string& name, const std::string& alt_names) {
    return files.pair(name, make_certificate({.common_name = name, .alt_names = alt_names}));
  };
  const auto side = loaded(
      {.certificates = {make("first", "DNS:first.example"), make("wildcard", "DNS:*.chat.example"),
                        make("exact", "DNS:a.chat.example,DNS:B.example"),
                        make("address", "IP:192.0.2.7")}});
  struct Row {
    std::string name;
    std::string_view server_name;
    std::string_view fallback;
    const char* subject;
  };
  for (const Row& row : std::vector<Row>{
           {"exact before wildcard", "a.chat.example", "", "CN=exact"},
           {"wildcard", "b.chat.example", "", "CN=wildcard"},
           {"a wildcard is one label", "c.b.chat.example", "", "CN=first"},
           {"a wildcard is not its own domain", "chat.example", "", "CN=first"},
           {"letter case does not matter", "A.Chat.Example", "", "CN=exact"},
           {"nor that of the certificate", "b.example", "", "CN=exact"},
           {"a name that nothing fits", "other.example", "", "CN=first"},
           {"no name", "", "", "CN=first"},
           {"no name, but an address", "", "192.0.2.7", "CN=address"},
       }) {
    CAPTURE(row.name);
    const Answer answer = answer_of(*side, {row.server_name, row.fallback, ""});
    CHECK(answer.client.is_done());
    CHECK(answer.server.is_done());
    CHECK(answer.subject() == row.subject);
    CHECK(answer.server.leg().handling == session::TlsHandling::terminated);
  }
}

TEST_CASE("RSA and EC certificates for one name are both at hand") {
  const CertificateFiles files;
  const auto ec = make_certificate({.common_name = "ec"});
  const auto rsa = make_certificate({.common_name = "rsa", .key = test::KeyKind::rsa});
  const auto side = loaded({.certificates = {files.pair("ec", ec), files.pair("rsa", rsa)},
                            .lowest = LowestVersion::tls1_2});
  for (const std::string_view name : {"chat.example", "nobody.example", ""}) {
    CAPTURE(name);
    const ServerSide::Request request{name, "", ""};
    ClientOptions options{.is_verified = false, .ciphers = "ECDHE-RSA-AES128-GCM-SHA256"};
    const auto client_side = ClientSide::load(options, nullptr);
    for (const bool is_rsa : {false, true}) {
      auto client = (*client_side)->begin({name, "", {}});
      // TLS 1.2, where the cipher says which certificate it is for.
      SSL_set_max_proto_version(client->get(), TLS1_2_VERSION);
      SSL_set_cipher_list(client->get(),
                          is_rsa ? "ECDHE-RSA-AES128-GCM-SHA256" : "ECDHE-ECDSA-AES128-GCM-SHA256");
      Answer answer{TlsEnd(*std::move(client)), TlsEnd(*side->begin(request))};
      talk(answer.client, answer.server);
      CHECK(answer.subject() == (is_rsa ? "CN=rsa" : "CN=ec"));
      CHECK(answer.server.leg().version == TLS1_2_VERSION);
    }
  }
}

TEST_CASE("intermediate certificates are shown, resumption and tickets are not offered") {
  const CertificateFiles files;
  const TestCertificate root = make_test_root();
  const TestCertificate intermediate = make_intermediate(root);
  const TestCertificate leaf = make_certificate({}, &intermediate);
  const auto side = loaded(
      {.certificates = {files.pair("chain", chain_pem({&leaf, &intermediate}), leaf.key_pem())}});
  const Answer answer = answer_of(*side, {"chat.example", "", ""});
  const auto leg = answer.client.leg();
  CHECK(leg.chain_length == 2);
  REQUIRE(leg.chain.size() == 2);
  CHECK(leg.chain[1].subject == "CN=Test intermediate");
  CHECK(leg.version == TLS1_3_VERSION);
  CHECK(SSL_get0_session(answer.client.ssl()) != nullptr);
  CHECK(SSL_SESSION_has_ticket(SSL_get0_session(answer.client.ssl())) == 0);
}

TEST_CASE("ALPN is answered with the one protocol, refused, or not looked at") {
  const CertificateFiles files;
  const auto side = loaded({.certificates = {files.pair("a", make_certificate({}))}});
  struct Row {
    std::string name;
    std::string_view protocol;
    std::vector<std::string> offered;
    const char* agreed;
    bool is_refused;
  };
  for (const Row& row : std::vector<Row>{
           {"the only one", "http/1.1", {"http/1.1"}, "http/1.1", false},
           {"not the first", "http/1.1", {"h2", "http/1.1"}, "http/1.1", false},
           {"another", "h2", {"h2", "http/1.1"}, "h2", false},
           {"not among them", "http/1.1", {"h2", "http/1.10"}, "", true},
           {"nothing offered", "http/1.1", {}, "", false},
           {"nothing to answer", "", {"h2", "http/1.1"}, "", false},
       }) {
    CAPTURE(row.name);
    const Answer answer = answer_of(*side, {"chat.example", "", row.protocol}, "", row.offered);
    CHECK(answer.server.has_failed() == row.is_refused);
    CHECK(answer.server.leg().alpn == row.agreed);
    CHECK(answer.client.leg().alpn == row.agreed);
    if (!row.is_refused) continue;
    CHECK(answer.server.failure().fault == session::TlsFault::no_shared_protocol);
    CHECK(answer.server.failure().sent == session::TlsAlert{120, true});
    CHECK(answer.client.failure().fault == session::TlsFault::alert_received);
    CHECK(answer.client.failure().received == session::TlsAlert{120, true});
  }
}

TEST_CASE("a client that wants to negotiate anew is told no, and goes on") {
  const CertificateFiles files;
  const auto side = loaded({.certificates = {files.pair("a", make_certificate({}))}});
  const ContextPointer context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
  SslPointer ssl(SSL_new(context.get()));
  SSL_set_connect_state(ssl.get());
  TlsEnd client(std::move(ssl));
  TlsEnd server(*side->begin({"chat.example", "", ""}));
  talk(client, server);
  REQUIRE(server.is_done());
  SSL_renegotiate(client.ssl());
  SSL_do_handshake(client.ssl());
  server.hear(client.said());
  server.go_on();
  CHECK_FALSE(server.has_failed());
  CHECK(server.is_done());
  CHECK(server.failure().sent == session::TlsAlert{100, false});  // no_renegotiation
}

TEST_CASE("names decide whose TLS is ours") {
  const CertificateFiles files;
  const KeyPairFiles pair = files.pair("a", make_certificate({}));
  struct Row {
    std::string name;
    std::vector<std::string> pass_through;
    std::vector<std::string> only;
    std::string_view server_name;
    bool is_ours;
  };
  for (const Row& row : std::vector<Row>{
           {"no lists", {}, {}, "a.example", true},
           {"no lists, no name", {}, {}, "", true},
           {"a name to pass through", {"a.example"}, {}, "A.example.", false},
           {"a name under one", {"*.example"}, {}, "b.a.example", false},
           {"not the domain itself", {"*.example"}, {}, "example", true},
           {"no part of a label", {"*.example"}, {}, "badexample", true},
           {"everything", {"*"}, {}, "a.example", false},
           {"everything, no name", {"*"}, {}, "", false},
           {"the only one", {}, {"a.example"}, "a.example", true},
           {"not the only one", {}, {"a.example"}, "b.example", false},
           {"no name is not the only one", {}, {"a.example"}, "", false},
           {"pass through wins", {"a.example"}, {"*.example"}, "a.example", false},
           {"a pattern is no name", {"*.example"}, {}, "*.example", false},
       }) {
    CAPTURE(row.name);
    const auto side =
        loaded({.certificates = {pair}, .pass_through = row.pass_through, .only = row.only});
    CHECK(side->terminates(row.server_name) == row.is_ours);
    CHECK(!side->is_intercepting());
  }
}

TEST_CASE("all mistakes are said at once, each where it was written") {
  const CertificateFiles files;
  const auto good = make_certificate({});
  const auto weak = make_certificate({.key = test::KeyKind::rsa_1024});
  KeyPairFiles first = files.pair("a", weak);
  first.origin.text = "x.yaml:3: a";
  KeyPairFiles second = files.pair("b", good.pem(), weak.key_pem());
  second.origin.text = "x.yaml:4: b";
  const auto errors = mistakes({.certificates = {first, second},
                                .client_auth = ClientAuth::require,
                                .client_ca = "",
                                .origin = {"x.yaml:2: tls"}});
  REQUIRE(errors.size() == 3);
  CHECK(errors[0].where == "x.yaml:3: a");
  CHECK(errors[0].what.ends_with("has a weak key: RSA 1024 bits"));
  CHECK(errors[1].where == "x.yaml:4: b");
  CHECK(errors[1].what.contains("does not belong to the certificate"));
  CHECK(errors[2].where == "x.yaml:2: tls");
  CHECK(errors[2].what.contains("asked for a certificate"));
}

TEST_CASE("nothing to show, and ciphers that nobody knows, are mistakes") {
  const CertificateFiles files;
  const KeyPairFiles pair = files.pair("a", make_certificate({}));
  CHECK(mistakes({})[0].what == "there is no certificate to show to clients");
  CHECK(mistakes({.certificates = {pair}, .ciphers = "FISH"})[0].what ==
        "OpenSSL knows no cipher with authentication and encryption of \"FISH\"");
}

TEST_CASE("what clients may refuse is a note and no mistake") {
  const CertificateFiles files;
  const TestCertificate root = make_test_root();
  const TestCertificate intermediate = make_intermediate(root);
  struct Row {
    std::string name;
    TestCertificate certificate;
    const char* note;
  };
  for (const Row& row : std::vector<Row>{
           {"the chain ends",
            make_certificate({.issuer_url = "http://ca.example/i.crt"}, &intermediate),
            "most probably an intermediate certificate is missing"},
           {"it may end there", make_certificate({}, &root), "clients must trust that issuer"},
           {"another purpose", make_certificate({.extended_usage = "clientAuth"}),
            "does not allow a server"},
           {"no names", make_certificate({.alt_names = ""}), "no subjectAltName"},
       }) {
    CAPTURE(row.name);
    const auto side = loaded({.certificates = {files.pair("a", row.certificate)}});
    REQUIRE(side->notes().size() == 1);
    CHECK(side->notes()[0].contains(row.note));
  }
  CHECK(loaded({.certificates = {files.pair("b", make_certificate({}))}})->notes().empty());
}

}  // namespace
}  // namespace lastframe::ssl
