#include "ssl/credentials.h"

#include <doctest/doctest.h>

#include <ctime>
#include <string>
#include <vector>

#include "support/certificates.h"

namespace lastframe::ssl {
namespace {

using test::CertificateFiles;
using test::chain_pem;
using test::kDay;
using test::make_certificate;
using test::make_intermediate;
using test::make_test_root;

TEST_CASE("a chain and its key are read, the intermediates in their order") {
  const CertificateFiles files;
  const auto root = make_test_root();
  const auto intermediate = make_intermediate(root);
  const auto leaf = make_certificate({}, &intermediate);
  const auto pair = files.pair("a", chain_pem({&leaf, &intermediate, &root}), leaf.key_pem());
  const auto read = load_credentials(pair, KeyReaders::group, std::time(nullptr));
  REQUIRE(read.has_value());
  CHECK(X509_cmp(read->certificate(), leaf.certificate.get()) == 0);
  const auto others = read->intermediates();
  REQUIRE(sk_X509_num(others.get()) == 2);
  CHECK(X509_cmp(sk_X509_value(others.get(), 0), intermediate.certificate.get()) == 0);
}

TEST_CASE("a root of SHA-1 is good: nobody checks what it says of itself") {
  const CertificateFiles files;
  const auto root = make_certificate({.common_name = "Old root",
                                      .alt_names = "",
                                      .is_authority = true,
                                      .key_usage = "keyCertSign",
                                      .digest = "SHA1"});
  const auto leaf = make_certificate({}, &root);
  const auto pair = files.pair("a", chain_pem({&leaf, &root}), leaf.key_pem());
  CHECK(load_credentials(pair, KeyReaders::group, std::time(nullptr)).has_value());
}

TEST_CASE("every mistake in a pair of files is told at its place") {
  const CertificateFiles files;
  const auto root = make_test_root();
  const auto intermediate = make_intermediate(root);
  const auto old_intermediate = make_certificate({.common_name = "Old",
                                                  .alt_names = "",
                                                  .is_authority = true,
                                                  .ends_in = -60,
                                                  .key_usage = "keyCertSign"},
                                                 &root);
  const auto leaf = make_certificate({}, &intermediate);
  const auto under_old = make_certificate({}, &old_intermediate);
  const auto ended = make_certificate({.begins_in = -9 * kDay, .ends_in = -kDay});
  const auto early = make_certificate({.begins_in = kDay});
  const auto small = make_certificate({.key = test::KeyKind::rsa_1024});
  const auto sha1 = make_certificate({.digest = "SHA1"}, &root);
  const auto other = make_certificate({});
  struct Row {
    std::string name;
    KeyPairFiles files;
    std::vector<std::string> whats;
  };
  for (const Row& row : std::vector<Row>{
           {"both missing",
            {files.path("x"), files.path("y"), {"lastframe.yaml:7: tls"}},
            {"x\" cannot be read", "y\" cannot be read"}},
           {"another key",
            files.pair("key", leaf.pem(), other.key_pem()),
            {"key.pem\" does not belong to the certificate in "}},
           {"expired", files.pair("ended", ended), {"(CN=chat.example) has expired on 20"}},
           {"not yet valid", files.pair("early", early), {"is not valid before 20"}},
           {"an old intermediate",
            files.pair("old", chain_pem({&under_old, &old_intermediate}), under_old.key_pem()),
            {"certificate 2 in "}},
           {"a weak key", files.pair("small", small), {"has a weak key: RSA 1024 bits"}},
           {"a weak signature",
            files.pair("sha1", sha1),
            {"has a weak signature: ecdsa-with-SHA1"}},
           {"a broken chain",
            files.pair("chain", chain_pem({&leaf, &root}), leaf.key_pem()),
            {"an intermediate certificate is missing"}},
           {"several at once",
            files.pair("all", chain_pem({&ended, &small}), other.key_pem()),
            {"does not belong", "has nothing to do with", "has expired", "has a weak key"}},
       }) {
    CAPTURE(row.name);
    const auto read = load_credentials(row.files, KeyReaders::group, std::time(nullptr));
    REQUIRE_FALSE(read.has_value());
    REQUIRE(read.error().size() == row.whats.size());
    for (std::size_t i = 0; i < row.whats.size(); ++i) {
      CHECK(read.error()[i].where == "lastframe.yaml:7: tls");
      CHECK(read.error()[i].what.contains(row.whats[i]));
      CHECK_FALSE(read.error()[i].remedy.empty());
    }
  }
}

TEST_CASE("a key that belongs to a later certificate says which one to put first") {
  const CertificateFiles files;
  const auto root = make_test_root();
  const auto leaf = make_certificate({}, &root);
  const auto read = load_credentials(files.pair("a", chain_pem({&root, &leaf}), leaf.key_pem()),
                                     KeyReaders::group, std::time(nullptr));
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error()[0].remedy ==
        "it belongs to number 2 there, CN=chat.example: put that one first");
}

TEST_CASE("the date of today decides, whatever it is") {
  const CertificateFiles files;
  const auto pair = files.pair("a", make_certificate({}));
  const std::int64_t now = std::time(nullptr);
  CHECK(load_credentials(pair, KeyReaders::group, now).has_value());
  CHECK(load_credentials(pair, KeyReaders::group, now + 29 * kDay).has_value());
  CHECK_FALSE(load_credentials(pair, KeyReaders::group, now + 31 * kDay).has_value());
  CHECK_FALSE(load_credentials(pair, KeyReaders::group, now - 2 * kDay).has_value());
}

}  // namespace
}  // namespace lastframe::ssl
