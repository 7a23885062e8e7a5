#include "core/ws/stray_text.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/frames.h"
#include "support/hex.h"
#include "support/seeds.h"

namespace lastframe::ws {
namespace {

struct Row {
  std::string_view name;
  std::string bytes;
  std::optional<std::uint64_t> length;
  StrayKind kind;
  std::string_view summary;
};

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const StrayBytes found = recognise(as_bytes(row.bytes), row.length);
    CHECK(name(found.kind) == name(row.kind));
    CHECK(found.summary == row.summary);
    CHECK(found.shown.empty());
  }
}

TEST_CASE("a page is HTML, and only a title that says no more than a status is named") {
  constexpr auto kKind = StrayKind::html;
  check({
      {"the page of nginx",
       "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
       "<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n",
       157, kKind, "an HTML page (502 Bad Gateway) from nginx, 157 bytes"},
      {"the page of HAProxy",
       "<html><body><h1>503 Service Unavailable</h1>\n"
       "No server is available to handle this request.\n</body></html>\n",
       107, kKind, "an HTML page (503 Service Unavailable) from HAProxy, 107 bytes"},
      {"the page of Varnish",
       "<!DOCTYPE html>\n<html>\n  <head>\n    <title>503 Backend fetch failed</title>\n  </head>\n"
       "    <hr>\n    <p>Varnish cache server</p>\n",
       {},
       kKind,
       "an HTML page (503 Backend fetch failed) from Varnish, at least 127 bytes"},
      {"a title in any case",
       "<TITLE>504 GATEWAY TIME-OUT</TITLE>",
       {},
       kKind,
       "an HTML page (504 Gateway Time-out), at least 35 bytes"},
      {"a title that is payload",
       "<html><title>Accounts of Jane Doe</title>",
       {},
       kKind,
       "an HTML page, at least 41 bytes"},
      {"a doctype in any case", "<!DocType HTML>", 15, kKind, "an HTML page, 15 bytes"},
      {"a doctype that is cut", "<!DOC", 5, kKind, "an HTML page, 5 bytes"},
      {"behind blanks", "\n\n <h1>a</h1>", 13, kKind, "an HTML page, 13 bytes"},
      {"XHTML",
       "<?xml version=\"1.0\"?>\n<html xmlns=\"a\">",
       {},
       kKind,
       "an HTML page, at least 38 bytes"},
      {"a page behind a byte order mark",
       "\xEF\xBB\xBF<html>",
       {},
       kKind,
       "a UTF-8 byte order mark in front of an HTML page, at least 6 bytes"},
      {"the rest of a page",
       "1>504 Gateway Time-out</h1></center>\r\n<hr><center>nginx</center>",
       {},
       kKind,
       "the rest of an HTML page from nginx, at least 64 bytes"},
      {"its very end", "enter>\r\n</body>\r\n</html>\r\n", 26, kKind,
       "the rest of an HTML page, 26 bytes"},
  });
  for (const std::string_view other : {"<3 you all, see you there", "<hello> said the other one",
                                       "<html5 is a name of something>"}) {
    CAPTURE(other);
    CHECK(name(recognise(as_bytes(other), {}).kind) == "text");
  }
}

TEST_CASE("JSON without its frame header is recognised as far as it goes") {
  constexpr auto kKind = StrayKind::json;
  const std::string frame = test::frame(Endpoint::server, Opcode::text, "a");
  check({
      {"an object", R"({"a":1,"b":[true,null,-1.5e+3]})", 31, kKind,
       "a JSON object without a frame header, 31 bytes"},
      {"an array", R"(["a", {"b": "\"}"}])", 19, kKind,
       "a JSON array without a frame header, 19 bytes"},
      {"empty ones", "{}", 2, kKind, "a JSON object without a frame header, 2 bytes"},
      {"in front of a frame",
       R"({"a":1})" + frame,
       {},
       kKind,
       "a JSON object without a frame header, 7 bytes, in front of a frame"},
      {"in front of other bytes",
       R"([1,2])" + std::string("\xFE\xFE\xFE"),
       {},
       kKind,
       "a JSON array without a frame header, 5 bytes, in front of other bytes"},
      {"with a line end behind it", "{\"a\":1}\r\n", 9, kKind,
       "a JSON object without a frame header, 9 bytes"},
      {"cut by the window", "{\"a\":\"" + std::string(506, 'x'), 9000, kKind,
       "a JSON object without a frame header, 9000 bytes"},
      {"its first two bytes",
       "[\"",
       {},
       kKind,
       "a JSON array without a frame header, at least 2 bytes"},
      {"behind a byte order mark", "\xEF\xBB\xBF{\"a\":1}", 10, kKind,
       "a UTF-8 byte order mark in front of a JSON object without a frame header, 7 bytes"},
      {"Socket.IO", R"(42["event",{"a":1}])", 19, kKind,
       "a Socket.IO packet without a frame header, 19 bytes"},
      {"Socket.IO with a namespace and an acknowledgement", R"(42/admin,7["a"])", 15, kKind,
       "a Socket.IO packet without a frame header, 15 bytes"},
      {"Engine.IO", R"(0{"sid":"x","upgrades":[]})", 26, kKind,
       "an Engine.IO open packet without a frame header, 26 bytes"},
      {"SockJS", R"(a["hello"])", 10, kKind,
       "a SockJS message frame without a frame header, 10 bytes"},
      {"the middle of a text", R"(alue","next":[{"a":1},{"a":2}]})", 31, kKind,
       "part of a JSON text without a frame header, 31 bytes"},
  });
  for (const std::string_view other :
       {"{curly braces in a plain text}", "[see the note on page four]", "[\x01\x02", "{\"\x01"}) {
    CAPTURE(other);
    CHECK(name(recognise(as_bytes(other), {}).kind) != "json");
  }
}

