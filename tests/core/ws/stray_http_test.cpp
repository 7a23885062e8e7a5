#include "core/ws/stray_http.h"

#include <doctest/doctest.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/frames.h"

namespace lastframe::ws {
namespace {

struct Row {
  std::string_view name;
  std::string bytes;
  std::optional<std::uint64_t> length;
  StrayKind kind;
  std::string_view summary;
  std::string_view shown;
};

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const StrayBytes found = recognise(as_bytes(row.bytes), row.length);
    CHECK(name(found.kind) == name(row.kind));
    CHECK(found.summary == row.summary);
    CHECK(found.shown == row.shown);
  }
}

const std::string kBadGateway =
    "HTTP/1.1 502 Bad Gateway\r\nServer: nginx/1.22.1 (Debian)\r\n"
    "Content-Type: text/html\r\nContent-Length: 157\r\nConnection: close\r\n\r\n";

TEST_CASE("a response is named by its status, its server and its size") {
  constexpr auto kKind = StrayKind::http_response;
  check({
      {"a page of a known size",
       kBadGateway + "<html>",
       {},
       kKind,
       "an HTTP/1.1 502 page from nginx, 281 bytes",
       "HTTP/1.1 502 Bad Gateway | Server: nginx/1.22.1 (Debian) | Content-Type: text/html | "
       "Content-Length: 157 | Connection: close"},
      {"a page that was cut off", kBadGateway + "<html>", 130, kKind,
       "an HTTP/1.1 502 page from nginx, 130 of its 281 bytes",
       "HTTP/1.1 502 Bad Gateway | Server: nginx/1.22.1 (Debian) | Content-Type: text/html | "
       "Content-Length: 157 | Connection: close"},
      {"frames go on behind the page", kBadGateway + std::string(157, 'x') + "\x81", 9000, kKind,
       "an HTTP/1.1 502 page from nginx, 281 bytes",
       "HTTP/1.1 502 Bad Gateway | Server: nginx/1.22.1 (Debian) | Content-Type: text/html | "
       "Content-Length: 157 | Connection: close"},
      {"the page of HAProxy, without a length",
       "HTTP/1.0 503 Service Unavailable\r\ncache-control: no-cache\r\n"
       "content-type: text/html\r\n\r\n<html><body>",
       211, kKind, "an HTTP/1.0 503 page, 211 bytes",
       "HTTP/1.0 503 Service Unavailable | Content-Type: text/html"},
      {"no end seen",
       "HTTP/1.1 200 OK\r\nServer: Caddy\r\n",
       {},
       kKind,
       "an HTTP/1.1 200 response from Caddy, at least 32 bytes",
       "HTTP/1.1 200 OK | Server: Caddy"},
      {"a second answer to the upgrade",
       "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
       "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\x81",
       {},
       kKind,
       "an HTTP/1.1 101 response (one more answer to an upgrade), 129 bytes",
       "HTTP/1.1 101 Switching Protocols | Upgrade: websocket | Connection: Upgrade"},
      {"RFC 9110 section 15.3.5: 204 has no content", "HTTP/1.1 204 No Content\r\n\r\n", 900, kKind,
       "an HTTP/1.1 204 response, 27 bytes", "HTTP/1.1 204 No Content"},
      {"no reason phrase", "HTTP/1.1 400\r\n\r\n", 16, kKind, "an HTTP/1.1 400 response, 16 bytes",
       "HTTP/1.1 400"},
      {"RFC 9112 section 5.2: bare line feeds",
       "HTTP/1.1 404 Not Found\nServer: a b/1\n\n<p>",
       {},
       kKind,
       "an HTTP/1.1 404 page from a b, at least 41 bytes",
       "HTTP/1.1 404 Not Found | Server: a b/1"},
      {"identifying fields of edges",
       "HTTP/1.1 520 \r\nServer: cloudflare\r\nCF-RAY: 8a1b2c3d4e5f-FRA\r\nX-Cache: MISS\r\n"
       "Via: 1.1 varnish\r\n\r\n",
       {},
       kKind,
       "an HTTP/1.1 520 response from cloudflare, at least 96 bytes",
       "HTTP/1.1 520 | Server: cloudflare | CF-Ray: 8a1b2c3d4e5f-FRA | X-Cache: MISS | "
       "Via: 1.1 varnish"},
      {"a status line that is cut off", "HTTP/1.1 50", 11, kKind,
       "the beginning of an HTTP/1.x response, 11 bytes", "HTTP/1.1 50"},
      {"its first word", "HTTP", 4, kKind, "the beginning of an HTTP/1.x response, 4 bytes",
       "HTTP"},
      {"behind a line end", "\r\nHTTP/1.1 408 Request Timeout\r\n\r\n", 34, kKind,
       "a line end (CR LF) in front of an HTTP/1.1 408 response, 32 bytes",
       "HTTP/1.1 408 Request Timeout"},
  });
}

