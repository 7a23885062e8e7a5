#include "core/ws/opening_handshake.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace lastframe::ws {
namespace {

// RFC 6455 section 1.3.
constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view kAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

TEST_CASE("the accept value of RFC 6455 section 1.3 comes out") {
  CHECK(accept_value(kKey) == kAccept);
}

TEST_CASE("every key has an accept value of 28 characters, an empty one and a huge one too") {
  for (const std::size_t size : {0u, 1u, 24u, 65536u}) {
    CAPTURE(size);
    CHECK(accept_value(std::string(size, 'k')).size() == 28);
  }
}

TEST_CASE("what a client offers is read from its request") {
  const std::string head =
      "GET /chat HTTP/1.1\r\nsec-websocket-key:  dGhlIHNhbXBsZSBub25jZQ== \r\n"
      "Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: superchat\r\n"
      "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
  const auto request = http::parse_request_head(head);
  REQUIRE(request);
  const HandshakeOffer asked = offer_of(*request);
  CHECK(asked.key == kKey);
  CHECK(asked.subprotocols == "chat, superchat");
  CHECK(asked.extensions == "permessage-deflate");
}

TEST_CASE("a request that offers nothing gives an offer of nothing") {
  const auto request = http::parse_request_head("GET / HTTP/1.1\r\n\r\n");
  REQUIRE(request);
  const HandshakeOffer asked = offer_of(*request);
  CHECK(asked.key.empty());
  CHECK_FALSE(asked.subprotocols);
  CHECK_FALSE(asked.extensions);
}

}  // namespace
}  // namespace lastframe::ws