TEST_CASE("text is recognised, and it is said where that is not sure") {
  constexpr auto kKind = StrayKind::text;
  check({
      {"prose", "Hello there, how are you?", 25, kKind, "text without a frame header, 25 bytes"},
      {"a word", "hello", 5, kKind, "what may be text without a frame header, 5 bytes"},
      {"no word", "x1", 2, StrayKind::unknown, "2 bytes that look like no known protocol"},
      {"Cyrillic",
       "\u0421\u044A\u0435\u0448\u044C \u0436\u0435 \u0435\u0449\u0451 \u044D\u0442\u0438\u0445 "
       "\u043C\u044F\u0433\u043A\u0438\u0445 \u0444\u0440\u0430\u043D\u0446\u0443\u0437\u0441\u043A"
       "\u0438\u0445 \u0431\u0443\u043B\u043E\u043A, \u0434\u0430 \u0432\u044B\u043F\u0435\u0439 "
       "\u0447\u0430\u044E",
       {},
       kKind,
       "text without a frame header, at least 102 bytes"},
      {"Japanese",
       "\u3044\u308D\u306F\u306B\u307B\u3078\u3068\u3061\u308A\u306C\u308B\u3092",
       {},
       kKind,
       "text without a frame header, at least 36 bytes"},
      {"in front of other bytes",
       "something to read here" + std::string(40, '\xFE'),
       {},
       kKind,
       "text without a frame header, about 22 bytes, in front of other bytes"},
      {"behind a damaged header: RSV1, and an opcode that is reserved",
       std::string("\xC1\x7E\x01\x2C", 4) + std::string(300, 'a'), 304, StrayKind::unknown,
       "304 bytes that look like no known protocol"},
      {"behind another one", std::string("\x83\x7E\x01\x2C", 4) + std::string(300, 'a'), 304,
       StrayKind::unknown, "304 bytes that look like no known protocol"},
      {"fewer letters than a header has bytes",
       std::string(14, 'a') + "\xFE" + std::string(40, 'a'), 55, StrayKind::unknown,
       "55 bytes that look like no known protocol"},
      {"as many letters as no header has",
       std::string(15, 'a') + "\xFE" + std::string(40, 'a'),
       {},
       kKind,
       "text without a frame header, about 15 bytes, in front of other bytes"},
      {"XML",
       "<?xml version=\"1.0\"?><Error><Code>x</Code></Error>",
       {},
       kKind,
       "an XML document, at least 50 bytes"},
      {"a byte order mark", "\xEF\xBB\xBFhello there", 14, kKind,
       "a UTF-8 byte order mark in front of text without a frame header, 11 bytes"},
      {"a byte order mark alone", "\xEF\xBB\xBF", 3, kKind,
       "a UTF-8 byte order mark in front of no bytes"},
      {"the message of Envoy",
       "upstream connect error or disconnect/reset before headers. reset reason: overflow", 81,
       kKind, "a message of Envoy that it cannot reach its upstream, 81 bytes"},
  });
}

// The header promises that the model's probabilities sum up to less than one: then the ratio bounds
// how often noise passes for text.
TEST_CASE("the weights of all bytes are those of a probability") {
  // What stands behind a byte lifts the ratio to its height again, so that its weight is seen also
  // where it is below zero.
  const std::string lift(10, 'a');
  const auto probability = [&](const std::string& before) {
    double sum = 0;
    for (unsigned byte = 0; byte < 256; ++byte) {
      const bool is_inside = before.back() == '\xD0';
      const std::size_t more = is_inside || byte < 0xC2 || byte > 0xF4 ? 0
                               : byte < 0xE0                           ? 1
                               : byte < 0xF0                           ? 2
                                                                       : 3;
      const std::string rest = std::string(more, '\x80') + lift;
      const std::string bytes = before + static_cast<char>(byte) + rest;
      const int weight = text_run(bytes).half_bits - text_run("aaaa").half_bits -
                         (is_inside ? -2 : 0) - 3 * static_cast<int>(more) -
                         text_run(lift).half_bits;
      sum += std::pow(2.0, weight / 2.0) / 256;
    }
    return sum;
  };
  CHECK(probability("aaaa") == doctest::Approx(0.988).epsilon(0.001));
  CHECK(probability("aaaa\xD0") == doctest::Approx(0.719).epsilon(0.001));
}

TEST_CASE("property: noise of each size is seldom called text, and never surely") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (const std::size_t size : {8u, 64u, 512u}) {
    CAPTURE(size);
    constexpr int kRuns = 40000;
    int perhaps = 0;
    int surely = 0;
    for (int run = 0; run < kRuns; ++run) {
      const int half_bits = text_run(test::random_bytes(random, size)).half_bits;
      perhaps += half_bits >= kPerhapsText ? 1 : 0;
      surely += half_bits >= kSurelyText ? 1 : 0;
    }
    CHECK(perhaps <= kRuns / 1000 + 15);
    CHECK(surely <= 1);
  }
}

}  // namespace
}  // namespace lastframe::ws