TEST_CASE("a request is named by its method, and its target is never said") {
  constexpr auto kKind = StrayKind::http_request;
  check({
      {"a request", "GET /secret?token=abc HTTP/1.1\r\nHost: a\r\nUser-Agent: curl/8\r\n\r\n", 63,
       kKind, "an HTTP/1.1 GET request, 63 bytes", "GET HTTP/1.1 | User-Agent: curl/8"},
      {"one more handshake",
       "GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
       {},
       kKind,
       "an HTTP/1.1 GET request for a WebSocket, 144 bytes",
       "GET HTTP/1.1 | Upgrade: websocket | Connection: Upgrade | Sec-WebSocket-Version: 13"},
      {"with a body",
       "POST /a HTTP/1.0\r\nContent-Length: 10\r\n\r\nsecret",
       {},
       kKind,
       "an HTTP/1.0 POST request, 50 bytes",
       "POST HTTP/1.0 | Content-Length: 10"},
      {"RFC 9112 section 3.2.3: CONNECT", "CONNECT secret.example:443 HTTP/1.1\r\n\r\n", 39, kKind,
       "an HTTP/1.1 CONNECT request, 39 bytes", "CONNECT HTTP/1.1"},
      {"RFC 9112 section 3.2.4: OPTIONS *", "OPTIONS * HTTP/1.1\r\n\r\n", 22, kKind,
       "an HTTP/1.1 OPTIONS request, 22 bytes", "OPTIONS HTTP/1.1"},
      {"a target that does not end", "GET /" + std::string(507, 'a'), 4000, kKind,
       "an HTTP GET request, 4000 bytes", "GET"},
  });
  for (const std::string method : {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS",
                                   "TRACE", "PATCH", "PROPFIND", "PURGE"}) {
    CAPTURE(method);
    const std::string target = method == "CONNECT" ? "a:1" : "/";
    const std::string request = method + ' ' + target + " HTTP/1.1\r\n\r\n";
    CHECK(recognise(as_bytes(request), {}).summary.starts_with("an HTTP/1.1 " + method));
  }
}

TEST_CASE("what only looks like a request is a text") {
  for (const std::string_view text :
       {"GET ready for the show, everybody", "POST office hours are from nine to five",
        "get /index.html from the server please", "CONNECT the dots, then color the picture"}) {
    CAPTURE(text);
    CHECK(name(recognise(as_bytes(text), {}).kind) == "text");
  }
}

TEST_CASE("the rest of a head is recognised by its fields") {
  check({
      {"cut inside a name",
       "er: nginx\r\nContent-Type: text/html\r\nContent-Length: 157\r\n\r\n<html>", 218,
       StrayKind::http_response,
       "the rest of the header fields of an HTTP response from nginx, then its page, 218 bytes",
       "Content-Type: text/html | Content-Length: 157"},
      {"cut inside a status line",
       "02 Bad Gateway\r\nServer: awselb/2.0\r\nDate: x\r\n\r\n",
       {},
       StrayKind::http_response,
       "the rest of the header fields of an HTTP response from awselb, at least 47 bytes",
       "Server: awselb/2.0 | Date: x"},
      {"one field and the empty line",
       "gth: 157\r\n\r\n<h1>x</h1>",
       {},
       StrayKind::http_response,
       "the rest of the header fields of an HTTP response, then its page, at least 22 bytes",
       ""},
      {"a request's",
       "p-alive\r\nHost: secret.example\r\nCookie: secret\r\nUser-Agent: x\r\n\r\n",
       {},
       StrayKind::http_request,
       "the rest of the header fields of an HTTP request, at least 64 bytes",
       "User-Agent: x"},
      {"a line that may be another's is not shown",
       "er: https://secret.example/\r\nContent-Length: 5\r\n\r\n",
       {},
       StrayKind::http_response,
       "the rest of the header fields of an HTTP response, at least 50 bytes",
       "Content-Length: 5"},
  });
  const std::string_view letter = "Dear reader,\r\nnote: all is well\r\n\r\nYours";
  CHECK(name(recognise(as_bytes(letter), {}).kind) == "text");
}

