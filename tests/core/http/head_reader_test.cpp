#include "core/http/head_reader.h"

#include <doctest/doctest.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "support/splits.h"

namespace lastframe::http {
namespace {

constexpr std::size_t kLimit = 128;

// All heads of the stream, each in angle brackets; then what is left over, or why reading stopped.
std::string read(MessageKind kind, const test::Split& split, std::size_t limit = kLimit) {
  HeadReader reader(kind, limit);
  std::string result;
  bool is_lost = false;
  test::feed_parts(split, [&](std::string_view part) {
    ByteView input = as_bytes(part);
    while (!is_lost && !input.empty()) {
      const HeadResult head = reader.read(input);
      if (const auto* complete = std::get_if<CompleteHead>(&head)) {
        result.append("<").append(complete->text).append(">");
      } else if (std::holds_alternative<NotHttp>(head)) {
        is_lost = true;
      } else {
        CHECK(input.empty());
      }
    }
  });
  if (is_lost) return result + "not http";
  return result + (reader.is_mid_head() ? "mid" : "");
}

struct Row {
  std::string_view name;
  std::string bytes;
  std::string expected;
};

void check(MessageKind kind, const Row& row) {
  CAPTURE(row.name);
  test::at_every_split(row.bytes, [&](const test::Split& split) {
    CAPTURE(split.name);
    CHECK(read(kind, split) == row.expected);
  });
}

TEST_CASE("a request's head is read from its start line to its empty line, at every split") {
  const auto rows = std::to_array<Row>({
      {"a head", "GET / HTTP/1.1\r\nA: 1\r\n\r\n", "<GET / HTTP/1.1\r\nA: 1\r\n\r\n>"},
      {"a head without fields", "GET / HTTP/1.1\r\n\r\n", "<GET / HTTP/1.1\r\n\r\n>"},
      {"LF alone", "GET / HTTP/1.1\nA: 1\n\n", "<GET / HTTP/1.1\nA: 1\n\n>"},
      {"LF, then CRLF", "GET / HTTP/1.1\nA: 1\n\r\n", "<GET / HTTP/1.1\nA: 1\n\r\n>"},
      {"CRLF, then LF", "GET / HTTP/1.1\r\nA: 1\r\n\n", "<GET / HTTP/1.1\r\nA: 1\r\n\n>"},
      {"two heads", "GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n",
       "<GET /1 HTTP/1.1\r\n\r\n><GET /2 HTTP/1.1\r\n\r\n>"},
      {"empty lines before (RFC 9112 section 2.2)", "\r\n\n\r\nGET / HTTP/1.1\r\n\r\n",
       "<GET / HTTP/1.1\r\n\r\n>"},
      {"only empty lines", "\r\n\r\n", ""},
      {"an unfinished head", "GET / HTTP/1.1\r\nA: 1\r\n", "mid"},
      {"an unfinished method", "GE", "mid"},
      {"TLS", "\x16\x03\x01", "not http"},
      {"a blank first", " GET / HTTP/1.1\r\n\r\n", "not http"},
      {"HTTP/0.9", "GET /\r\n", "not http"},
      {"another protocol", "EHLO example\r\n", "not http"},
      {"a PROXY header", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", "not http"},
      {"a method of 32 letters", std::string(32, 'M') + " / HTTP/1.1\r\n\r\n",
       "<" + std::string(32, 'M') + " / HTTP/1.1\r\n\r\n>"},
      {"a method of 33 letters", std::string(33, 'M'), "not http"},
      {"a head at the limit", "GET / HTTP/1.1\r\nA: " + std::string(105, 'x') + "\r\n\r\n",
       "<GET / HTTP/1.1\r\nA: " + std::string(105, 'x') + "\r\n\r\n>"},
      {"a head over the limit", "GET / HTTP/1.1\r\nA: " + std::string(106, 'x') + "\r\n\r\n",
       "not http"},
      {"a start line over the limit", "GET /" + std::string(200, 'x'), "not http"},
  });
  for (const Row& row : rows) check(MessageKind::request, row);
}

TEST_CASE("a response's head is read likewise, and begins with HTTP/") {
  const auto rows = std::to_array<Row>({
      {"a head", "HTTP/1.1 200 OK\r\nA: 1\r\n\r\n", "<HTTP/1.1 200 OK\r\nA: 1\r\n\r\n>"},
      {"LF alone", "HTTP/1.1 200 OK\nA: 1\n\n", "<HTTP/1.1 200 OK\nA: 1\n\n>"},
      {"empty lines before", "\r\nHTTP/1.1 200 OK\r\n\r\n", "<HTTP/1.1 200 OK\r\n\r\n>"},
      {"an unfinished start", "HTT", "mid"},
      {"a greeting of another protocol", "SSH-2.0-OpenSSH_9.2\r\n", "not http"},
      {"a WebSocket frame", "\x81\x05Hello", "not http"},
      {"a head over the limit", "HTTP/1.1 200 " + std::string(116, 'x'), "not http"},
  });
  for (const Row& row : rows) check(MessageKind::response, row);
}

TEST_CASE("a stream that can be no head is known as soon as the bytes allow") {
  const auto is_lost_after = [](MessageKind kind, std::string_view bytes) {
    HeadReader reader(kind, kLimit);
    ByteView input = as_bytes(bytes);
    return std::holds_alternative<NotHttp>(reader.read(input));
  };
  CHECK(is_lost_after(MessageKind::request, "\x16"));
  CHECK(is_lost_after(MessageKind::response, "S"));
  CHECK(is_lost_after(MessageKind::request, "GET /\n"));
  CHECK_FALSE(is_lost_after(MessageKind::request, "GET /"));
}

TEST_CASE("a head over the limit is told from what is no head, at every split") {
  struct LostRow {
    std::string_view name;
    std::string bytes;
    bool is_too_long;
  };
  const auto rows = std::to_array<LostRow>({
      {"fields over the limit", "GET / HTTP/1.1\r\nA: " + std::string(200, 'x'), true},
      {"a start line over the limit", "GET /" + std::string(200, 'x'), true},
      {"TLS", "\x16\x03\x01" + std::string(200, 'x'), false},
      {"HTTP/0.9", "GET /\r\n" + std::string(200, 'x'), false},
  });
  for (const LostRow& row : rows) {
    CAPTURE(row.name);
    test::at_every_split(row.bytes, [&](const test::Split& split) {
      CAPTURE(split.name);
      HeadReader reader(MessageKind::request, kLimit);
      std::optional<NotHttp> lost;
      test::feed_parts(split, [&](std::string_view part) {
        ByteView input = as_bytes(part);
        if (lost) return;
        const HeadResult result = reader.read(input);
        if (const auto* not_http = std::get_if<NotHttp>(&result)) lost = *not_http;
      });
      REQUIRE(lost);
      CHECK(lost->is_too_long == row.is_too_long);
    });
  }
}

TEST_CASE("what lies behind a head stays in the input") {
  HeadReader reader(MessageKind::response, kLimit);
  const std::string bytes = "HTTP/1.1 101 x\r\n\r\n\x81";
  ByteView input = as_bytes(std::string_view(bytes).substr(0, 5));
  CHECK(std::holds_alternative<NeedMore>(reader.read(input)));
  input = as_bytes(std::string_view(bytes).substr(5));
  CHECK(std::holds_alternative<CompleteHead>(reader.read(input)));
  CHECK(as_text(input) == "\x81");
}

}  // namespace
}  // namespace lastframe::http
