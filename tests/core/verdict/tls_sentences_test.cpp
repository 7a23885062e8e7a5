#include "core/verdict/tls_sentences.h"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

using namespace lastframe;
using session::CertificateFacts;

namespace {

constexpr std::int64_t kDay = 86'400;
// 2026-11-21 04:05:06 UTC
constexpr std::int64_t kNow = 1'795'233'906;

CertificateFacts certificate() {
  CertificateFacts facts;
  facts.subject = "CN=chat.example";
  facts.issuer = "CN=R3, O=Example CA";
  facts.not_before = kNow - 90 * kDay;
  facts.not_after = kNow + kDay;
  facts.names = {"chat.example", "*.chat.example"};
  facts.name_count = 2;
  return facts;
}

}  // namespace

TEST_CASE("dates are those of the calendar, whatever number a certificate has") {
  struct Row {
    std::int64_t seconds;
    const char* text;
  };
  const Row rows[] = {{0, "1970-01-01 00:00 UTC"},
                      {kNow, "2026-11-21 04:05 UTC"},
                      {-1, "1969-12-31 23:59 UTC"},
                      {951'827'696, "2000-02-29 12:34 UTC"},
                      {-62'135'596'800, "0001-01-01 00:00 UTC"},
                      {253'402'300'799, "9999-12-31 23:59 UTC"},
                      {253'402'300'800, "a date that no calendar has"},
                      {std::numeric_limits<std::int64_t>::min(), "a date that no calendar has"},
                      {std::numeric_limits<std::int64_t>::max(), "a date that no calendar has"}};
  for (const Row& row : rows) CHECK(verdict::date_text(row.seconds) == row.text);
}

TEST_CASE("validity is said from where the clock stands") {
  CertificateFacts facts = certificate();
  CHECK(verdict::validity_text(facts, kNow) ==
        "By the clock here it is valid for another 24.0 h, until 2026-11-22 04:05 UTC.");
  CHECK(verdict::validity_text(facts, kNow + 4 * kDay) ==
        "It expired 3.0 days ago, on 2026-11-22 04:05 UTC; here it is 2026-11-25 04:05 UTC.");
  CHECK(verdict::validity_text(facts, kNow - 91 * kDay) ==
        "It becomes valid in 24.0 h, on 2026-08-23 04:05 UTC; here it is 2026-08-22 04:05 UTC.");
  facts.not_before = std::numeric_limits<std::int64_t>::min();
  facts.not_after = std::numeric_limits<std::int64_t>::max();
  CHECK(verdict::validity_text(facts, kNow).contains("a date that no calendar has"));
}

TEST_CASE("a certificate is said with its owner, its issuer and its dates") {
  CertificateFacts facts = certificate();
  CHECK(verdict::certificate_text(facts) ==
        "It is for \"CN=chat.example\" and was issued by \"CN=R3, O=Example CA\", valid from "
        "2026-08-23 04:05 UTC to 2026-11-22 04:05 UTC.");
  facts.is_self_issued = true;
  facts.key = "RSA 1024 bits";
  facts.signature = "sha1WithRSAEncryption";
  const std::string text = verdict::certificate_text(facts);
  CHECK(text.contains("issued by itself"));
  CHECK(text.ends_with("; key: RSA 1024 bits, signature: sha1WithRSAEncryption."));
}

TEST_CASE("names of a certificate are listed, and counted where they are many") {
  CertificateFacts facts = certificate();
  CHECK(verdict::names_text(facts) == "It is good for chat.example, *.chat.example.");
  facts.name_count = 40;
  CHECK(verdict::names_text(facts) == "It is good for chat.example, *.chat.example and 38 more.");
  facts.names.clear();
  CHECK(verdict::names_text(facts).contains("no name in subjectAltName"));
}

TEST_CASE("a chain is said link by link") {
  const std::vector<CertificateFacts> chain{certificate()};
  CHECK(verdict::chain_text(chain, 1) ==
        "1 certificate was shown: \"CN=chat.example\", issued by \"CN=R3, O=Example CA\".");
  CHECK(verdict::chain_text(chain, 9).starts_with("9 certificates were shown: "));
  CHECK(verdict::chain_text({}, 3) == "3 certificates were shown.");
}

TEST_CASE("hostile texts cannot leave their quotes") {
  CertificateFacts facts = certificate();
  facts.subject = "CN=\x1b[2Ja\n\"b\xff";
  facts.names = {"a\nb"};
  for (const std::string& text : {verdict::certificate_text(facts), verdict::names_text(facts),
                                  verdict::chain_text(std::vector{facts}, 1),
                                  verdict::list_text(std::vector{facts.subject})}) {
    CAPTURE(text);
    CHECK_FALSE(text.contains('\n'));
    CHECK_FALSE(text.contains('\x1b'));
    CHECK_FALSE(text.contains('\xff'));
  }
}

TEST_CASE("numbers of TLS have their names") {
  const std::vector<std::uint16_t> versions{0x0304, 0x0303};
  CHECK(verdict::versions_text(versions) == "TLS 1.3, TLS 1.2");
  const std::vector<std::uint16_t> ciphers(9, 0x1301);
  CHECK(verdict::ciphers_text(ciphers).ends_with("TLS_AES_128_GCM_SHA256 and 3 more"));
  CHECK(verdict::alert_text(48) == "unknown_ca (48)");
  CHECK(verdict::alert_text(200) == "the unnamed number 200");
  CHECK(verdict::list_text(std::vector<std::string>{"h2", "http/1.1"}) == "\"h2\", \"http/1.1\"");
}

// RFC 9525 section 6.3: "the wildcard [...] matches only against the left-most label".
TEST_CASE("a name is held against those of a certificate") {
  struct Row {
    const char* pattern;
    const char* name;
    bool is_good;
  };
  const Row rows[] = {{"chat.example", "chat.example", true},
                      {"chat.example", "CHAT.example", true},
                      {"Chat.Example", "chat.example", true},
                      {"chat.example", "chat.example.", true},
                      {"chat.example", "a.chat.example", false},
                      {"*.example", "chat.example", true},
                      {"*.example", "a.chat.example", false},
                      {"*.example", "example", false},
                      {"*.example", ".example", false},
                      {"*", "example", false},
                      {"c*.example", "chat.example", false},
                      {"10.0.0.7", "10.0.0.7", true},
                      {"*.0.0.7", "10.0.0.8", false},
                      {"chat.example", "", false}};
  for (const Row& row : rows) {
    CAPTURE(row.pattern);
    CAPTURE(row.name);
    CertificateFacts facts;
    facts.names = {row.pattern};
    CHECK(verdict::is_good_for(facts, row.name) == row.is_good);
  }
}
