#include "probe/target.h"

#include <doctest/doctest.h>

#include <array>
#include <string>

using namespace lastframe;
using namespace lastframe::probe;

TEST_CASE("a URL is an address, a Host field and a request (RFC 6455 section 3)") {
  struct Row {
    const char* url;
    net::Address address;
    bool is_tls;
    const char* host;
    const char* request;
  };
  for (const Row& row : {
           Row{"ws://a.example", net::TcpAddress{"a.example", 80}, false, "a.example", "/"},
           Row{"ws://a.example:80/", net::TcpAddress{"a.example", 80}, false, "a.example", "/"},
           Row{"WSS://a.example/x?y=1&z", net::TcpAddress{"a.example", 443}, true, "a.example",
               "/x?y=1&z"},
           Row{"wss://a.example:8443?q", net::TcpAddress{"a.example", 8443}, true, "a.example:8443",
               "/?q"},
           Row{"ws://[::1]:9000/x", net::TcpAddress{"::1", 9000}, false, "[::1]:9000", "/x"},
           Row{"unix:/run/chat.sock", net::UnixPath{"/run/chat.sock"}, false, "localhost", "/"},
           Row{"unix:/run/chat.sock:/a?b", net::UnixPath{"/run/chat.sock"}, false, "localhost",
               "/a?b"},
       }) {
    CAPTURE(row.url);
    const auto target = parse_target(row.url);
    REQUIRE(target.has_value());
    CHECK(target->address == row.address);
    CHECK(target->is_tls == row.is_tls);
    CHECK(target->host == row.host);
    CHECK(target->request == row.request);
  }
}

TEST_CASE("what is no WebSocket URL is refused with what would be right") {
  for (const char* url : {"", "a.example", "http://a.example/", "https://a.example/", "ftp://a",
                          "ws://", "ws://a/#b", "ws://u:p@a/", "ws://a/b c", "ws://a/\x01",
                          "ws://a:99999/", "unix:relative", "unix:/a:/b c"}) {
    CAPTURE(url);
    const auto target = parse_target(url);
    REQUIRE_FALSE(target.has_value());
    CHECK_FALSE(target.error().what.empty());
    CHECK_FALSE(target.error().remedy.empty());
    CHECK_FALSE(target.error().what.contains("u:p"));
  }
}

TEST_CASE("a segment goes behind the path and in front of the query") {
  CHECK(with_segment("/", "glue") == "/glue");
  CHECK(with_segment("/chat", "glue") == "/chat/glue");
  CHECK(with_segment("/chat/?a=/b", "glue") == "/chat/glue?a=/b");
}

TEST_CASE("a target is shown without its secrets") {
  CHECK(shown_url(*parse_target("ws://a.example/chat?EIO=4&token=hunter2")) ==
        "ws://a.example/chat?EIO=4&token=[redacted, 7 bytes]");
}

TEST_CASE("a target reads as its URL") {
  for (const char* url : {"ws://a.example/", "wss://a.example:8443/x?y", "unix:/run/chat.sock",
                          "unix:/run/chat.sock:/a", "ws://[::1]:9000/x"}) {
    CAPTURE(url);
    CHECK(to_text(*parse_target(url)) == url);
  }
}
