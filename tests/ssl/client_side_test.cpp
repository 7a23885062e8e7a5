#include "ssl/client_side.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ssl/server_side.h"
#include "support/certificates.h"
#include "support/tls_pair.h"

namespace lastframe::ssl {
namespace {

using session::CertificateFault;
using test::CertificateFiles;
using test::make_certificate;
using test::make_intermediate;
using test::make_test_root;
using test::TestCertificate;
using test::TlsEnd;

// A server that shows whatever it is given: our own would refuse most of it.
SslPointer careless_server(const std::vector<const TestCertificate*>& chain) {
  const ContextPointer context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_use_certificate(context.get(), chain.front()->certificate.get());
  SSL_CTX_use_PrivateKey(context.get(), chain.front()->key.get());
  for (std::size_t i = 1; i < chain.size(); ++i) {
    SSL_CTX_add1_chain_cert(context.get(), chain[i]->certificate.get());
  }
  SSL_CTX_set_mode(context.get(), SSL_MODE_NO_AUTO_CHAIN);
  SslPointer ssl(SSL_new(context.get()));
  SSL_set_accept_state(ssl.get());
  return ssl;
}

std::shared_ptr<const ClientSide> loaded(const ClientOptions& options) {
  auto side = ClientSide::load(options, nullptr);
  REQUIRE(side.has_value());
  return *side;
}

struct Row {
  std::string name;
  std::vector<const TestCertificate*> shown;
  const char* expected_name;
  CertificateFault fault;
  const char* text;
  int alert;  // that we send, RFC 8446 section 6.2
};

class Certificates {
 public:
  TestCertificate root = make_test_root();
  TestCertificate intermediate = make_intermediate(root);
  TestCertificate good = make_certificate(
      {.alt_names = "DNS:chat.example,DNS:*.rooms.example,IP:192.0.2.7,IP:2001:db8::7"}, &root);
  TestCertificate behind = make_certificate({}, &intermediate);
  TestCertificate ended =
      make_certificate({.begins_in = -9 * test::kDay, .ends_in = -test::kDay}, &root);
  TestCertificate early = make_certificate({.begins_in = test::kDay}, &root);
  TestCertificate alone = make_certificate({});
  TestCertificate other_root = make_test_root("Other root");
  TestCertificate foreign = make_certificate({}, &other_root);
  TestCertificate same_name_root = make_test_root();
  TestCertificate old_intermediate = make_certificate({.common_name = "Old intermediate",
                                                       .alt_names = "",
                                                       .is_authority = true,
                                                       .ends_in = -60,
                                                       .key_usage = "critical,keyCertSign"},
                                                      &root);
  TestCertificate behind_old = make_certificate({}, &old_intermediate);
  TestCertificate for_clients = make_certificate({.extended_usage = "clientAuth"}, &root);
  TestCertificate no_authority = make_certificate({.key_usage = "digitalSignature"}, &root);
  TestCertificate under_no_authority = make_certificate({}, &no_authority);
  TestCertificate small = make_certificate({.key = test::KeyKind::rsa_1024}, &root);
  TestCertificate sha1 = make_certificate({.digest = "SHA1"}, &root);
  TestCertificate nameless =
      make_certificate({.common_name = "chat.example", .alt_names = ""}, &root);

