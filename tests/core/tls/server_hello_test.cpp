#include "core/tls/server_hello.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

#include "support/tls_bytes.h"

namespace lastframe::tls {
namespace {

using std::string_literals::operator""s;
using test::hex;

std::string body_with(std::string_view extensions, std::string_view version = "0303") {
  return hex(version) + std::string(32, 'R') + test::tls_vector("session", 1) + hex("1301 00") +
         test::tls_vector(extensions, 2);
}

TEST_CASE("a server's hello says what was agreed on (RFC 8446 section 4.1.3)") {
  const std::string tls13 = test::tls_extension(43, hex("0304"));
  const std::string other = test::tls_extension(51, "any");
  CHECK(read_server_hello(as_bytes(body_with(other + tls13))) ==
        ServerHello{.version = 0x0304, .cipher = 0x1301});
  CHECK(read_server_hello(as_bytes(body_with(test::tls_alpn({"http/1.1"}), "0302"))) ==
        ServerHello{.version = 0x0302, .cipher = 0x1301, .alpn = "http/1.1"});
  const std::string without = body_with("");
  CHECK(read_server_hello(as_bytes(without).first(without.size() - 2)) ==
        ServerHello{.version = 0x0303, .cipher = 0x1301});
  std::string retry = body_with(tls13);
  retry.replace(2, 32, hex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"));
  CHECK(read_server_hello(as_bytes(retry)) ==
        ServerHello{.version = 0x0304, .cipher = 0x1301, .is_retry = true});
}

TEST_CASE(
    "in TLS 1.3 the protocol stands among the encrypted extensions (RFC 8446 section 4.3.1)") {
  const std::string list = test::tls_extension(10, "groups") + test::tls_alpn({"http/1.1"});
  const std::string body = test::tls_vector(list, 2);
  CHECK(protocol_in_encrypted_extensions(as_bytes(body)) == "http/1.1");
  CHECK(protocol_in_encrypted_extensions(as_bytes(test::tls_vector("", 2))).empty());
  for (std::size_t size = 0; size < body.size(); ++size) {
    CHECK(protocol_in_encrypted_extensions(as_bytes(body).first(size)).empty());
  }
}

TEST_CASE("a hello whose lengths contradict each other is none") {
  const std::string whole = body_with(test::tls_alpn({"h2"}));
  const std::size_t end_of_compression = whole.size() - 2 - test::tls_alpn({"h2"}).size();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    const std::vector<char> copy(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(read_server_hello(as_bytes({copy.data(), copy.size()})).has_value() ==
          (size == end_of_compression));
  }
  struct Row {
    std::string_view name;
    std::string body;
  };
  const auto rows = std::to_array<Row>({
      {"bytes behind it", whole + "x"},
      {"a version of three bytes", body_with(test::tls_extension(43, hex("030400")))},
      {"a version of one byte", body_with(test::tls_extension(43, hex("03")))},
      {"two protocols", body_with(test::tls_alpn({"h2", "http/1.1"}))},
      {"no protocol", body_with(test::tls_alpn({}))},
      {"an empty protocol", body_with(test::tls_alpn({""}))},
      {"half an extension", body_with(hex("0010 00"))},
  });
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK_FALSE(read_server_hello(as_bytes(row.body)).has_value());
  }
}

TEST_CASE("certificates up to TLS 1.2 are counted (RFC 5246 section 7.4.2)") {
  const auto count = [](std::string_view body) { return certificate_count(as_bytes(body)); };
  const std::string one = test::tls_vector("certificate", 3);
  CHECK(count(test::tls_vector("", 3)) == 0);
  CHECK(count(test::tls_vector(one, 3)) == 1);
  CHECK(count(test::tls_vector(one + one + one, 3)) == 3);
  CHECK_FALSE(count("").has_value());
  CHECK_FALSE(count(test::tls_vector(one, 3) + 'x').has_value());
  CHECK_FALSE(count(test::tls_vector(one + 'x', 3)).has_value());
  CHECK_FALSE(count(test::tls_vector(test::tls_vector("", 3), 3)).has_value());
  CHECK_FALSE(count(hex("000005 000003 6162")).has_value());
}

}  // namespace
}  // namespace lastframe::tls
