#include "capture/tls_derivation.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

#include "core/base/words.h"
#include "support/hex.h"

using namespace lastframe;
using capture::TlsSecret;

namespace {

TlsSecret secret_of(std::string_view hex) { return TlsSecret(as_bytes(test::hex(hex))); }

std::string expanded(const TlsSecret& secret, std::string_view label, std::size_t size) {
  std::vector<std::byte> room(size);
  REQUIRE(capture::expand_label(tls::Hash::sha256, secret, label, room));
  return hex_text(as_text(room));
}

}  // namespace

TEST_CASE("keys of TLS 1.3 are those of RFC 8448 section 3") {
  const TlsSecret client =
      secret_of("b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21");
  CHECK(expanded(client, "key", 16) == "dbfaa693d1762c5b666af5d950258d01");
  CHECK(expanded(client, "iv", 12) == "5bd3c71b836e0b76bb73265f");
  const TlsSecret server =
      secret_of("a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643");
  CHECK(expanded(server, "key", 16) == "9f02283b6c9c07efc26bb9f2ac92e356");
  CHECK(expanded(server, "iv", 12) == "cf782b88dd83549aadf1e984");
}

TEST_CASE("a secret behind a KeyUpdate has the hash's size and is another one") {
  const TlsSecret first = secret_of(std::string(96, 'a'));
  for (const tls::Hash hash : {tls::Hash::sha256, tls::Hash::sha384}) {
    const auto second = capture::next_traffic_secret(hash, first);
    REQUIRE(second);
    CHECK(second->view().size() == tls::hash_size(hash));
    CHECK(second != first);
  }
}

TEST_CASE("keys of TLS 1.2 depend on all that they are derived from") {
  const auto keys = [](char master, char client, char server) {
    capture::TlsRandom from_client;
    from_client.fill(static_cast<std::byte>(client));
    capture::TlsRandom from_server;
    from_server.fill(static_cast<std::byte>(server));
    const std::string secret(48, master);
    std::vector<std::byte> room(40);
    REQUIRE(capture::expand_keys(tls::Hash::sha256, TlsSecret(as_bytes(secret)), from_client,
                                 from_server, room));
    return std::string(as_text(room));
  };
  CHECK(keys('m', 'c', 's') == keys('m', 'c', 's'));
  CHECK(keys('m', 'c', 's') != keys('x', 'c', 's'));
  CHECK(keys('m', 'c', 's') != keys('m', 's', 'c'));
  CHECK(keys('m', 'c', 's') != keys('m', 'c', 'x'));
}
