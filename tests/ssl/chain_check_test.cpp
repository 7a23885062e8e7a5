#include "ssl/chain_check.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/certificates.h"

namespace lastframe::ssl {
namespace {

using test::make_certificate;
using test::make_intermediate;
using test::make_test_root;
using test::TestCertificate;

std::vector<CertificatePointer> chain_of(const std::vector<const TestCertificate*>& certificates) {
  std::vector<CertificatePointer> chain;
  for (const TestCertificate* const one : certificates) {
    chain.push_back(shared(one->certificate.get()));
  }
  return chain;
}

struct Family {
  TestCertificate root = make_test_root("Root");
  TestCertificate upper = make_intermediate(root, "Upper");
  TestCertificate lower = make_intermediate(upper, "Lower");
  TestCertificate leaf = make_certificate({.common_name = "leaf"}, &lower);
  TestCertificate stranger = make_certificate({.common_name = "stranger"});
  TestCertificate same_name = make_intermediate(upper, "Lower");  // with another key
};

TEST_CASE("a chain in which each is followed by its issuer is good, wherever it ends") {
  const Family f;
  for (const auto& chain :
       std::vector<std::vector<const TestCertificate*>>{{&f.leaf},
                                                        {&f.leaf, &f.lower},
                                                        {&f.leaf, &f.lower, &f.upper},
                                                        {&f.leaf, &f.lower, &f.upper, &f.root},
                                                        {&f.root},
                                                        {&f.stranger}}) {
    CHECK_FALSE(chain_problem(chain_of(chain)).has_value());
  }
}

TEST_CASE("each break of a chain has its own words") {
  const Family f;
  struct Row {
    std::string name;
    std::vector<const TestCertificate*> chain;
    std::string what;
    std::string remedy;
  };
  for (const Row& row : std::vector<Row>{
           {"turned round",
            {&f.leaf, &f.upper, &f.lower},
            "the certificates stand in the wrong order: certificate 1 (CN=leaf) is not followed by "
            "its issuer",
            "write them in this order: 1 (CN=leaf), 3 (CN=Lower), 2 (CN=Upper)"},
           {"the root too early",
            {&f.leaf, &f.root, &f.lower, &f.upper},
            "the certificates stand in the wrong order: certificate 1 (CN=leaf) is not followed by "
            "its issuer",
            "write them in this order: 1 (CN=leaf), 3 (CN=Lower), 4 (CN=Upper), 2 (CN=Root)"},
           {"an intermediate missing",
            {&f.leaf, &f.upper},
            "an intermediate certificate is missing: certificate 1 (CN=leaf) was issued by "
            "CN=Lower, and not by certificate 2 (CN=Upper)",
            "put the issuer's certificate between the two; the authority publishes it"},
           {"only the root behind it",
            {&f.leaf, &f.root},
            "an intermediate certificate is missing: certificate 1 (CN=leaf) was issued by "
            "CN=Lower, and not by certificate 2 (CN=Root)",
            "put the issuer's certificate between the two; the authority publishes it"},
           {"an issuer of the right name with another key",
            {&f.leaf, &f.same_name},
            "an intermediate certificate is missing: certificate 1 (CN=leaf) was issued by "
            "CN=Lower, and not by certificate 2 (CN=Lower)",
            "put the issuer's certificate between the two; the authority publishes it"},
           {"somebody else's",
            {&f.leaf, &f.lower, &f.stranger},
            "certificate 3 (CN=stranger) is no authority and has nothing to do with those before "
            "it",
            "leave it out; each file holds one certificate with its intermediates"},
           {"behind the root",
            {&f.leaf, &f.lower, &f.upper, &f.root, &f.stranger},
            "certificate 5 (CN=stranger) has nothing to do with those before it, which end with a "
            "root",
            "leave it out"},
           {"twice",
            {&f.leaf, &f.lower, &f.lower},
            "certificate 3 (CN=Lower) stands there twice, as number 2 too",
            "leave one of them out"},
           {"the root twice",
            {&f.leaf, &f.lower, &f.upper, &f.root, &f.root},
            "certificate 5 (CN=Root) stands there twice, as number 4 too",
            "leave one of them out"},
       }) {
    CAPTURE(row.name);
    const auto problem = chain_problem(chain_of(row.chain));
    REQUIRE(problem.has_value());
    CHECK(problem->what == row.what);
    CHECK(problem->remedy == row.remedy);
  }
}

TEST_CASE("an end whose issuer nobody here knows is told, and others are not") {
  const Family f;
  const StorePointer store(X509_STORE_new());
  X509_STORE_add_cert(store.get(), f.root.certificate.get());
  const auto trusted = [&] { return store.get(); };
  const auto never = []() -> X509_STORE* {
    FAIL("nobody has to be asked");
    return nullptr;
  };
  CHECK_FALSE(unknown_end(chain_of({&f.leaf, &f.lower, &f.upper}), trusted).has_value());
  CHECK_FALSE(unknown_end(chain_of({&f.stranger}), never).has_value());
  CHECK_FALSE(unknown_end(chain_of({&f.leaf, &f.lower, &f.upper, &f.root}), never).has_value());
  const auto note = unknown_end(chain_of({&f.leaf}), trusted);
  REQUIRE(note.has_value());
  CHECK(note->starts_with("the chain ends with CN=leaf, whose issuer CN=Lower is neither"));
}

}  // namespace
}  // namespace lastframe::ssl
