#include "capture/head_redaction.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <string_view>

#include "support/handshake.h"
#include "support/seeds.h"

namespace lastframe::capture {
namespace {

// RFC 7515 appendix A.1, shortened.
constexpr std::string_view kJwt =
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODB9."
    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

std::string redacted(std::string_view text, const RedactionOptions& options = {}) {
  std::string bytes(text);
  redact_http(bytes, options);
  CHECK(bytes.size() == text.size());
  return bytes;
}

std::string request_with(std::string_view line) {
  return "GET /chat HTTP/1.1\r\nHost: h\r\n" + std::string(line) + "\r\n\r\n";
}

TEST_CASE("secrets are hidden wherever they stand, and nothing moves") {
  const std::string jwt(kJwt);
  struct Row {
    const char* name;
    std::string text;
    std::string secret;
  };
  for (const Row& row :
       {Row{"authorization", request_with("Authorization: Basic QWxhZGRpbg=="), "QWxhZGRpbg"},
        Row{"its scheme, too", request_with("authorization:Bearer abc"), "Bearer"},
        Row{"cookie", request_with("COOKIE: sid=hunter2"), "hunter2"},
        Row{"set-cookie", "HTTP/1.1 101 X\r\nSet-Cookie: sid=hunter2\r\n\r\n", "hunter2"},
        Row{"api key", request_with("X-Api-Key: hunter2"), "hunter2"},
        Row{"api key in one word", request_with("apikey: hunter2"), "hunter2"},
        Row{"a token's field", request_with("X-Access-Token: hunter2"), "hunter2"},
        Row{"password", request_with("X-Password: hunter2"), "hunter2"},
        Row{"csrf", request_with("X-CSRF: hunter2"), "hunter2"},
        Row{"session", request_with("X-Session-Id: hunter2"), "hunter2"},
        Row{"proxy", request_with("Proxy-Authorization: hunter2"), "hunter2"},
        Row{"a token in the query", "GET /a?token=hunter2 HTTP/1.1\r\n\r\n", "hunter2"},
        Row{"the second value", "GET /a?v=1&k=hunter2&EIO=4 HTTP/1.1\r\n\r\n", "hunter2"},
        Row{"a value without a name", "GET /a?hunter2 HTTP/1.1\r\n\r\n", "hunter2"},
        Row{"an allowed name without a value", "GET /a?v&hunter2 HTTP/1.1\r\n\r\n", "hunter2"},
        Row{"a value with =", "GET /a?k=1=hunter2 HTTP/1.1\r\n\r\n", "hunter2"},
        Row{"a segment", "GET /a/" + jwt + "/b HTTP/1.1\r\n\r\n", jwt},
        Row{"a subprotocol", request_with("Sec-WebSocket-Protocol: chat, " + jwt), jwt},
        Row{"bearer as a subprotocol",
            request_with("Sec-WebSocket-Protocol: bearer, abcdefgh12345678"), "abcdefgh12345678"},
        Row{"any field", request_with("X-Thing: " + jwt), jwt},
        Row{"a referrer", request_with("Referer: http://h/a?key=hunter2"), "hunter2"},
        Row{"a redirection", "HTTP/1.1 302 Found\r\nLocation: /b?code=hunter2\r\n\r\n", "hunter2"},
        Row{"a target of HTTP/2", "CONNECT /a?key=hunter2 HTTP/2.0\r\n\r\n", "hunter2"},
        Row{"a target with two versions", "GET /a?key=hunter2 HTTP/1.1 HTTP/2.0\r\n\r\n",
            "hunter2"},
        Row{"a target with two other versions", "GET /a?k=hunter2 HTTP/2.0 HTTP/1.1\r\n\r\n",
            "hunter2"},
        Row{"a field of HTTP/2", "HTTP/2.0 200\r\nset-cookie: hunter2\r\n\r\n", "hunter2"},
        Row{"a URL's user", "GET http://bob:hunter2@h/ HTTP/1.1\r\n\r\n", "bob:hunter2"},
        Row{"an authority's user", "CONNECT bob:hunter2@h:443 HTTP/1.1\r\n\r\n", "bob:hunter2"},
        Row{"the user of a URL in a path", "GET /a/http://bob:hunter2@h HTTP/1.1\r\n\r\n",
            "bob:hunter2"},
        Row{"a host's user", request_with("Host: bob:hunter2@h"), "bob:hunter2"},
        Row{"an origin's user", request_with("Origin: http://bob:hunter2@h"), "bob:hunter2"},
        Row{"a redirection's user", "HTTP/1.1 302 Found\r\nLocation: //bob:hunter2@h/\r\n\r\n",
            "bob:hunter2"},
        Row{"a URL's user in any field", request_with("X-Thing: see http://bob:hunter2@h"),
            "bob:hunter2"},
        Row{"a body", "HTTP/1.1 403 No\r\nContent-Length: 7\r\n\r\nhunter2", "hunter2"},
        Row{"a line without a name", request_with("hunter2"), "hunter2"},
        Row{"a head that ends within its line", "GET / HTTP/1.1\r\nCookie: hunter2", "hunter2"},
        Row{"lines without CR", "GET / HTTP/1.1\nCookie: hunter2\n\n", "hunter2"},
        Row{"the second head", request_with("A: b") + "GET / HTTP/1.1\r\nCookie: hunter2\r\n\r\n",
            "hunter2"},
        Row{"what is no HTTP", "hunter2", "hunter2"}}) {
    CAPTURE(row.name);
    REQUIRE(row.text.find(row.secret) != std::string::npos);
    const std::string hidden = redacted(row.text);
    CAPTURE(hidden);
    CHECK(hidden.find(row.secret) == std::string::npos);
    // Whatever differs is an "x" now, and lines stay lines.
    for (std::size_t i = 0; i < hidden.size(); ++i) {
      if (hidden[i] != row.text[i]) CHECK(hidden[i] == 'x');
      if (row.text[i] == '\n') CHECK(hidden[i] == '\n');
    }
  }
}

TEST_CASE("what a handshake is judged by stays as it is") {
  for (const std::string_view head : {test::kUpgradeRequest, test::kAcceptingResponse}) {
    CHECK(redacted(head) == head);
  }
  for (const std::string_view line :
       {"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
        "WWW-Authenticate: Basic realm=\"a\"", "User-Agent: Mozilla/5.0 (X11; Linux x86_64)"}) {
    CAPTURE(line);
    CHECK(redacted(request_with(line)) == request_with(line));
  }
  CHECK(redacted("GET /a?EIO=4&transport=websocket HTTP/1.1\r\n\r\n") ==
        "GET /a?EIO=4&transport=websocket HTTP/1.1\r\n\r\n");
}

TEST_CASE("only values are hidden: names, and what is allowed, stay") {
  CHECK(redacted("GET /a?k=abc&v=1 HTTP/1.1\r\nCookie: a=b\r\n\r\nbody\r\n") ==
        "GET /a?k=xxx&v=1 HTTP/1.1\r\nCookie: xxx\r\n\r\nxxxx\r\n");
}

TEST_CASE("options name further fields, allowed queries, and keep bodies") {
  RedactionOptions options;
  options.headers = {"X-User"};
  options.query_allow = {"room"};
  options.keeps_bodies = true;
  CHECK(redacted("GET /?room=7&v=1 HTTP/1.1\r\nx-uSER: ann\r\n\r\nbody", options) ==
        "GET /?room=7&v=x HTTP/1.1\r\nx-uSER: xxx\r\n\r\nbody");
  CHECK(is_hidden_field("X-USER", options));
  CHECK_FALSE(is_hidden_field("X-Users", options));
  CHECK_FALSE(is_hidden_field("Sec-WebSocket-Key", options));
}

TEST_CASE("property: any bytes keep their length and their ends of lines") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  constexpr std::string_view kPieces[] = {
      "GET ", "/a", "?",      "k=",         "&", " HTTP/1.1",    "\r\n",
      "\n",   ":",  "Cookie", "Location: ", " ", "HTTP/1.1 200", "\r"};
  for (int run = 0; run < 3000; ++run) {
    std::string text;
    const unsigned count = test::below(random, 20);
    for (unsigned i = 0; i < count; ++i) {
      text += test::once_in(random, 4) ? test::random_bytes(random, test::below(random, 5))
                                       : std::string(kPieces[test::below(random, 14)]);
    }
    const std::string hidden = redacted(text);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') REQUIRE(hidden[i] == '\n');
    }
    REQUIRE(redacted(hidden).size() == text.size());
  }
}

}  // namespace
}  // namespace lastframe::capture
