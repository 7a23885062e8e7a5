#include "core/tls/hello_parts.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/tls_bytes.h"

namespace lastframe::tls {
namespace {

using test::hex;
using test::tls_extension;
using test::tls_vector;

const std::string kOwnRandom(32, 'R');

std::string client_body(const std::string& extensions) {
  return hex("0303") + kOwnRandom + tls_vector("identifier", 1) + tls_vector(hex("13011302"), 2) +
         tls_vector(hex("00"), 1) + tls_vector(extensions, 2);
}

std::string server_body(const std::string& extensions) {
  return hex("0303") + kOwnRandom + tls_vector("identifier", 1) + hex("c02f 00") +
         tls_vector(extensions, 2);
}

TEST_CASE("both hellos have a random and a session's identifier") {
  const std::string client = client_body(tls_extension(35, "ticket") + tls_extension(23, ""));
  const auto asked = client_hello_parts(as_bytes(client));
  REQUIRE(asked);
  CHECK(as_text(asked->random) == kOwnRandom);
  CHECK(as_text(asked->session_id) == "identifier");
  CHECK(as_text(asked->ticket) == "ticket");
  CHECK_FALSE(asked->has_encrypt_then_mac);
  const std::string server = server_body(tls_extension(22, ""));
  const auto answered = server_hello_parts(as_bytes(server));
  REQUIRE(answered);
  CHECK(as_text(answered->random) == kOwnRandom);
  CHECK(as_text(answered->session_id) == "identifier");
  CHECK(answered->ticket.empty());
  CHECK(answered->has_encrypt_then_mac);
}

TEST_CASE("a hello that is cut off anywhere is none, but for one without extensions") {
  for (const bool is_client : {true, false}) {
    const std::string extensions = tls_extension(35, "ticket");
    const std::string whole = is_client ? client_body(extensions) : server_body(extensions);
    const std::size_t without = whole.size() - extensions.size() - 2;
    for (std::size_t size = 0; size < whole.size(); ++size) {
      CAPTURE(size);
      const std::vector<char> copy(whole.begin(),
                                   whole.begin() + static_cast<std::ptrdiff_t>(size));
      const ByteView bytes = as_bytes({copy.data(), copy.size()});
      const auto parts = is_client ? client_hello_parts(bytes) : server_hello_parts(bytes);
      CHECK(parts.has_value() == (size == without));
    }
  }
}

TEST_CASE("a new ticket stands behind its lifetime (RFC 5077 section 3.3)") {
  const std::string body = hex("00001c20") + tls_vector("ticket", 2);
  CHECK(as_text(new_ticket(as_bytes(body))) == "ticket");
  for (std::size_t size = 0; size < body.size(); ++size) {
    CHECK(new_ticket(as_bytes(body).first(size)).empty());
  }
  CHECK(new_ticket(as_bytes(body + "x")).empty());
}

}  // namespace
}  // namespace lastframe::tls
