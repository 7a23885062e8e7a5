#include "capture/http1_head.h"

#include <doctest/doctest.h>

using lastframe::capture::http1_head_of;

TEST_CASE("a stream's heads as HTTP/1.1 has them") {
  CHECK(http1_head_of("CONNECT /chat?a=b HTTP/2.0\r\nhost: chat.example\r\norigin: x\r\n\r\n") ==
        "GET /chat?a=b HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nhost: "
        "chat.example\r\n"
        "origin: x\r\n\r\n");
  CHECK(http1_head_of("HTTP/2.0 200\r\nserver: x\r\n\r\n") ==
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nserver: "
        "x\r\n\r\n");
  CHECK(http1_head_of("HTTP/2.0 403\r\n\r\n") == "HTTP/1.1 403\r\n\r\n");
  CHECK(http1_head_of("no head at all") == "no head at all");
}
