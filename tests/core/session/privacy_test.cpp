#include "core/session/privacy.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

namespace lastframe::session {
namespace {

// RFC 7519 section 3.1.
const std::string kJwt =
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    "."
    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const std::string kHex = "3c6ee24d2f0a8b6e1d9f7c5b4a392817";
const std::string kUuid = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6";

struct Row {
  const char* name;
  std::string text;
  std::string expected;
};

TEST_CASE("in a subprotocol or reason only the part that is a credential is replaced") {
  const auto rows = std::to_array<Row>({
      {"nothing", "", ""},
      {"a sentence", "going away: deploy 42 of 2026-11-20", "going away: deploy 42 of 2026-11-20"},
      {"GraphQL", "graphql-transport-ws", "graphql-transport-ws"},
      {"Kubernetes' channel", "v5.channel.k8s.io", "v5.channel.k8s.io"},
      {"dotted name", "com.example.chat.Service", "com.example.chat.Service"},
      {"token in a sentence", "token " + kJwt + " expired",
       "token [redacted jwt, " + std::to_string(kJwt.size()) + " bytes] expired"},
      {"bearer", "Bearer hunter2 refused", "Bearer [redacted bearer, 7 bytes] refused"},
      {"Kubernetes' bearer", "base64url.bearer.authorization.k8s.io.aHVudGVy",
       "base64url.bearer.authorization.k8s.io.[redacted bearer, 8 bytes]"},
      {"random", "session " + kHex + " gone", "session [redacted random, 32 bytes] gone"},
      {"UUID", "user " + kUuid, "user [redacted random, 36 bytes]"},
      {"a URL's user", "http://bob:pw@h is down", "http://[redacted, 6 bytes]@h is down"},
      {"bytes that are no text", "\xff\x01 \x80", "\xff\x01 \x80"},
  });
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(redact_tokens(row.text) == row.expected);
  }
}

TEST_CASE("in a target, segments that look like tokens and values not allowed are replaced") {
  const auto rows = std::to_array<Row>({
      {"root", "/", "/"},
      {"asterisk", "*", "*"},
      {"nothing", "", ""},
      {"words", "/chat/rooms/general-discussion-for-all", "/chat/rooms/general-discussion-for-all"},
      {"numbers", "/v1/users/12345678901234567890123", "/v1/users/12345678901234567890123"},
      {"JSON Web Token", "/ws/" + kJwt + "/x",
       "/ws/[redacted jwt, " + std::to_string(kJwt.size()) + " bytes]/x"},
      {"random", "/s/" + kHex, "/s/[redacted random, 32 bytes]"},
      {"UUID", "/s/" + kUuid + "/in", "/s/[redacted random, 36 bytes]/in"},
      {"percent-encoded token", "/s/%33c6ee24d2f0a8b6e1d%39f7c5b4a392817",
       "/s/[redacted random, 36 bytes]"},
      {"percent-encoded words stay as they are", "/caf%C3%A9/hello%20world%2",
       "/caf%C3%A9/hello%20world%2"},
      {"allowed values", "/socket.io/?EIO=4&transport=websocket&v=2",
       "/socket.io/?EIO=4&transport=websocket&v=2"},
      {"allowed name, percent-encoded", "/?%45IO=4", "/?%45IO=4"},
      {"names are compared exactly", "/?eio=4", "/?eio=[redacted, 1 bytes]"},
      {"other values", "/ws?user=bob&token=" + kHex,
       "/ws?user=[redacted, 3 bytes]&token=[redacted, 32 bytes]"},
      {"credential under an allowed name", "/ws?v=" + kHex, "/ws?v=[redacted random, 32 bytes]"},
      {"empty values", "/ws?a=&b&=", "/ws?a=&[redacted, 1 bytes]&="},
      {"bare word", "/ws?hunter2", "/ws?[redacted, 7 bytes]"},
      {"bare allowed word", "/ws?EIO", "/ws?EIO"},
      {"token as a name", "/ws?" + kHex + "=1",
       "/ws?[redacted random, 32 bytes]=[redacted, 1 bytes]"},
      {"semicolons", "/ws?v=1;t=secret", "/ws?v=1;t=[redacted, 6 bytes]"},
      {"empty query", "/ws?", "/ws?"},
      {"second question mark", "/ws?v=1?t=secret", "/ws?v=1?t=[redacted, 6 bytes]"},
      {"fragment", "/ws?v=1#access_token=x", "/ws?v=1#[redacted, 14 bytes]"},
      {"fragment without a query", "/ws#a?b", "/ws#[redacted, 3 bytes]"},
      {"empty fragment", "/ws#", "/ws"},
      {"absolute form", "http://chat.example.com/ws?t=1",
       "http://chat.example.com/ws?t=[redacted, 1 bytes]"},
      {"absolute form with a user", "http://bob:hunter2@chat.example.com/ws",
       "http://[redacted, 11 bytes]@chat.example.com/ws"},
      {"absolute form without a path", "ws://bob@h", "ws://[redacted, 3 bytes]@h"},
      {"authority form", "chat.example.com:443", "chat.example.com:443"},
      {"authority form with a user", "bob:hunter2@h:443", "[redacted, 11 bytes]@h:443"},
      {"reference without a scheme", "//bob:hunter2@h/x", "//[redacted, 11 bytes]@h/x"},
      {"URL in a path", "/go/http://bob@h/x", "/go/http://[redacted, 3 bytes]@h/x"},
      {"URL in a segment", "/go/http%3A%2F%2Fbob%40h%2Fx", "/go/[redacted, 24 bytes]"},
      {"URL in an allowed value", "/?v=http://bob@h", "/?v=http://[redacted, 3 bytes]@h"},
      {"an @ in a path", "/@bob/a@b", "/@bob/a@b"},
      {"random host", "http://" + kHex + "/", "http://[redacted random, 32 bytes]/"},
  });
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(redact_target(row.text, PrivacyOptions{}) == row.expected);
  }
}

