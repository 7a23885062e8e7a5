#include "ssl/authority.h"

#include <doctest/doctest.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "ssl/authority_files.h"
#include "ssl/certificate_facts.h"
#include "ssl/client_side.h"
#include "ssl/server_side.h"
#include "support/certificates.h"
#include "support/tls_pair.h"

namespace lastframe::ssl {
namespace {

using test::CertificateFiles;
using test::chain_pem;
using test::TlsEnd;

class Made {
 public:
  Made() { REQUIRE(create_authority(files, Existing::is_kept, std::time(nullptr)).has_value()); }

  std::unique_ptr<const Authority> load() const {
    auto authority = Authority::load(files);
    REQUIRE(authority.has_value());
    return *std::move(authority);
  }

  CertificateFiles folder;
  KeyPairFiles files{folder.path("ca.pem"), folder.path("ca-key.pem"), {"x.yaml:4: authority"}};
};

TEST_CASE("a client that trusts the authority accepts any name and address under it") {
  const Made made;
  const auto server_side = ServerSide::load({.authority = made.files}, nullptr);
  const auto client_side = ClientSide::load({.ca = made.files.certificate}, nullptr);
  REQUIRE(server_side.has_value());
  REQUIRE(client_side.has_value());
  CHECK((*server_side)->is_intercepting());
  struct Row {
    std::string name;
    std::string server_name;
    std::string fallback;
    std::string expected;
  };
  for (const Row& row : std::vector<Row>{
           {"a name", "chat.example", "", "chat.example"},
           {"in capitals", "Chat.Example", "", "chat.example"},
           {"one label", "intranet", "", "intranet"},
           {"an address", "", "192.0.2.7", "192.0.2.7"},
           {"an IPv6 address", "", "2001:db8::7", "2001:db8::7"},
           {"the name before the address", "chat.example", "192.0.2.7", "chat.example"},
           {"longer than a common name may be", std::string(60, 'a') + ".chat.example", "",
            std::string(60, 'a') + ".chat.example"},
           {"an underscore", "_a.example", "", "_a.example"},
       }) {
    CAPTURE(row.name);
    TlsEnd client(*(*client_side)->begin({row.server_name, row.expected, {}}));
    TlsEnd server(*(*server_side)->begin({row.server_name, row.fallback, ""}));
    talk(client, server);
    CHECK(client.is_done());
    CHECK(server.is_done());
    CHECK(server.leg().handling == session::TlsHandling::intercepted);
    const auto leg = client.leg();
    CHECK(leg.certificate_fault == session::CertificateFault::none);
    CHECK(leg.chain_length == 1);
    REQUIRE(leg.chain.size() == 1);
    CHECK(leg.chain[0].names == std::vector{row.expected});
    CHECK(leg.chain[0].not_after - leg.chain[0].not_before <= 90 * test::kDay);
    CHECK(leg.chain[0].key == "EC 256 bits");
  }
}

TEST_CASE("files for our own names come before minting, and are the answer to no name at all") {
  const Made made;
  const auto own = test::make_certificate({.common_name = "own"});
  const auto side = ServerSide::load(
      {.certificates = {made.folder.pair("own", own)}, .authority = made.files}, nullptr);
  REQUIRE(side.has_value());
  const auto client_side = ClientSide::load({.is_verified = false}, nullptr);
  struct Row {
    std::string name;
    std::string server_name;
    std::string fallback;
    std::string subject;
  };
  for (const Row& row : std::vector<Row>{
           {"our own", "chat.example", "", "CN=own"},
           {"another", "other.example", "", "CN=other.example, O=Lastframe interception"},
           {"none", "", "", "CN=own"},
           {"only an address", "", "192.0.2.1", "CN=192.0.2.1, O=Lastframe interception"},
       }) {
    CAPTURE(row.name);
    TlsEnd client(*(*client_side)->begin({row.server_name, "", {}}));
    TlsEnd server(*(*side)->begin({row.server_name, row.fallback, ""}));
    talk(client, server);
    REQUIRE(client.leg().chain.size() == 1);
    CHECK(client.leg().chain[0].subject == row.subject);
  }
}

TEST_CASE("hostile names cannot say anything but a name") {
  const Made made;
  const auto authority = made.load();
  const std::string long_name(300, 'a');
  const std::string long_label = std::string(64, 'a') + ".example";
  for (const std::string_view name :
       {std::string_view(), std::string_view("."), std::string_view(".example"),
        std::string_view("a..b"), std::string_view("a\0.bank.example", 15),
        std::string_view("a,DNS:bank.example"), std::string_view("a\nDNS:bank.example"),
        std::string_view("DNS:bank.example"), std::string_view("*.example"), std::string_view("*"),
        std::string_view("m\xc3\xbcnchen.example"), std::string_view("a b"),
        std::string_view("a/CN=bank.example"), std::string_view("@section"),
        std::string_view("192.0.2.7:443"), std::string_view("[2001:db8::7]"),
        std::string_view("fe80::1%eth0"), std::string_view(long_name),
        std::string_view(long_label)}) {
    CAPTURE(name);
    const auto refused = authority->certificate_for(name, std::time(nullptr));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().starts_with("no certificate can be made for \""));
    CHECK(refused.error().size() < 250);
  }
}

TEST_CASE("a certificate is made once, and again before it ends") {
  const Made made;
  const auto authority = made.load();
  const std::int64_t now = std::time(nullptr);
  const auto first = authority->certificate_for("chat.example", now);
  const auto again = authority->certificate_for("CHAT.example.", now + 60);
  REQUIRE(first.has_value());
  REQUIRE(again.has_value());
  CHECK(first->get() == again->get());
  const auto later = authority->certificate_for("chat.example", now + 89 * test::kDay + 3600);
  REQUIRE(later.has_value());
  CHECK(later->get() != first->get());
  CHECK(begin_of(first->get()) == now - 3600);
  CHECK(X509_check_private_key(first->get(), authority->leaf_key()) == 1);
}

TEST_CASE("only the names used last are kept") {
  const Made made;
  const auto authority = made.load();
  const std::int64_t now = std::time(nullptr);
  const auto at = [&](int i) {
    auto certificate = authority->certificate_for("n" + std::to_string(i) + ".example", now);
    REQUIRE(certificate.has_value());
    return *std::move(certificate);
  };
  const CertificatePointer first = at(0);
  const CertificatePointer second = at(1);
  for (int i = 2; i < 10'000; ++i) at(i);
  CHECK(at(0).get() == first.get());  // used again: no longer the oldest
  at(10'000);
  CHECK(at(0).get() == first.get());
  CHECK(at(1).get() != second.get());
}

TEST_CASE("threads may ask at once") {
  const Made made;
  const auto authority = made.load();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        const auto made_one = authority->certificate_for("n" + std::to_string(i % 7) + ".example",
                                                         std::time(nullptr));
        static_cast<void>(made_one);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(authority->certificate_for("n0.example", std::time(nullptr)).has_value());
}

TEST_CASE("an authority under another shows what stands between") {
  const CertificateFiles folder;
  const auto root = test::make_test_root();
  const auto own = test::make_intermediate(root, "Our own");
  const auto files = folder.pair("ca", chain_pem({&own, &root}), own.key_pem());
  const auto authority = Authority::load(files);
  REQUIRE(authority.has_value());
  CHECK(sk_X509_num((*authority)->chain()) == 1);
  const auto server_side = ServerSide::load({.authority = files}, nullptr);
  const auto client_side = ClientSide::load({.ca = folder.write("r.pem", root.pem())}, nullptr);
  TlsEnd client(*(*client_side)->begin({"a.example", "a.example", {}}));
  TlsEnd server(*(*server_side)->begin({"a.example", "", ""}));
  talk(client, server);
  CHECK(client.is_done());
}

TEST_CASE("an authority of any kind of key signs") {
  for (const test::KeyKind kind : {test::KeyKind::ec, test::KeyKind::rsa, test::KeyKind::ed25519}) {
    const CertificateFiles folder;
    const auto root = test::make_certificate({.common_name = "Root",
                                              .alt_names = "",
                                              .is_authority = true,
                                              .key_usage = "keyCertSign",
                                              .key = kind});
    const auto authority = Authority::load(folder.pair("ca", root));
    REQUIRE(authority.has_value());
    const auto leaf = (*authority)->certificate_for("a.example", std::time(nullptr));
    REQUIRE(leaf.has_value());
    CHECK(X509_verify(leaf->get(), root.key.get()) == 1);
    CHECK(end_of(leaf->get()) <= end_of(root.certificate.get()));
  }
}

TEST_CASE("what is no safe authority is refused") {
  const CertificateFiles folder;
  const auto root = test::make_test_root();
  const auto other = test::make_test_root("Other");
  const auto leaf = test::make_certificate({});
  const auto no_signing = test::make_certificate(
      {.alt_names = "", .is_authority = true, .key_usage = "digitalSignature"});
  const auto old = test::make_certificate(
      {.alt_names = "", .is_authority = true, .ends_in = -60, .key_usage = "keyCertSign"});
  const auto file_with_mode = [&](mode_t mode) {
    KeyPairFiles files = folder.pair("m" + std::to_string(mode), root);
    chmod(files.key.c_str(), mode);
    return files;
  };
  struct Row {
    std::string name;
    KeyPairFiles files;
    std::string what;
  };
  for (const Row& row : std::vector<Row>{
           {"readable by all", file_with_mode(0644), "may be read by others: its mode is 0644"},
           {"by a group", file_with_mode(0640), "may be read by others: its mode is 0640"},
           {"written by others", file_with_mode(0602), "may be read by others: its mode is 0602"},
           {"another's key", folder.pair("k", root.pem(), other.key_pem()),
            "does not belong to the certificate"},
           {"no authority", folder.pair("l", leaf), "is not the certificate of an authority"},
           {"it must not sign", folder.pair("s", no_signing),
            "is not the certificate of an authority"},
           {"expired", folder.pair("o", old), "has expired on"},
           {"not there", {folder.path("x"), folder.path("y"), {}}, "cannot be read"},
       }) {
    CAPTURE(row.name);
    const auto authority = Authority::load(row.files);
    REQUIRE_FALSE(authority.has_value());
    CHECK(authority.error().front().what.contains(row.what));
    CHECK(authority.error().front().where == row.files.origin.text);
  }
}

}  // namespace
}  // namespace lastframe::ssl
