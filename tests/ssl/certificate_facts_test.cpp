#include "ssl/certificate_facts.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <ctime>
#include <string>
#include <vector>

#include "support/certificates.h"

namespace lastframe::ssl {
namespace {

using test::make_certificate;

session::CertificateFacts facts(const test::CertificateRecipe& recipe) {
  return facts_of(make_certificate(recipe).certificate.get());
}

TEST_CASE("a certificate tells who it is for, who issued it, and how") {
  const auto root = test::make_test_root();
  const std::int64_t now = std::time(nullptr);
  const auto leaf = make_certificate({.alt_names = "DNS:Chat.example,IP:192.0.2.7,IP:2001:db8::7,"
                                                   "email:a@chat.example,URI:https://x.example",
                                      .issuer_url = "http://ca.example/root.crt"},
                                     &root);
  const auto told = facts_of(leaf.certificate.get());
  CHECK(told.subject == "CN=chat.example");
  CHECK(told.issuer == "CN=Test root");
  CHECK(told.not_before - now <= -test::kDay + 5);
  CHECK(told.not_after - told.not_before == 31 * test::kDay);
  CHECK(told.names == std::vector<std::string>{"chat.example", "192.0.2.7", "2001:db8::7"});
  CHECK(told.name_count == 3);
  CHECK(told.key == "EC 256 bits");
  CHECK(told.signature == "ecdsa-with-SHA256");
  CHECK_FALSE(told.is_self_issued);
  CHECK(told.names_issuer_url);
  const auto own = facts_of(root.certificate.get());
  CHECK(own.is_self_issued);
  CHECK_FALSE(own.names_issuer_url);
}

TEST_CASE("keys and signatures by their usual names") {
  CHECK(facts({.key = test::KeyKind::rsa}).key == "RSA 2048 bits");
  CHECK(facts({.key = test::KeyKind::rsa}).signature == "sha256WithRSAEncryption");
  CHECK(facts({.key = test::KeyKind::rsa_1024}).key == "RSA 1024 bits");
  CHECK(facts({.key = test::KeyKind::ed25519}).key == "Ed25519");
  CHECK(facts({.key = test::KeyKind::ed25519}).signature == "ED25519");
  CHECK(facts({.digest = "SHA1"}).signature == "ecdsa-with-SHA1");
  CHECK(key_text(nullptr) == "unknown");
}

TEST_CASE("without names for servers the common name is one, if it can be") {
  CHECK(facts({.common_name = "Chat.example", .alt_names = ""}).names ==
        std::vector<std::string>{"chat.example"});
  CHECK(facts({.common_name = "*.example", .alt_names = ""}).names ==
        std::vector<std::string>{"*.example"});
  CHECK(facts({.common_name = "Example Inc", .alt_names = ""}).names.empty());
  CHECK(facts({.common_name = "192.0.2.7", .alt_names = "IP:192.0.2.7"}).names ==
        std::vector<std::string>{"192.0.2.7"});
  CHECK(facts({.common_name = "a.example", .alt_names = "DNS:b.example"}).names ==
        std::vector<std::string>{"b.example"});
}

TEST_CASE("texts in a certificate can neither disturb a terminal nor pose as other parts") {
  struct Row {
    std::string common_name;
    std::string subject;
  };
  for (const Row& row : std::vector<Row>{
           {"a\x1b[31m", "CN=a\\x1b[31m"},
           {"a\nb", "CN=a\\x0ab"},
           {"a, O=Bank", "CN=\"a, O=Bank\""},
           {"a\", O=Bank", "CN=\"a\\x22, O=Bank\""},
           {"a+b", "CN=\"a+b\""},
           {"M\xc3\xbcnchen", "CN=M\xc3\xbcnchen"},
       }) {
    CAPTURE(row.common_name);
    CHECK(facts({.common_name = row.common_name}).subject == row.subject);
  }
}

TEST_CASE("what is long or much is bounded, and its number is told") {
  std::string many = "DNS:n0.example";
  for (int i = 1; i < 500; ++i) many += ",DNS:n" + std::to_string(i) + ".example";
  const auto told = facts({.alt_names = many});
  CHECK(told.name_count == 500);
  CHECK(told.names.size() == 16);

  const auto made = make_certificate({});
  X509_NAME* const name = X509_get_subject_name(made.certificate.get());
  const std::string value(60, 'x');
  for (int i = 0; i < 300; ++i) {
    X509_NAME_add_entry_by_txt(name, "OU", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(value.data()),
                               static_cast<int>(value.size()), -1, 0);
  }
  X509_set_subject_name(made.certificate.get(), name);
  const std::string subject = subject_text(made.certificate.get());
  CHECK(subject.size() <= 256);
  CHECK(subject.starts_with("OU=xxx"));
  CHECK(subject.ends_with("..."));

  const auto long_name = facts({.alt_names = "DNS:" + std::string(4000, 'a')});
  REQUIRE(long_name.names.size() == 1);
  CHECK(long_name.names[0].size() <= 256);
}

TEST_CASE("dates are those of UTC") {
  CHECK(date_text(0) == "1970-01-01 00:00:00 UTC");
  CHECK(date_text(1'769'860'800) == "2026-01-31 12:00:00 UTC");
  // RFC 5280 section 4.1.2.5: certificates without an end have this one.
  CHECK(date_text(253'402'300'799) == "9999-12-31 23:59:59 UTC");
}

}  // namespace
}  // namespace lastframe::ssl