TEST_CASE("the operator's list replaces the default one") {
  PrivacyOptions options;
  options.query_allow = {"room"};
  CHECK(redact_target("/?room=general&v=2", options) == "/?room=general&v=[redacted, 1 bytes]");
}

TEST_CASE("a user's hash is the start of HMAC-SHA-256") {
  PrivacyOptions options;
  // RFC 4231 section 4.3 and 4.2.
  options.user_key = "Jefe";
  CHECK(user_hash("what do ya want for nothing?", options) == "5bdcc146bf60754e");
  options.user_key = std::string(20, '\x0b');
  CHECK(user_hash("Hi There", options) == "b0344c61d8db3853");
  CHECK(user_hash("hi there", options) != "b0344c61d8db3853");
  // An empty key and an empty value are a key and a value.
  options.user_key.clear();
  CHECK(user_hash("", options) == "b613679a0814d9ec");
}

TEST_CASE("a range of addresses is read, and a bad one refused with what would be right") {
  struct RangeRow {
    std::string_view text;
    unsigned bits;
    std::string_view wrong;  // "" where the text is right
  };
  const auto rows = std::to_array<RangeRow>({
      {"10.0.0.0/8", 104, ""},
      {"0.0.0.0/0", 96, ""},
      {"10.1.2.3/32", 128, ""},
      {"10.1.2.3", 128, ""},
      {"2001:db8::/32", 32, ""},
      {"::/0", 0, ""},
      {"::1/128", 128, ""},
      {"::1", 128, ""},
      {"10.0.0.0/33", 0, "size of a prefix"},
      {"::/129", 0, "size of a prefix"},
      {"10.0.0.0/", 0, "size of a prefix"},
      {"10.0.0.0/08", 0, "size of a prefix"},
      {"10.0.0.0/-1", 0, "size of a prefix"},
      {"10.0.0.0/8x", 0, "size of a prefix"},
      {"10.0.0.1/8", 0, "bits behind its prefix"},
      {"2001:db8::1/127", 0, "bits behind its prefix"},
      {"10.0.0.0.0/8", 0, "not a numeric address"},
      {"example.com", 0, "not a numeric address"},
      {"", 0, "not a numeric address"},
  });
  for (const RangeRow& row : rows) {
    CAPTURE(row.text);
    const auto range = parse_address_range(row.text);
    REQUIRE(range.has_value() == row.wrong.empty());
    if (range) {
      CHECK(range->prefix_bits == row.bits);
    } else {
      CHECK(range.error().what.contains(row.wrong));
      CHECK_FALSE(range.error().remedy.empty());
    }
  }
}

TEST_CASE("an address is trusted when it lies in a range, at both edges") {
  struct TrustRow {
    std::string_view range;
    std::string_view address;
    bool expected;
  };
  const auto rows = std::to_array<TrustRow>({
      {"10.0.0.0/8", "10.0.0.0", true},
      {"10.0.0.0/8", "10.255.255.255", true},
      {"10.0.0.0/8", "11.0.0.0", false},
      {"10.0.0.0/8", "9.255.255.255", false},
      {"192.168.4.0/22", "192.168.7.255", true},
      {"192.168.4.0/22", "192.168.8.0", false},
      {"0.0.0.0/0", "255.255.255.255", true},
      {"0.0.0.0/0", "::1", false},
      {"::/0", "10.0.0.1", true},
      {"10.1.2.3", "10.1.2.3", true},
      {"10.1.2.3", "10.1.2.2", false},
      {"10.0.0.0/8", "::ffff:10.1.1.1", true},
      {"2001:db8::/33", "2001:db8:7fff::", true},
      {"2001:db8::/33", "2001:db8:8000::", false},
      {"fe80::/10", "fe80::1%eth0", true},
      {"10.0.0.0/8", "10.0.0.1:80", false},
      {"10.0.0.0/8", "unix:/a", false},
      {"10.0.0.0/8", "", false},
  });
  for (const TrustRow& row : rows) {
    CAPTURE(row.range);
    CAPTURE(row.address);
    CHECK(is_trusted(row.address, {*parse_address_range(row.range)}) == row.expected);
  }
  CHECK_FALSE(is_trusted("10.0.0.1", {}));
}

}  // namespace
}  // namespace lastframe::session
