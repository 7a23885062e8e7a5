#include "core/http/body.h"

#include <doctest/doctest.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "support/seeds.h"
#include "support/splits.h"

namespace lastframe::http {
namespace {

// What is left behind the body; "broken" or "more" where it does not end.
std::string rest_behind(Body body, const test::Split& split) {
  std::string rest;
  bool is_broken = false;
  test::feed_parts(split, [&](std::string_view part) {
    ByteView input = as_bytes(part);
    if (!is_broken && !body.consume(input)) is_broken = true;
    if (!is_broken) rest += as_text(input);
  });
  if (is_broken) return "broken";
  return body.is_done() ? rest : "more" + rest;
}

TEST_CASE("a body is consumed to its end and no further, at every split") {
  struct Row {
    std::string_view name;
    Body body;
    std::string_view bytes;
    std::string_view rest;
  };
  const auto rows = std::to_array<Row>({
      {"none", Body::none(), "GET", "GET"},
      {"a length of nothing", Body::of_length(0), "GET", "GET"},
      {"a length", Body::of_length(5), "HelloGET", "GET"},
      {"a length, cut", Body::of_length(5), "Hell", "more"},
      {"up to the end of the stream", Body::until_end_of_stream(), "Hello", "more"},
      {"chunks (RFC 9112 section 7.1)", Body::chunked(), "4\r\nWiki\r\n5\r\npedia\r\n0\r\n\r\nGET",
       "GET"},
      {"no chunk", Body::chunked(), "0\r\n\r\nGET", "GET"},
      {"a size of two digits, in both cases", Body::chunked(),
       "0a\r\n0123456789\r\n0B\r\n0123456789a\r\n0\r\n\r\nGET", "GET"},
      {"LF alone", Body::chunked(), "4\nWiki\n0\n\nGET", "GET"},
      {"chunk extensions", Body::chunked(), "4;a=\"b\" \r\nWiki\r\n0;last\r\n\r\nGET", "GET"},
      {"trailers", Body::chunked(), "0\r\nA: 1\r\nB: 2\r\n\r\nGET", "GET"},
      {"chunk data that looks like framing", Body::chunked(), "5\r\n0\r\n\r\n\r\n0\r\n\r\nGET",
       "GET"},
      {"a last size of several zeros", Body::chunked(), "000\r\n\r\nGET", "GET"},
      {"unfinished", Body::chunked(), "4\r\nWiki\r\n", "more"},
      {"no size", Body::chunked(), "\r\n", "broken"},
      {"no size behind a chunk", Body::chunked(), "4\r\nWiki\r\n\r\n", "broken"},
      {"a size that is no number", Body::chunked(), "xyz\r\n", "broken"},
      {"no line end behind the data", Body::chunked(), "4\r\nWikiX", "broken"},
      {"a size over 64 bits", Body::chunked(), "10000000000000000\r\n", "broken"},
      {"the largest size", Body::chunked(), "ffffffffffffffff\r\nabc", "more"},
  });
  for (const Row& row : rows) {
    CAPTURE(row.name);
    test::at_every_split(row.bytes, [&](const test::Split& split) {
      CAPTURE(split.name);
      CHECK(rest_behind(row.body, split) == row.rest);
    });
  }
}

TEST_CASE("the first 256 bytes of a body are kept without its framing, at every split") {
  struct Row {
    std::string_view name;
    Body body;
    std::string bytes;
    std::string start;
  };
  const auto chunk = [](const std::string& data) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const std::string size{kDigits[data.size() >> 4], kDigits[data.size() & 15]};
    return size + "\r\n" + data + "\r\n";
  };
  const std::string half(150, 'a');
  const std::array<Row, 5> rows{{
      {"none", Body::none(), "GET", ""},
      {"a length", Body::of_length(5), "HelloGET", "Hello"},
      {"up to the end of the stream", Body::until_end_of_stream(), half + half,
       std::string(256, 'a')},
      {"chunks", Body::chunked(), "4\r\nWiki\r\n5;x=1\r\npedia\r\n0\r\nA: 1\r\n\r\nGET",
       "Wikipedia"},
      {"long chunks", Body::chunked(), chunk(half) + chunk(half), std::string(256, 'a')},
  }};
  for (const Row& row : rows) {
    CAPTURE(row.name);
    test::at_every_split(row.bytes, [&](const test::Split& split) {
      CAPTURE(split.name);
      Body body = row.body;
      Body::Start start;
      test::feed_parts(split, [&](std::string_view part) {
        ByteView input = as_bytes(part);
        CHECK(body.consume(input, &start));
      });
      CHECK(start.bytes == row.start);
    });
  }
}

// Which framing was chosen, seen from outside.
std::string kind_of(const std::optional<Body>& body) {
  if (!body) return "unknown";
  if (body->is_done()) return "none";
  if (body->ends_with_stream()) return "until end";
  const std::string text = "3\r\n";
  const std::string rest = rest_behind(*body, test::whole(text + std::string(1000, 'x')));
  return rest == "broken" ? "chunked" : "length " + std::to_string(1003 - rest.size());
}

TEST_CASE("a message's fields say how its body is framed (RFC 9112 section 6.3)") {
  struct Row {
    std::string_view name;
    std::string_view fields;
    std::string_view in_request;
    std::string_view in_response;
  };
  constexpr auto kRows = std::to_array<Row>({
      {"rules 7 and 8: nothing said", "", "none", "until end"},
      {"rule 6: a length", "Content-Length: 42\r\n", "length 42", "length 42"},
      {"rule 6: a length of nothing", "Content-Length: 0\r\n", "none", "none"},
      {"rule 5: the same length twice", "Content-Length: 42\r\nContent-Length: 42\r\n", "length 42",
       "length 42"},
      {"rule 5: the same length as a list", "Content-Length: 42, 42\r\n", "length 42", "length 42"},
      {"rule 5: two lengths", "Content-Length: 42\r\nContent-Length: 43\r\n", "unknown", "unknown"},
      {"rule 5: no number", "Content-Length: +42\r\n", "unknown", "unknown"},
      {"rule 5: hex", "Content-Length: 0x2a\r\n", "unknown", "unknown"},
      {"rule 5: negative", "Content-Length: -1\r\n", "unknown", "unknown"},
      {"rule 5: empty", "Content-Length:\r\n", "unknown", "unknown"},
      {"rule 5: over 64 bits", "Content-Length: 99999999999999999999\r\n", "unknown", "unknown"},
      {"rule 4: chunked", "Transfer-Encoding: chunked\r\n", "chunked", "chunked"},
      {"rule 4: in any case", "transfer-encoding: Chunked\r\n", "chunked", "chunked"},
      {"rule 4: chunked last", "Transfer-Encoding: gzip, chunked\r\n", "chunked", "chunked"},
      {"rule 4: chunked last, in two fields",
       "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", "chunked", "chunked"},
      {"rule 4: chunked, but not last", "Transfer-Encoding: chunked, gzip\r\n", "unknown",
       "until end"},
      {"rule 4: not chunked", "Transfer-Encoding: gzip\r\n", "unknown", "until end"},
      {"rule 3: chunked overrides a length", "Transfer-Encoding: chunked\r\nContent-Length: 42\r\n",
       "chunked", "chunked"},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    const std::string head = "HTTP/1.1 200 OK\r\n" + std::string(row.fields) + "\r\n";
    const auto response = parse_response_head(head);
    REQUIRE(response);
    CHECK(kind_of(Body::of_request(response->fields)) == row.in_request);
    CHECK(kind_of(Body::of_response(*response, "GET")) == row.in_response);
    CHECK(kind_of(Body::of_response(*response, "")) == row.in_response);
    // Rule 1: "Any response to a HEAD request" ends with its head.
    CHECK(kind_of(Body::of_response(*response, "HEAD")) == "none");
  }
}

TEST_CASE(
    "1xx, 204 and 304 have no body, whatever their fields say (RFC 9112 section 6.3, rule 1)") {
  for (unsigned status = 100; status < 600; ++status) {
    CAPTURE(status);
    const std::string head =
        "HTTP/1.1 " + std::to_string(status) + " x\r\nContent-Length: 5\r\n\r\n";
    const auto response = parse_response_head(head);
    REQUIRE(response);
    const bool has_none = status < 200 || status == 204 || status == 304;
    CHECK(kind_of(Body::of_response(*response, "GET")) == (has_none ? "none" : "length 5"));
  }
}

TEST_CASE("property: chunks of any sizes end where they end") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int run = 0; run < 100; ++run) {
    CAPTURE(run);
    std::string bytes;
    for (unsigned chunks = test::below(random, 5); chunks > 0; --chunks) {
      const unsigned size = 1 + test::below(random, 30);
      constexpr std::string_view kDigits = "0123456789abcdef";
      bytes += kDigits[size >> 4];
      bytes += kDigits[size & 15];
      bytes += "\r\n" + test::random_bytes(random, size) + "\r\n";
    }
    bytes += "0\r\n\r\n";
    const std::string rest = test::random_bytes(random, 4);
    bytes += rest;
    test::at_every_split(bytes, [&](const test::Split& split) {
      CAPTURE(split.name);
      CHECK(rest_behind(Body::chunked(), split) == rest);
    });
  }
}

}  // namespace
}  // namespace lastframe::http
