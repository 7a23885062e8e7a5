#include "ssl/pem_files.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "ssl/certificate_facts.h"
#include "support/certificates.h"

namespace lastframe::ssl {
namespace {

using test::CertificateFiles;
using test::make_certificate;

const Origin kOrigin{"x.yaml:3: cert"};

std::string encrypted(const test::TestCertificate& made) {
  const BioPointer bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PKCS8PrivateKey(bio.get(), made.key.get(), EVP_aes_128_cbc(), "secret", 6, nullptr,
                                nullptr);
  return test::text_of(bio);
}

std::string traditional(const test::TestCertificate& made, const EVP_CIPHER* cipher) {
  const BioPointer bio(BIO_new(BIO_s_mem()));
  std::string pass = "secret";
  PEM_write_bio_PrivateKey_traditional(bio.get(), made.key.get(), cipher,
                                       reinterpret_cast<unsigned char*>(pass.data()),
                                       static_cast<int>(pass.size()), nullptr, nullptr);
  return test::text_of(bio);
}

// As `openssl ecparam -genkey` writes it: the curve first.
constexpr const char* kCurve =
    "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";

TEST_CASE("all certificates of a file are read in their order, whatever stands between") {
  const CertificateFiles files;
  const auto a = make_certificate({.common_name = "a"});
  const auto b = make_certificate({.common_name = "b"});
  const std::string path = files.write(
      "a.pem", "# made by hand\n" + a.key_pem() + a.pem() + "Bag Attributes\n" + b.pem() + "\n\n");
  const auto read = read_certificates(path, kOrigin);
  REQUIRE(read.has_value());
  REQUIRE(read->size() == 2);
  CHECK(subject_text((*read)[0].get()) == "CN=a");
  CHECK(subject_text((*read)[1].get()) == "CN=b");
}

TEST_CASE("what is no file of certificates says what it is instead") {
  const CertificateFiles files;
  const auto made = make_certificate({});
  std::string damaged = made.pem();
  damaged[60] = '!';
  struct Row {
    std::string name;
    std::string path;
    std::string what;
    std::string remedy;
  };
  for (const Row& row : std::vector<Row>{
           {"no path", "", "the path is empty", "write the path"},
           {"not there", files.path("none"), "cannot be read: No such file", "check the path"},
           {"a folder", files.path("."), "is not a file", "write the path"},
           {"empty", files.write("empty", ""), "is empty", "check what"},
           {"only blanks", files.write("blank", " \n\r\n"), "is empty", "check what"},
           {"a text", files.write("text", "hello"), "holds no certificate", "-----BEGIN CERT"},
           {"a key", files.write("key", made.key_pem()), "holds no certificate", "swapped?"},
           {"DER", files.write("der", std::string("\x30\x82\x01\x02", 4)), "holds no certificate",
            "-inform der"},
           {"a request",
            files.write("req",
                        "-----BEGIN CERTIFICATE REQUEST-----\nAA==\n"
                        "-----END CERTIFICATE REQUEST-----\n"),
            "holds no certificate", "the certificate that was issued"},
           {"damaged", files.write("damaged", damaged), "certificate 1 in", "make the file anew"},
           {"the second damaged", files.write("second", made.pem() + damaged), "certificate 2 in",
            "make the file anew"},
           {"cut off", files.write("cut", made.pem().substr(0, 200)), "certificate 1 in",
            "make the file anew"},
           {"much too long", files.write("long", std::string(5 << 20, 'x')), "has 5242880 bytes",
            "check the path"},
       }) {
    CAPTURE(row.name);
    const auto read = read_certificates(row.path, kOrigin);
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().where == kOrigin.text);
    CHECK(read.error().what.contains(row.what));
    CHECK(read.error().remedy.contains(row.remedy));
  }
}

TEST_CASE("keys in every form that OpenSSL writes are read") {
  const CertificateFiles files;
  const auto ec = make_certificate({});
  const auto rsa = make_certificate({.key = test::KeyKind::rsa});
  const auto ed = make_certificate({.key = test::KeyKind::ed25519});
  struct Row {
    std::string name;
    const test::TestCertificate* made;
    std::string text;
  };
  for (const Row& row : std::vector<Row>{
           {"EC", &ec, ec.key_pem()},
           {"EC, traditional", &ec, traditional(ec, nullptr)},
           {"EC behind its curve", &ec, kCurve + traditional(ec, nullptr)},
           {"RSA", &rsa, rsa.key_pem()},
           {"RSA, traditional", &rsa, traditional(rsa, nullptr)},
           {"Ed25519", &ed, ed.key_pem()},
           {"behind its certificate", &ec, ec.pem() + ec.key_pem()},
       }) {
    CAPTURE(row.name);
    const auto key = read_key(files.write("key.pem", row.text), kOrigin, KeyReaders::owner);
    REQUIRE(key.has_value());
    CHECK(EVP_PKEY_eq(key->get(), row.made->key.get()) == 1);
  }
}

TEST_CASE("what is no key says what it is instead") {
  const CertificateFiles files;
  const auto made = make_certificate({.key = test::KeyKind::rsa});
  std::string damaged = made.key_pem();
  damaged[60] = '!';
  struct Row {
    std::string name;
    std::string path;
    std::string what;
    std::string remedy;
  };
  for (const Row& row : std::vector<Row>{
           {"not there", files.path("none"), "cannot be read: No such file", "check the path"},
           {"empty", files.write("empty", ""), "is empty", "check what"},
           {"a text", files.write("text", "hello"), "holds no private key", "-----BEGIN PRIVATE"},
           {"a certificate", files.write("cert", made.pem()), "holds no private key", "swapped?"},
           {"encrypted", files.write("encrypted", encrypted(made)), "is encrypted", "pass phrase"},
           {"encrypted, traditional", files.write("old", traditional(made, EVP_aes_128_cbc())),
            "is encrypted", "pass phrase"},
           {"DER", files.write("der", std::string("\x30\x82\x01\x02", 4)), "holds no private key",
            "-inform der"},
           {"damaged", files.write("damaged", damaged), "cannot be read", "make the file anew"},
       }) {
    CAPTURE(row.name);
    const auto key = read_key(row.path, kOrigin, KeyReaders::group);
    REQUIRE_FALSE(key.has_value());
    CHECK(key.error().where == kOrigin.text);
    CHECK(key.error().what.contains(row.what));
    CHECK(key.error().remedy.contains(row.remedy));
    CHECK_FALSE(key.error().what.contains("BEGIN"));
  }
}

TEST_CASE("who may read a key decides whether we do") {
  const CertificateFiles files;
  const auto made = make_certificate({});
  struct Row {
    mode_t mode;
    bool is_good_for_group;
    bool is_good_for_owner;
  };
  for (const Row& row : std::vector<Row>{{0600, true, true},
                                         {0400, true, true},
                                         {0640, true, false},
                                         {0440, true, false},
                                         {0660, true, false},
                                         {0644, false, false},
                                         {0604, false, false},
                                         {0602, false, false}}) {
    CAPTURE(row.mode);
    const std::string path =
        files.write("key" + std::to_string(row.mode), made.key_pem(), row.mode);
    CHECK(read_key(path, kOrigin, KeyReaders::group).has_value() == row.is_good_for_group);
    CHECK(read_key(path, kOrigin, KeyReaders::owner).has_value() == row.is_good_for_owner);
  }
}

TEST_CASE("a file's first certificate says when it ends; what is none says nothing") {
  const CertificateFiles files;
  const auto leaf = make_certificate({.ends_in = test::kDay});
  const auto root = make_certificate({.ends_in = 100 * test::kDay});
  CHECK(expiry_of(files.write("chain.pem", leaf.pem() + root.pem())) ==
        end_of(leaf.certificate.get()));
  CHECK_FALSE(expiry_of(files.write("key.pem", leaf.key_pem())));
  CHECK_FALSE(expiry_of("/nonexistent/a.pem"));
}

}  // namespace
}  // namespace lastframe::ssl
