#include "core/session/secrets.h"

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace lastframe::session {
namespace {

// RFC 7519 section 3.1.
constexpr std::string_view kJwt =
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    "."
    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

struct Row {
  const char* name;
  std::string text;
  SecretKind kind;
  std::string secret;  // "" where none is to be found
};

void check(const Row& row) {
  CAPTURE(row.name);
  CAPTURE(row.text);
  const std::vector<Secret> found = find_secrets(row.text);
  REQUIRE(found.size() == (row.secret.empty() ? 0 : 1));
  if (found.empty()) return;
  CHECK(to_text(found[0].kind) == to_text(row.kind));
  CHECK(row.text.substr(found[0].begin, found[0].size) == row.secret);
}

TEST_CASE("a JSON Web Token is found, whole or cut, and nothing beside it") {
  const std::string jwt(kJwt);
  const std::string header = jwt.substr(0, jwt.find('.'));
  const auto rows = std::to_array<Row>({
      {"alone", jwt, SecretKind::jwt, jwt},
      {"in a sentence", "token " + jwt + " expired", SecretKind::jwt, jwt},
      {"at the end of a sentence", "bad " + jwt + ".", SecretKind::jwt, jwt},
      {"behind a separator", "jwt_" + jwt, SecretKind::jwt, jwt},
      {"cut within the payload", jwt.substr(0, 60), SecretKind::jwt, jwt.substr(0, 60)},
      {"only its header", header, SecretKind::jwt, header},
      {"unsigned (RFC 7519 section 6.1)", jwt.substr(0, jwt.rfind('.') + 1) + " x", SecretKind::jwt,
       jwt.substr(0, jwt.rfind('.') + 1)},
      {"encrypted with a direct key (RFC 7516)", header + "..aGVsbG8.aGVsbG8.aGVsbG8",
       SecretKind::jwt, header + "..aGVsbG8.aGVsbG8.aGVsbG8"},
      {"16 characters of a header", header.substr(0, 16), SecretKind::jwt, header.substr(0, 16)},
      {"15 characters are too few", header.substr(0, 15), SecretKind::jwt, ""},
  });
  for (const Row& row : rows) check(row);
}

TEST_CASE("what follows the word bearer is found, but not talk about bearer tokens") {
  const auto rows = std::to_array<Row>({
      {"RFC 6750 section 2.1", "Authorization: Bearer mF_9.B5f-4.1JqM", SecretKind::bearer,
       "mF_9.B5f-4.1JqM"},
      {"letters only", "bearer secretword", SecretKind::bearer, "secretword"},
      {"end of a sentence", "invalid BEARER abc123.", SecretKind::bearer, "abc123"},
      {"quoted", "Bearer \"abc123\" refused", SecretKind::bearer, "abc123"},
      {"equals sign", "bearer=hunter2", SecretKind::bearer, "hunter2"},
      {"percent-encoded", "Bearer%20hunter2", SecretKind::bearer, "hunter2"},
      {"plus for a space", "Bearer+hunter2", SecretKind::bearer, "hunter2"},
      {"list of subprotocols", "bearer, hunter2", SecretKind::bearer, "hunter2"},
      {"subprotocol with a value", "bearer.hunter2hunter2", SecretKind::bearer, "hunter2hunter2"},
      {"Kubernetes", "base64url.bearer.authorization.k8s.io.aHVudGVy", SecretKind::bearer,
       "aHVudGVy"},
      {"Kubernetes' name alone", "base64url.bearer.authorization.k8s.io", SecretKind::bearer, ""},
      {"bearer token and a value", "bearer token: abc123def", SecretKind::bearer, "abc123def"},
      {"a JSON Web Token says more", "Bearer " + std::string(kJwt), SecretKind::jwt,
       std::string(kJwt)},
      {"talk", "bearer token expired", SecretKind::bearer, ""},
      {"more talk", "missing bearer token in the header", SecretKind::bearer, ""},
      {"a question", "no Bearer?", SecretKind::bearer, ""},
      {"at the end", "bearer", SecretKind::bearer, ""},
      {"within a word", "forbearer hunter2", SecretKind::bearer, ""},
      {"beginning of a word", "bearers hunter2", SecretKind::bearer, ""},
      {"name of a service", "cross-bearer-service", SecretKind::bearer, ""},
  });
  for (const Row& row : rows) check(row);
}

TEST_CASE("UUIDs and random strings are found within a text, names and paths are not") {
  const std::string uuid = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6";  // RFC 4122 section 3
  const std::string hex = "3c6ee24d2f0a8b6e1d9f7c5b4a392817";
  const std::string base64 = "q83vEjRWeJCrze8SNFZ4/x+rze8S/Ze8NFZ4kKvN7xI=";
  const auto rows = std::to_array<Row>({
      {"UUID", uuid, SecretKind::random, uuid},
      {"UUID of zeros", "00000000-0000-0000-0000-000000000000", SecretKind::random,
       "00000000-0000-0000-0000-000000000000"},
      {"UUID behind a name", "room-" + uuid + " is full", SecretKind::random, uuid},
      {"not a UUID: a digit more", "00000000-0000-0000-0000-0000000000000", SecretKind::random, ""},
      {"hexadecimal", "key=" + hex + "!", SecretKind::random, hex},
      {"base 64 with slashes and padding", "(" + base64 + ")", SecretKind::random, base64},
      {"in a path, the plain words stay", "no /api/rooms/" + hex, SecretKind::random, hex},
      {"URL", "see wss://chat.example.com/rooms/general/lobby2/users", SecretKind::random, ""},
      {"dotted names", "v1.k8s.io com.example.chat.Service", SecretKind::random, ""},
      {"time", "2026-11-20T19:00:01.234567Z", SecretKind::random, ""},
      {"address", "[2001:db8:85a3:8d3:1319:8a2e:370:7348]:443", SecretKind::random, ""},
      {"sentence", "the session was closed because of inactivity for 300 s", SecretKind::random,
       ""},
      {"Arabic",
       "\xd8\xa7\xd9\x86\xd8\xaa\xd9\x87\xd8\xaa \xd8\xa7\xd9\x84\xd8\xac\xd9\x84\xd8\xb3\xd8\xa9",
       SecretKind::random, ""},
  });
  for (const Row& row : rows) check(row);
}

TEST_CASE("the user of a URL is found wherever the URL stands (RFC 3986 section 3.2.1)") {
  const auto rows = std::to_array<Row>({
      {"user and password", "http://bob:hunter2@h/", SecretKind::userinfo, "bob:hunter2"},
      {"user alone", "wss://bob@h:80", SecretKind::userinfo, "bob"},
      {"password alone", "redis://:hunter2@h", SecretKind::userinfo, ":hunter2"},
      {"in a sentence", "cannot reach (amqp://bob:pw@h), sorry", SecretKind::userinfo, "bob:pw"},
      {"percent-encoded", "http://b%40b:p%3Aw@h", SecretKind::userinfo, "b%40b:p%3Aw"},
      {"an @ that is not encoded", "http://b@b:p@w@h", SecretKind::userinfo, "b@b:p@w"},
      {"a Windows domain", "http://corp\\bob:pw@h", SecretKind::userinfo, "corp\\bob:pw"},
      {"behind a letter", "xhttp://bob@h", SecretKind::userinfo, "bob"},
      {"network-path reference", "//bob:pw@h/", SecretKind::userinfo, "bob:pw"},
      {"the second URL", "http://a http://bob@h", SecretKind::userinfo, "bob"},
      {"random, too", "http://3c6ee24d2f0a8b6e1d9f7c5b4a392817@h", SecretKind::userinfo,
       "3c6ee24d2f0a8b6e1d9f7c5b4a392817"},
      {"nobody", "http://@h", SecretKind::userinfo, ""},
      {"no user", "http://h/", SecretKind::userinfo, ""},
      {"an @ in the path", "http://h/@bob", SecretKind::userinfo, ""},
      {"an @ in the query", "http://h?to=a@b", SecretKind::userinfo, ""},
      {"an @ in the fragment", "http://h#a@b", SecretKind::userinfo, ""},
      {"an address behind a URL", "http://h bob@h", SecretKind::userinfo, ""},
      {"quoted beside an address", "\"http://h\",\"bob@h\"", SecretKind::userinfo, ""},
      {"no URL", "bob@h, a//bob@h", SecretKind::userinfo, ""},
      {"redacted already", "http://[redacted, 11 bytes]@h", SecretKind::userinfo, ""},
  });
  for (const Row& row : rows) check(row);
}

TEST_CASE("several secrets are found in their order") {
  const std::string text =
      "Bearer abc123 and 3c6ee24d2f0a8b6e1d9f7c5b4a392817, " + std::string(kJwt);
  const auto found = find_secrets(text);
  REQUIRE(found.size() == 3);
  CHECK(found[0] == Secret{SecretKind::bearer, 7, 6});
  CHECK(found[1] == Secret{SecretKind::random, 18, 32});
  CHECK(found[2] == Secret{SecretKind::jwt, 52, kJwt.size()});
}

TEST_CASE("property: secrets lie within the text, in order, without overlap") {
  constexpr unsigned kSeed = 6750;
  CAPTURE(kSeed);
  std::mt19937 random(kSeed);
  const auto parts = std::to_array<std::string_view>(
      {"bearer", " ", ".", "eyJ", "-", "token", "/", "=", "a1B2c3", "%20", ":", "0123456789abcdef",
       "\xff", "k8s.io.", "authorization.", "://", "@", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"});
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (std::size_t count = random() % 12; count > 0; --count)
      text += parts[random() % parts.size()];
    std::size_t end = 0;
    for (const Secret& secret : find_secrets(text)) {
      CAPTURE(text);
      REQUIRE(secret.begin >= end);
      REQUIRE(secret.size > 0);
      end = secret.begin + secret.size;
      REQUIRE(end <= text.size());
    }
  }
}

TEST_CASE("hostile text takes linear time") {
  // A quadratic search would need hours for a megabyte.
  const auto parts = std::to_array<std::string_view>({"bearer",
                                                      "bearer-",
                                                      "bearer.",
                                                      "bearer ",
                                                      "bearer is ",
                                                      "bearer token ",
                                                      "eyJ",
                                                      "eyJ.",
                                                      "eyJ-",
                                                      "a/",
                                                      "a1/",
                                                      "00000000-",
                                                      "-",
                                                      "=",
                                                      "%20",
                                                      "bearer%20",
                                                      "bearer.authorization.k8s.io.",
                                                      "a",
                                                      "/",
                                                      "."});
  for (const std::string_view part : parts) {
    CAPTURE(part);
    std::string text;
    while (text.size() < (1U << 20)) text += part;
    const auto found = find_secrets(text);
    CHECK(found.size() <= text.size());
  }
}

}  // namespace
}  // namespace lastframe::session
