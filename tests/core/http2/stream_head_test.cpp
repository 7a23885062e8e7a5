#include "core/http2/stream_head.h"

#include <doctest/doctest.h>

#include <string>

#include "core/http/head.h"

using namespace lastframe;
using http2::StreamHead;

namespace {

StreamHead request() {
  StreamHead head;
  head.add(":method", "CONNECT");
  head.add(":protocol", "websocket");
  head.add(":path", "/chat?a=b");
  head.add(":authority", "chat.example");
  return head;
}

}  // namespace

TEST_CASE("a request is written as HTTP/1.x would") {
  StreamHead head = request();
  head.add("cookie", "a=1");
  head.add("origin", "https://chat.example");
  head.add("cookie", "b=2");
  CHECK(head.asks_for_websocket());
  CHECK(head.request_text() ==
        "CONNECT /chat?a=b HTTP/2.0\r\nhost: chat.example\r\norigin: https://chat.example\r\n"
        "cookie: a=1; b=2\r\n\r\n");
}

TEST_CASE("a host that says the same is not written twice, another is") {
  StreamHead same = request();
  same.add("host", "chat.example");
  CHECK(same.request_text() == request().request_text());
  StreamHead other = request();
  other.add("host", "elsewhere.example");
  const std::string text = other.request_text();
  const auto head = http::parse_request_head(text);
  REQUIRE(head);
  CHECK(head->fields.joined("host") == "chat.example, elsewhere.example");
}

TEST_CASE("only an extended CONNECT for a WebSocket asks for one") {
  StreamHead get;
  get.add(":method", "GET");
  get.add(":protocol", "websocket");
  CHECK_FALSE(get.asks_for_websocket());
  StreamHead tunnel;
  tunnel.add(":method", "CONNECT");
  CHECK_FALSE(tunnel.asks_for_websocket());
  tunnel.add(":protocol", "connect-udp");
  CHECK_FALSE(tunnel.asks_for_websocket());
  StreamHead spelt;
  spelt.add(":method", "CONNECT");
  spelt.add(":protocol", "WebSocket");
  CHECK(spelt.asks_for_websocket());
}

TEST_CASE("an answer has its status, a word that is none is 000") {
  StreamHead head;
  head.add(":status", "200");
  head.add("server", "x");
  CHECK(head.response_text() == "HTTP/2.0 200\r\nserver: x\r\n\r\n");
  CHECK_FALSE(head.is_interim());
  StreamHead wrong;
  wrong.add(":status", "20\r");
  CHECK(wrong.response_text() == "HTTP/2.0 000\r\n\r\n");
}

TEST_CASE("no name and no value begins a line of its own") {
  StreamHead head;
  head.add(":method", "CONNECT");
  head.add(":path", "/a b\r\nX: y");
  head.add("name: with\r\ncolon", std::string("value\r\n\r\nwith\0zero", 18));
  const std::string text = head.request_text();
  CHECK(text == "CONNECT /a_b__X:_y HTTP/2.0\r\nname_ with  colon: value    with zero\r\n\r\n");
}

TEST_CASE("a head is too long beyond 64 KiB, and takes no more memory than that") {
  StreamHead head = request();
  for (int i = 0; i < 100; ++i) head.add("x", std::string(1024, 'y'));
  CHECK(head.is_too_long());
  CHECK(head.request_text().size() < 66 * 1024);
}
