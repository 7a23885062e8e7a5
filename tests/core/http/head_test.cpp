#include "core/http/head.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "support/seeds.h"

namespace lastframe::http {
namespace {

// "name=value" for each field, one a line.
std::string shape(const Fields& fields) {
  std::string text;
  for (const Field& field : fields.all()) {
    text.append(field.name).append("=").append(field.value).append("\n");
  }
  return text;
}

TEST_CASE("a request line has a method, a target and a version (RFC 9112 section 3)") {
  struct Row {
    std::string_view head;
    std::string_view method;  // empty: no request line
    std::string_view target;
    unsigned version;
  };
  constexpr auto kRows = std::to_array<Row>({
      {"GET /chat HTTP/1.1\r\n\r\n", "GET", "/chat", 11},
      {"GET /chat HTTP/1.1\n\n", "GET", "/chat", 11},
      {"GET /chat HTTP/1.0\r\n\r\n", "GET", "/chat", 10},
      {"CONNECT a.example:443 HTTP/1.1\r\n\r\n", "CONNECT", "a.example:443", 11},
      {"PRI * HTTP/2.0\r\n\r\n", "PRI", "*", 20},
      {"GET  /two  spaces  HTTP/1.1\r\n\r\n", "GET", "/two  spaces", 11},
      {"GET / HTTP/1.1 \r\n\r\n", "GET", "/", 11},
      {"GET HTTP/1.1\r\n\r\n", "", "", 0},
      {"GET /\r\n\r\n", "", "", 0},
      {"GET / HTTP/11\r\n\r\n", "", "", 0},
      {"GET / HTTP/1.x\r\n\r\n", "", "", 0},
      {"GET / http/1.1\r\n\r\n", "", "", 0},
      {"GET / HTTP/1.1x\r\n\r\n", "", "", 0},
      {"\r\n", "", "", 0},
      {"", "", "", 0},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.head);
    const auto request = parse_request_head(row.head);
    CHECK(request.has_value() == !row.method.empty());
    if (!request) continue;
    CHECK(request->method == row.method);
    CHECK(request->target == row.target);
    CHECK(request->version == row.version);
    CHECK(request->fields.all().empty());
  }
}

TEST_CASE("a status line has a version and three digits; its reason may be missing") {
  struct Row {
    std::string_view head;
    unsigned status;  // 0: no status line
    unsigned version;
  };
  constexpr auto kRows = std::to_array<Row>({
      {"HTTP/1.1 101 Switching Protocols\r\n\r\n", 101, 11},
      {"HTTP/1.1 200 \r\n\r\n", 200, 11},
      {"HTTP/1.1 200\r\n\r\n", 200, 11},
      {"HTTP/1.1 200\n\n", 200, 11},
      {"HTTP/1.0 999 odd\r\n\r\n", 999, 10},
      {"HTTP/1.1 20\r\n\r\n", 0, 0},
      {"HTTP/1.1 2000 x\r\n\r\n", 0, 0},
      {"HTTP/1.1 2x0 x\r\n\r\n", 0, 0},
      {"HTTP/1.1\r\n\r\n", 0, 0},
      {"HTTP/1.1 \r\n\r\n", 0, 0},
      {"HTTP/1.1-200 OK\r\n\r\n", 0, 0},
      {"ICY 200 OK\r\n\r\n", 0, 0},
      {"HTTP", 0, 0},
      {"", 0, 0},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.head);
    const auto response = parse_response_head(row.head);
    CHECK(response.has_value() == (row.status != 0));
    if (!response) continue;
    CHECK(response->status == row.status);
    CHECK(response->version == row.version);
  }
}

TEST_CASE("fields are read as real servers read them (RFC 9112 section 5)") {
  struct Row {
    std::string_view name;
    std::string_view lines;
    std::string_view shape;
  };
  constexpr auto kRows = std::to_array<Row>({
      {"none", "", ""},
      {"white space around the value", "A: 1 \t\r\nB:2\r\n", "A=1\nB=2\n"},
      {"line ends of both kinds", "A: 1\nB: 2\r\n", "A=1\nB=2\n"},
      {"an empty value", "A:\r\nB: \r\n", "A=\nB=\n"},
      {"a colon in the value", "Host: [::1]:80\r\n", "Host=[::1]:80\n"},
      {"white space before the colon", "A : 1\r\n", "A=1\n"},
      {"no colon", "A\r\nB: 2\r\n", "A=\nB=2\n"},
      {"no name", ": 1\r\n", "=1\n"},
      {"section 5.2: a folded value", "A: 1,\r\n  2\r\nB: 3\r\n", "A=1,\r\n  2\nB=3\n"},
      {"section 5.2: a value that begins on the next line", "A:\r\n\t1\r\n", "A=1\n"},
      {"section 5.2: a fold of nothing", "A: 1\r\n \r\nB: 2\r\n", "A=1\nB=2\n"},
      {"a fold before the first field", " A: 1\r\nB: 2\r\n", "A=1\nB=2\n"},
      {"a line without an end", "A: 1\r\nB: 2", "A=1\nB=2\n"},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    const std::string tail = std::string(row.lines) + (row.lines.ends_with("2") ? "" : "\r\n");
    const std::string request_text = "GET / HTTP/1.1\r\n" + tail;
    const auto request = parse_request_head(request_text);
    REQUIRE(request);
    CHECK(shape(request->fields) == row.shape);
    const std::string response_text = "HTTP/1.1 200 OK\r\n" + tail;
    const auto response = parse_response_head(response_text);
    REQUIRE(response);
    CHECK(shape(response->fields) == row.shape);
  }
}

TEST_CASE("a field folded over many blank lines costs no more than its length") {
  // The square of this length would take minutes at -O0.
  std::string head = "GET / HTTP/1.1\r\nA: 1";
  for (int i = 0; i < 500'000; ++i) head += "\r\n ";
  head += "2\r\nB:\r\n \r\n\t3\r\n\r\n";
  const auto request = parse_request_head(head);
  REQUIRE(request);
  CHECK(request->fields.all().size() == 2);
  CHECK(request->fields.first("A")->size() == 1 + 3 * 500'000 + 1);
  CHECK(request->fields.first("B") == "3");
}

TEST_CASE("nothing behind the empty line is a field") {
  const auto request = parse_request_head("GET / HTTP/1.1\r\nA: 1\r\n\r\nB: 2\r\n");
  REQUIRE(request);
  CHECK(shape(request->fields) == "A=1\n");
}

TEST_CASE("a field is found by its name in any case, and its values as one list") {
  const Fields fields({{"Upgrade", "websocket"},
                       {"connection", "keep-alive, Upgrade"},
                       {"CONNECTION", "x"},
                       {"Empty", ""}});
  CHECK(fields.first("Connection") == "keep-alive, Upgrade");
  CHECK(fields.joined("Connection") == "keep-alive, Upgrade, x");
  CHECK(fields.joined("Empty") == "");
  CHECK_FALSE(fields.first("Host"));
  CHECK_FALSE(fields.joined("Host"));
  CHECK(fields.has_token("upgrade", "WebSocket"));
  CHECK(fields.has_token("Connection", "upgrade"));
  CHECK(fields.has_token("Connection", "X"));
  CHECK_FALSE(fields.has_token("Connection", "keep"));
  CHECK_FALSE(fields.has_token("Empty", ""));
  CHECK_FALSE(fields.has_token("Host", "x"));
}

TEST_CASE("a list is cut at its commas (RFC 9110 section 5.6.1)") {
  struct Row {
    std::string_view value;
    std::vector<std::string_view> elements;
  };
  const auto rows = std::to_array<Row>({
      {"", {}},
      {" , ,, ", {}},
      {"a", {"a"}},
      {"a,b", {"a", "b"}},
      {" a , b ,", {"a", "b"}},
      {R"("a,b", c)", {R"("a,b")", "c"}},
      {R"("a\",b", c)", {R"("a\",b")", "c"}},
      {R"("never, ends)", {R"("never, ends)"}},
      {R"("a\)", {R"("a\)"}},
      {R"(a\,b)", {R"(a\)", "b"}},
  });
  for (const Row& row : rows) {
    CAPTURE(row.value);
    CHECK(list_elements(row.value) == row.elements);
  }
}

TEST_CASE("letters count the same in both cases, and only letters of ASCII do") {
  CHECK(equal_ignoring_case("WebSocket", "websocket"));
  CHECK_FALSE(equal_ignoring_case("websocket", "websockets"));
  CHECK_FALSE(equal_ignoring_case("\xC3\x84", "\xC3\xA4"));
  CHECK_FALSE(equal_ignoring_case("@[", "`{"));
  CHECK(less_ignoring_case("Abc", "abd"));
  CHECK_FALSE(less_ignoring_case("abd", "ABC"));
  CHECK_FALSE(less_ignoring_case("aBc", "AbC"));
}

TEST_CASE("a token has the characters of RFC 9110 section 5.6.2, and one at least") {
  constexpr std::string_view kToken =
      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (int value = 0; value < 256; ++value) {
    CAPTURE(value);
    const char c = static_cast<char>(value);
    CHECK(is_token_character(c) == (kToken.find(c) != std::string_view::npos));
    CHECK(is_token(std::string("a") + c) == is_token_character(c));
  }
  CHECK_FALSE(is_token(""));
}

TEST_CASE("white space is cut off both ends only") {
  CHECK(trimmed(" \t\r\n a b\r\n") == "a b");
  CHECK(trimmed(" \t ").empty());
  CHECK(trimmed("").empty());
}

TEST_CASE("property: every byte string has a reading or none, and fields lie inside of it") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  constexpr std::string_view kAlphabet = "\r\n :,;\"\\\tAz0HTTP/1.1 200\xFF";
  for (int run = 0; run < 5000; ++run) {
    CAPTURE(run);
    std::string head = test::once_in(random, 2) ? "GET / HTTP/1.1\r\n" : "HTTP/1.1 101 x\r\n";
    for (unsigned size = test::below(random, 60); size > 0; --size) {
      head += kAlphabet[test::below(random, static_cast<unsigned>(kAlphabet.size()))];
    }
    const auto request = parse_request_head(head);
    const auto response = parse_response_head(head);
    REQUIRE((request || response));
    for (const Field& field : (request ? request->fields : response->fields).all()) {
      for (const std::string_view view : {field.name, field.value}) {
        CHECK(view.data() >= head.data());
        CHECK(view.data() + view.size() <= head.data() + head.size());
        CHECK(trimmed(view) == view);
        list_elements(view);
      }
    }
  }
}

}  // namespace
}  // namespace lastframe::http