TEST_CASE("a chunk is recognised by the line with its size (RFC 9112 section 7.1)") {
  constexpr auto kKind = StrayKind::chunk_size;
  const std::string frame = test::frame(Endpoint::server, Opcode::text, std::string(40, 'x'));
  check({
      {"in front of a server's frame",
       "2a\r\n" + frame + "\r\n",
       {},
       kKind,
       "the size line of an HTTP chunk (0x2a = 42 bytes) in front of a frame",
       ""},
      {"in front of a client's frame",
       "7\r\n" + test::frame(Endpoint::client, Opcode::text, "a") + "\r\n",
       {},
       kKind,
       "the size line of an HTTP chunk (0x7 = 7 bytes) in front of a frame",
       ""},
      {"behind another chunk",
       "\r\n2A\r\n" + frame,
       {},
       kKind,
       "the size line of an HTTP chunk (0x2a = 42 bytes) in front of a frame, behind another chunk",
       ""},
      {"with an extension",
       "1a;name=\"secret\"\r\n\x81",
       {},
       kKind,
       "the size line of an HTTP chunk (0x1a = 26 bytes) in front of a frame",
       ""},
      {"padded", "00001a  \r\n", {}, kKind, "the size line of an HTTP chunk (0x1a = 26 bytes)", ""},
      {"a letter and CR", "a\r", 2, kKind, "the size line of an HTTP chunk (0xa = 10 bytes)", ""},
      {"of text that ends where it says",
       "5\r\nhello\r\n0\r\n\r\n",
       {},
       kKind,
       "the size line of an HTTP chunk (0x5 = 5 bytes)",
       ""},
      {"of text that does not",
       "42\r\nis the answer",
       {},
       kKind,
       "what looks like the size line of an HTTP chunk (0x42 = 66 bytes)",
       ""},
      {"the last chunk", "0\r\n\r\n", 5, kKind, "the last chunk of an HTTP chunked body (0 CR LF)",
       ""},
      {"the last chunk behind another", "\r\n0\r\n\r\n", 7, kKind,
       "the last chunk of an HTTP chunked body (0 CR LF)", ""},
      {"16 digits",
       "ffffffffffffffff\r\n",
       {},
       kKind,
       "the size line of an HTTP chunk (0xffffffffffffffff = 18446744073709551615 bytes)",
       ""},
  });
  for (const std::string_view other :
       {"2a\n\x81", "1ffffffffffffffff\r\n", "g\r\n", "2a;\x01\r\n"}) {
    CAPTURE(other);
    CHECK(name(recognise(as_bytes(other), {}).kind) != "chunk_size");
  }
}

// What must not leave: bodies, cookies, targets, and fields that nobody knows.
TEST_CASE("no part of a head but the fields that name software is shown, wherever it is cut") {
  const std::string secret = "5ecre7";
  const std::string response = "HTTP/1.1 302 Found\r\nServer: nginx\r\nSet-Cookie: sid=" + secret +
                               "\r\nLocation: https://a/?t=" + secret + "\r\nX-Token: " + secret +
                               "\r\nWWW-Authenticate: " + secret +
                               "\r\nContent-Type: text/html\r\n\r\n<title>" + secret + "</title>";
  const std::string request = "GET /" + secret + " HTTP/1.1\r\nHost: " + secret +
                              "\r\nAuthorization: " + secret + "\r\nCookie: " + secret +
                              "\r\nSec-WebSocket-Key: " + secret + "\r\nReferer: " + secret +
                              "\r\nUser-Agent: a\r\n\r\n";
  for (const std::string& message : {response, request}) {
    for (std::size_t begin = 0; begin < message.size(); ++begin) {
      for (std::size_t size = 2; begin + size <= message.size(); size += 7) {
        const StrayBytes found = recognise(as_bytes(message.substr(begin, size)), {});
        CAPTURE(begin);
        CAPTURE(size);
        CHECK(found.summary.find(secret.substr(0, 4)) == std::string::npos);
        CHECK(found.shown.find(secret.substr(0, 4)) == std::string::npos);
      }
    }
  }
}

TEST_CASE("long values and many fields do not make long texts") {
  std::string response =
      "HTTP/1.1 500 " + std::string(300, 'r') + "\r\nServer: " + std::string(100, 's') + "\r\n";
  const StrayBytes found = recognise(as_bytes(response), {});
  CHECK(found.summary.size() < 120);
  CHECK(found.shown.size() < 200);
  std::string fields = "HTTP/1.1 500\r\n";
  for (int i = 0; i < 20; ++i) fields += "Via: \x01\x02\x03\x04\x05\x06\x07\x08\r\n";
  CHECK(recognise(as_bytes(fields), {}).shown.size() <= kLongestStrayText);
}

}  // namespace
}  // namespace lastframe::ws
