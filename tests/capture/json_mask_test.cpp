#include "capture/json_mask.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace lastframe::capture {
namespace {

const std::vector<std::string> kMembers = {"password", "Token"};

std::string masked(std::string_view text, std::size_t part) {
  JsonMask mask(kMembers);
  std::string result(text);
  for (std::size_t at = 0; at < result.size(); at += part) {
    const auto bytes = std::as_writable_bytes(std::span(result));
    mask.apply(bytes.subspan(at, std::min(part, result.size() - at)));
  }
  return result;
}

struct Row {
  std::string_view text;
  std::string_view masked;
};

TEST_CASE("values of the members are hidden at equal length, in whatever parts the text comes") {
  const auto rows = std::to_array<Row>({
      {R"({"password":"hunter2","user":"ann"})", R"({"password":"xxxxxxx","user":"ann"})"},
      {R"({ "token" : "a b" , "n": 1 })", R"({ "token" : "xxx" , "n": 1 })"},
      {R"({"TOKEN":12345,"n":2})", R"({"TOKEN":00000,"n":2})"},
      {R"({"token":-1.5e3})", R"({"token":000000})"},
      {R"({"token":null,"a":true})", R"({"token":0000,"a":true})"},
      {R"({"token":""})", R"({"token":""})"},
      {R"({"token":{"a":"b","c":[1,"d"]},"e":"f"})", R"({"token":{"x":"x","x":[0,"x"]},"e":"f"})"},
      {R"({"token":["a",{"b":2}],"c":"d"})", R"({"token":["x",{"x":0}],"c":"d"})"},
      {R"({"token":"quote \" and \\","c":"d"})", R"({"token":"xxxxxx\xxxxxx\\","c":"d"})"},
      {R"([{"token":1},{"token":2}])", R"([{"token":0},{"token":0}])"},
      {"{\"password\":\"p\xC3\xA4sse\"}", R"({"password":"xxxxxx"})"},
      // Socket.IO and SockJS.
      {R"(42["auth",{"token":"t1"}])", R"(42["auth",{"token":"xx"}])"},
      {R"(a["{\"token\":\"t1\",\"n\":1}"])", R"(a["{\"token\":\"xx\",\"n\":1}"])"},
      {R"(a["{\"token\":\"a\\\"b\",\"n\":1}"])", R"(a["{\"token\":\"x\\\xx\",\"n\":1}"])"},
      {R"(a["{\"token\":7}","{\"password\":[1,2]}"])",
       R"(a["{\"token\":0}","{\"password\":[0,0]}"])"},
      {R"("{\"a\":\"{\\\"token\\\":\\\"deep\\\",\\\"b\\\":1}\"}")",
       R"("{\"a\":\"{\\\"token\\\":\\\"xxxx\\\",\\\"b\\\":1}\"}")"},
      // Quotes that belong to nothing.
      {R"(5" wide, "token":"t1")", R"(5" wide, "token":"xx")"},
      {R"({"a":"b\"c","token":"t1"})", R"({"a":"b\"c","token":"xx"})"},
      {R"({"a":"\\","token":"t1"})", R"({"a":"\\","token":"xx"})"},
  });
  for (const Row& row : rows) {
    CAPTURE(row.text);
    for (const std::size_t part : {1U, 2U, 3U, 7U, 1000U})
      CHECK(masked(row.text, part) == row.masked);
  }
}

TEST_CASE("whatever is no such member stays") {
  for (const std::string_view text :
       {R"({"tokens":"a","token2":"b","_token":"c","a":"token"})", R"(["token","a"])",
        R"({"a":["token"],"b":"c"})", "token: abc", "", R"("token")", R"({"token")", "\"\"\"\"",
        R"({"a":"password\":\"x"})"}) {
    CAPTURE(text);
    CHECK(masked(text, 1) == text);
  }
}

TEST_CASE("a text that ends within a hidden value shows none of it") {
  CHECK(masked(R"({"token":"abc)", 2) == R"({"token":"xxx)");
  CHECK(masked(R"({"token":{"a)", 2) == R"({"token":{"x)");
}

TEST_CASE("names of any length cost bounded memory") {
  std::string text = "{\"" + std::string(1'000'000, 'n') + "\":1,\"token\":2}";
  CHECK(masked(text, 4096).ends_with("\"token\":0}"));
}

}  // namespace
}  // namespace lastframe::capture
