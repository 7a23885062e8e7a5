#include "core/verdict/tls_chain.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/verdicts.h"

using namespace lastframe;
using session::CertificateFacts;
using session::CertificateFault;
using verdict::Cause;
using verdict::Confidence;

namespace {

constexpr std::int64_t kNow = 1'000'000'000;

CertificateFacts certificate(std::string subject, std::string issuer) {
  CertificateFacts facts;
  facts.is_self_issued = subject == issuer;
  facts.subject = std::move(subject);
  facts.issuer = std::move(issuer);
  facts.not_before = kNow - 10;
  facts.not_after = kNow + 10;
  facts.names = {"chat.example"};
  facts.name_count = 1;
  return facts;
}

CertificateFacts with_url(CertificateFacts facts) {
  facts.names_issuer_url = true;
  return facts;
}

CertificateFacts at(CertificateFacts facts, std::int64_t from, std::int64_t to) {
  facts.not_before = kNow + from;
  facts.not_after = kNow + to;
  return facts;
}

verdict::ShownChain shown(const std::vector<CertificateFacts>& chain) {
  return {.certificates = chain,
          .length = chain.size(),
          .owner = "The server's",
          .expected_name = "chat.example",
          .now = kNow};
}

}  // namespace

TEST_CASE("an unknown issuer is a missing certificate or an unknown authority, by the chain") {
  struct Row {
    const char* name;
    std::vector<CertificateFacts> chain;
    Cause cause;
    Confidence confidence;
  };
  const CertificateFacts leaf = certificate("CN=chat.example", "CN=R3");
  const Row rows[] = {
      {"alone, says where its issuer is",
       {with_url(leaf)},
       Cause::tls_missing_intermediate,
       Confidence::likely},
      {"alone, says nothing", {leaf}, Cause::tls_missing_intermediate, Confidence::possible},
      {"alone, of a root",
       {certificate("CN=a", "CN=Acme Root CA")},
       Cause::tls_unknown_ca,
       Confidence::likely},
      {"alone, of itself",
       {certificate("CN=a", "CN=a")},
       Cause::tls_self_signed,
       Confidence::likely},
      {"with its intermediate one",
       {leaf, certificate("CN=R3", "CN=X1")},
       Cause::tls_unknown_ca,
       Confidence::likely},
      {"with a wrong one",
       {leaf, certificate("CN=E1", "CN=X2")},
       Cause::tls_missing_intermediate,
       Confidence::likely},
      {"nothing is known of it", {}, Cause::tls_unknown_ca, Confidence::possible},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto found =
        verdict::certificate_finding(CertificateFault::unknown_issuer, shown(row.chain));
    CHECK(found.cause == name(row.cause));
    CHECK(found.confidence == row.confidence);
    CHECK(found.summary.starts_with("The server's certificate "));
  }
}

TEST_CASE("a chain that is longer than what is kept of it has its intermediates") {
  const std::vector chain{with_url(certificate("CN=chat.example", "CN=R3"))};
  verdict::ShownChain cut = shown(chain);
  cut.length = 3;
  CHECK(verdict::certificate_finding(CertificateFault::unknown_issuer, cut).cause ==
        name(Cause::tls_unknown_ca));
  CHECK(verdict::visible_fault(cut) == CertificateFault::none);
}

TEST_CASE("faults that anybody can see are seen, the plainest first") {
  struct Row {
    const char* name;
    std::vector<CertificateFacts> chain;
    CertificateFault fault;
  };
  const CertificateFacts leaf = certificate("CN=chat.example", "CN=R3");
  const CertificateFacts issuer = certificate("CN=R3", "CN=X1");
  CertificateFacts misnamed = leaf;
  misnamed.names = {"other.example"};
  const Row rows[] = {
      {"nothing is known", {}, CertificateFault::none},
      {"in order", {leaf, issuer}, CertificateFault::none},
      {"expired", {at(leaf, -9, -1), issuer}, CertificateFault::expired},
      {"on its last second", {at(leaf, -9, 0), issuer}, CertificateFault::none},
      {"not yet valid", {at(leaf, 1, 9), issuer}, CertificateFault::not_yet_valid},
      {"from this second on", {at(leaf, 0, 9), issuer}, CertificateFault::none},
      {"its issuer expired", {leaf, at(issuer, -9, -1)}, CertificateFault::expired},
      {"another name", {misnamed, issuer}, CertificateFault::name_mismatch},
      {"another name, and expired", {at(misnamed, -9, -1), issuer}, CertificateFault::expired},
      {"its own issuer", {certificate("CN=a", "CN=a")}, CertificateFault::self_signed},
      {"alone", {with_url(leaf)}, CertificateFault::unknown_issuer},
      {"alone, of a root", {certificate("CN=a", "CN=My Root")}, CertificateFault::none},
      {"with a wrong one", {leaf, certificate("CN=E1", "CN=X2")}, CertificateFault::unknown_issuer},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(verdict::visible_fault(shown(row.chain)) == row.fault);
  }
}

TEST_CASE("a date that nothing shown explains points to a root or to a clock") {
  const std::vector chain{certificate("CN=chat.example", "CN=R3")};
  const auto found = verdict::certificate_finding(CertificateFault::expired, shown(chain));
  CHECK(found.cause == name(Cause::tls_certificate_expired));
  CHECK(found.confidence == Confidence::likely);
  CHECK(test::says(found.evidence, "none of the certificates shown is out of date"));
  CHECK(test::says(found.candidates, "a root in the trust store"));
}

TEST_CASE("every fault has a cause of its own, and a sentence") {
  const std::vector chain{certificate("CN=chat.example", "CN=R3")};
  for (unsigned i = 1; i <= static_cast<unsigned>(CertificateFault::other); ++i) {
    const auto fault = static_cast<CertificateFault>(i);
    CAPTURE(name(fault));
    const auto found = verdict::certificate_finding(fault, shown(chain));
    CHECK(found.cause.starts_with("tls_"));
    CHECK(found.summary.ends_with("."));
    CHECK_FALSE(found.evidence.empty());
  }
}