  std::vector<Row> rows() const {
    using enum CertificateFault;
    return {
        {"good", {&good}, "chat.example", none, "", 0},
        {"its wildcard", {&good}, "a.rooms.example", none, "", 0},
        {"its address", {&good}, "192.0.2.7", none, "", 0},
        {"its IPv6 address", {&good}, "2001:db8::7", none, "", 0},
        {"with its intermediate", {&behind, &intermediate}, "chat.example", none, "", 0},
        {"with its root", {&behind, &intermediate, &root}, "chat.example", none, "", 0},
        {"only a common name (RFC 9525 section 4.1)",
         {&nameless},
         "chat.example",
         name_mismatch,
         "hostname mismatch",
         42},
        {"expired", {&ended}, "chat.example", expired, "certificate has expired", 45},
        {"not yet valid",
         {&early},
         "chat.example",
         not_yet_valid,
         "certificate is not yet valid",
         42},
        {"self-signed", {&alone}, "chat.example", self_signed, "self-signed certificate", 48},
        {"a root that is not trusted",
         {&foreign, &other_root},
         "chat.example",
         untrusted_root,
         "self-signed certificate in certificate chain (certificate 2 of the chain)",
         48},
        {"an issuer that nobody knows",
         {&foreign},
         "chat.example",
         unknown_issuer,
         "unable to get local issuer certificate",
         48},
        {"a missing intermediate",
         {&behind},
         "chat.example",
         unknown_issuer,
         "unable to get local issuer certificate",
         48},
        {"another name", {&good}, "other.example", name_mismatch, "hostname mismatch", 42},
        {"a wildcard is one label",
         {&good},
         "b.a.rooms.example",
         name_mismatch,
         "hostname mismatch",
         42},
        {"another address", {&good}, "192.0.2.8", name_mismatch, "IP address mismatch", 42},
        {"an expired intermediate",
         {&behind_old, &old_intermediate},
         "chat.example",
         expired,
         "certificate has expired (certificate 2 of the chain)",
         45},
        {"for clients only",
         {&for_clients},
         "chat.example",
         wrong_purpose,
         "unsuitable certificate purpose",
         43},
        {"issued by no authority",
         {&under_no_authority, &no_authority},
         "chat.example",
         wrong_purpose,
         "invalid CA certificate (certificate 2 of the chain)",
         48},
        {"a weak key", {&small}, "chat.example", weak, "EE certificate key too weak", 42},
        {"a weak signature",
         {&sha1},
         "chat.example",
         weak,
         "CA signature digest algorithm too weak",
         42},
    };
  }
};

TEST_CASE("what is wrong with a server's certificate ends the handshake and is said") {
  const CertificateFiles files;
  const Certificates all;
  const auto side = loaded({.ca = files.write("ca.pem", all.root.pem())});
  for (const Row& row : all.rows()) {
    CAPTURE(row.name);
    auto begun = side->begin({"chat.example", row.expected_name, {}});
    REQUIRE(begun.has_value());
    TlsEnd client(*std::move(begun));
    TlsEnd server(careless_server(row.shown));
    talk(client, server);
    const bool is_good = row.fault == CertificateFault::none;
    CHECK(client.is_done() == is_good);
    CHECK(client.has_failed() == !is_good);
    if (!is_good) {
      const auto failure = client.failure();
      CHECK(failure.fault == session::TlsFault::certificate_refused);
      REQUIRE(failure.sent.has_value());
      CHECK(failure.sent->number == row.alert);
      CHECK(failure.sent->is_fatal);
      CHECK(!failure.received.has_value());
      CHECK(failure.detail == "certificate verify failed");
      CHECK(server.failure().fault == session::TlsFault::alert_received);
      // Its SSL object is not ours and logs nothing: the reason alone says which alert it was.
      CHECK(server.failure().received ==
            session::TlsAlert{static_cast<std::uint8_t>(row.alert), true});
    }
    const auto leg = client.leg();
    CHECK(leg.handling == session::TlsHandling::originated);
    CHECK(leg.certificate_fault == row.fault);
    CHECK(leg.certificate_fault_text == row.text);
    CHECK(leg.expected_name == row.expected_name);
    CHECK(leg.is_verified);
    CHECK(leg.chain_length == row.shown.size());
    REQUIRE(leg.chain.size() == row.shown.size());
    CHECK(leg.chain[0].subject == "CN=chat.example");
  }
}

TEST_CASE("without verification the same is said, and the handshake goes on") {
  const CertificateFiles files;
  const Certificates all;
  const auto side = loaded({.is_verified = false, .ca = files.write("ca.pem", all.root.pem())});
  CHECK(!side->is_verified());
  for (const Row& row : all.rows()) {
    CAPTURE(row.name);
    TlsEnd client(*side->begin({"chat.example", row.expected_name, {}}));
    TlsEnd server(careless_server(row.shown));
    talk(client, server);
    CHECK(client.is_done());
    CHECK(server.is_done());
    CHECK(!client.has_failed());
    const auto leg = client.leg();
    CHECK(leg.certificate_fault == row.fault);
    CHECK(leg.certificate_fault_text == row.text);
    CHECK(!leg.is_verified);
    CHECK(leg.chain_length == row.shown.size());
    CHECK((SSL_get_verify_result(client.ssl()) == X509_V_OK) ==
          (row.fault == CertificateFault::none));
  }
}

TEST_CASE("an authority made anew under its old name is not the old one") {
  const CertificateFiles files;
  const Certificates all;
  const auto side = loaded({.ca = files.write("ca.pem", all.same_name_root.pem())});
  TlsEnd client(*side->begin({"chat.example", "chat.example", {}}));
  TlsEnd server(careless_server({&all.good}));
  talk(client, server);
  CHECK(client.has_failed());
  CHECK(client.leg().certificate_fault == CertificateFault::unknown_issuer);
}

TEST_CASE("a server's own certificate, or an intermediate, may be what is trusted") {
  const CertificateFiles files;
  const Certificates all;
  for (const TestCertificate* const trusted : {&all.alone, &all.intermediate}) {
    const auto side = loaded({.ca = files.write("ca.pem", trusted->pem())});
    TlsEnd client(*side->begin({"chat.example", "chat.example", {}}));
    TlsEnd server(careless_server({trusted == &all.alone ? &all.alone : &all.behind}));
    talk(client, server);
    CHECK(client.is_done());
  }
}

TEST_CASE("a server is asked by name only where there is one") {
  const CertificateFiles files;
  const auto side = loaded({.is_verified = false});
  struct Name {
    std::string_view asked;
    const char* sent;
  };
  for (const Name& name : {Name{"Chat.Example.", "chat.example"}, Name{"", nullptr},
                           Name{"192.0.2.7", nullptr}, Name{"2001:db8::7", nullptr}}) {
    CAPTURE(name.asked);
    const auto begun = side->begin({name.asked, "", {}});
    REQUIRE(begun.has_value());
    const char* const sent = SSL_get_servername(begun->get(), TLSEXT_NAMETYPE_host_name);
    CHECK((sent == nullptr) == (name.sent == nullptr));
    if (sent != nullptr && name.sent != nullptr) CHECK(std::string(sent) == name.sent);
  }
}

TEST_CASE("names that would mean something else to OpenSSL are refused") {
  const auto side = loaded({});
  const std::string long_name(300, 'a');
  for (const std::string_view name :
       {std::string_view(".example"), std::string_view("a\0.example", 10), std::string_view("a..b"),
        std::string_view("*.example"), std::string_view("a,DNS:b"), std::string_view("m\xc3\xbc"),
        std::string_view(long_name)}) {
    CAPTURE(name);
    CHECK(!side->begin({"chat.example", name, {}}).has_value());
    CHECK(!side->begin({name, "chat.example", {}}).has_value());
  }
  const auto none = side->begin({"", "", {}});
  REQUIRE(!none.has_value());
  CHECK(none.error() == "\"\" is no name that a certificate could be good for");
}

TEST_CASE("protocols that have no place in a hello are refused") {
  const auto side = loaded({});
  const std::vector<std::string> empty{""};
  const std::vector<std::string> long_one{std::string(256, 'h')};
  CHECK(!side->begin({"a.example", "a.example", empty}).has_value());
  CHECK(!side->begin({"a.example", "a.example", long_one}).has_value());
}

TEST_CASE("mistakes in files are said where they were named") {
  const CertificateFiles files;
  const auto side = ClientSide::load(
      {.ca = files.path("none.pem"),
       .certificate =
           KeyPairFiles{files.path("no-cert.pem"), files.path("no-key.pem"), {"x.yaml:5: cert"}},
       .origin = {"x.yaml:4: upstream_tls"}},
      nullptr);
  REQUIRE(!side.has_value());
  REQUIRE(side.error().size() == 3);
  CHECK(side.error()[0].where == "x.yaml:4: upstream_tls");
  CHECK(side.error()[1].where == "x.yaml:5: cert");
  CHECK(side.error()[2].where == "x.yaml:5: cert");
}

}  // namespace
}  // namespace lastframe::ssl
