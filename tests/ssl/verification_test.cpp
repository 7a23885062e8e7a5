#include "ssl/verification.h"

#include <doctest/doctest.h>
#include <openssl/x509_vfy.h>

#include <map>
#include <string>

#include "ssl/client_side.h"
#include "ssl/handshake_notes.h"
#include "support/certificates.h"
#include "support/tls_pair.h"

namespace lastframe::ssl {
namespace {

using session::CertificateFault;

// The numbers as OpenSSL's manual lists them; all others are `other`.
TEST_CASE("every number that verification can give is a fault of ours") {
  using enum CertificateFault;
  const std::map<int, CertificateFault> expected{{0, none},
                                                 {2, unknown_issuer},
                                                 {7, unknown_issuer},
                                                 {9, not_yet_valid},
                                                 {10, expired},
                                                 {18, self_signed},
                                                 {19, untrusted_root},
                                                 {20, unknown_issuer},
                                                 {21, unknown_issuer},
                                                 {23, revoked},
                                                 {25, wrong_purpose},
                                                 {26, wrong_purpose},
                                                 {27, untrusted_root},
                                                 {28, untrusted_root},
                                                 {29, unknown_issuer},
                                                 {30, unknown_issuer},
                                                 {31, unknown_issuer},
                                                 {32, wrong_purpose},
                                                 {37, wrong_purpose},
                                                 {39, wrong_purpose},
                                                 {62, name_mismatch},
                                                 {64, name_mismatch},
                                                 {66, weak},
                                                 {67, weak},
                                                 {68, weak},
                                                 {79, wrong_purpose}};
  for (int number = 0; number < 120; ++number) {
    CAPTURE(number);
    const auto found = expected.find(number);
    CHECK(name(fault_of(number)) == name(found == expected.end() ? other : found->second));
  }
}

TEST_CASE("of several faults the first is told, and all of a long chain is counted") {
  const test::CertificateFiles files;
  const auto root = test::make_test_root();
  const auto alone =
      test::make_certificate({.begins_in = -9 * test::kDay, .ends_in = -60});  // and self-signed
  const ContextPointer context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_use_certificate(context.get(), alone.certificate.get());
  SSL_CTX_use_PrivateKey(context.get(), alone.key.get());
  for (int i = 0; i < 6; ++i) SSL_CTX_add1_chain_cert(context.get(), root.certificate.get());
  SslPointer ssl(SSL_new(context.get()));
  SSL_set_accept_state(ssl.get());
  test::TlsEnd server(std::move(ssl));
  const auto side =
      ClientSide::load({.is_verified = false, .ca = files.write("ca.pem", root.pem())}, nullptr);
  REQUIRE(side.has_value());
  test::TlsEnd client(*(*side)->begin({"other.example", "other.example", {}}));
  talk(client, server);
  CHECK(client.is_done());
  const auto leg = client.leg();
  CHECK(leg.certificate_fault == CertificateFault::self_signed);
  CHECK(SSL_get_verify_result(client.ssl()) == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
  CHECK(leg.chain_length == 7);
  CHECK(leg.chain.size() == kMostChain);
}

TEST_CASE("a certificate that was tampered with is refused as one of an unknown issuer") {
  const test::CertificateFiles files;
  const auto root = test::make_test_root();
  const auto leaf = test::make_certificate({}, &root);
  unsigned char* der = nullptr;
  const int length = i2d_X509(leaf.certificate.get(), &der);
  der[length - 1] = static_cast<unsigned char>(der[length - 1] ^ 1);  // within the signature
  const unsigned char* at = der;
  const CertificatePointer tampered(d2i_X509(nullptr, &at, length));
  OPENSSL_free(der);
  REQUIRE(tampered);
  const ContextPointer context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_use_certificate(context.get(), tampered.get());
  SSL_CTX_use_PrivateKey(context.get(), leaf.key.get());
  SslPointer ssl(SSL_new(context.get()));
  SSL_set_accept_state(ssl.get());
  test::TlsEnd server(std::move(ssl));
  const auto side = ClientSide::load({.ca = files.write("ca.pem", root.pem())}, nullptr);
  test::TlsEnd client(*(*side)->begin({"chat.example", "chat.example", {}}));
  talk(client, server);
  REQUIRE(client.has_failed());
  CHECK(name(client.failure().fault) == name(session::TlsFault::certificate_refused));
  CHECK(client.failure().detail == "certificate verify failed");
  CHECK(client.leg().certificate_fault == CertificateFault::unknown_issuer);
  CHECK(client.leg().certificate_fault_text == "certificate signature failure");
}

}  // namespace
}  // namespace lastframe::ssl
