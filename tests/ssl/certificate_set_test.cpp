#include "ssl/certificate_set.h"

#include <doctest/doctest.h>

#include <ctime>
#include <string>
#include <vector>

#include "ssl/certificate_facts.h"
#include "support/certificates.h"

namespace lastframe::ssl {
namespace {

using test::KeyKind;

class Set {
 public:
  void add(const std::string& name, const std::string& alt_names, KeyKind key = KeyKind::ec) {
    const auto made =
        test::make_certificate({.common_name = name, .alt_names = alt_names, .key = key});
    auto read = load_credentials(files_.pair(name, made), KeyReaders::group, std::time(nullptr));
    REQUIRE(read.has_value());
    set.add(*std::move(read));
  }

  CertificateSet set;

 private:
  test::CertificateFiles files_;
};

std::vector<std::string> subjects(const std::vector<const Credentials*>& chosen) {
  std::vector<std::string> names;
  for (const Credentials* const one : chosen) names.push_back(subject_text(one->certificate()));
  return names;
}

using Names = std::vector<std::string>;

TEST_CASE("one for each kind of key, the first that was added") {
  Set all;
  CHECK(all.set.is_empty());
  all.add("ec", "DNS:a.example");
  all.add("ec again", "DNS:a.example");
  all.add("ed", "DNS:a.example", KeyKind::ed25519);
  CHECK_FALSE(all.set.is_empty());
  CHECK(subjects(all.set.for_name("a.example")) == Names{"CN=ec", "CN=ed"});
  CHECK(subjects(all.set.for_nobody()) == Names{"CN=ec", "CN=ed"});
}

TEST_CASE("an exact name leaves wildcards aside, of all kinds of keys") {
  Set all;
  all.add("wildcard", "DNS:*.example");
  all.add("exact", "DNS:a.example", KeyKind::ed25519);
  CHECK(subjects(all.set.for_name("a.example")) == Names{"CN=exact"});
  CHECK(subjects(all.set.for_name("b.example")) == Names{"CN=wildcard"});
  CHECK(all.set.for_name("b.a.example").empty());
  CHECK(all.set.for_name("example").empty());
  CHECK(all.set.for_name("").empty());
  CHECK(subjects(all.set.for_nobody()) == Names{"CN=wildcard"});
}

}  // namespace
}  // namespace lastframe::ssl
