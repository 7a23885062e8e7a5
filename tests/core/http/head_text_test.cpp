#include "core/http/head_text.h"

#include <doctest/doctest.h>

#include <string>

using namespace lastframe;

TEST_CASE("a version is written as people say it") {
  CHECK(http::version_text(10) == "1.0");
  CHECK(http::version_text(11) == "1.1");
  CHECK(http::version_text(20) == "2");
  CHECK_FALSE(http::is_http2(11));
  CHECK(http::is_http2(20));
}

TEST_CASE("a head is read as it was written") {
  const std::string text = "HTTP/1.1 403 no\r\nServer: x\r\nVia: 1.1 a\r\nVia: 1.1 b\r\n\r\n";
  const auto head = http::parse_response_head(text);
  REQUIRE(head);
  CHECK(http::head_text("HTTP/1.1 403 no", head->fields) == text);
  CHECK(http::head_text("GET / HTTP/1.1", http::Fields({})) == "GET / HTTP/1.1\r\n\r\n");
}
