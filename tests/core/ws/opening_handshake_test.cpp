#include "core/ws/opening_handshake.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <string_view>

namespace lastframe::ws {
namespace {

// RFC 6455 section 1.3.
constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view kAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

HandshakeOffer offer(std::optional<std::string> subprotocols = {},
                     std::optional<std::string> extensions = {}) {
  return {.key = std::string(kKey),
          .subprotocols = std::move(subprotocols),
          .extensions = std::move(extensions)};
}

bool takes(const std::string& head, const HandshakeOffer& asked) {
  const auto response = http::parse_response_head(head);
  REQUIRE(response);
  return is_acceptable(*response, asked);
}

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

// RFC 6455 section 4.1, the numbered steps of "Once the client's opening handshake has been sent".
TEST_CASE("a client takes a 101 that obeys every step, and no other") {
  const std::string good =
      "Upgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
  const HandshakeOffer chat =
      offer("chat, superchat", "permessage-deflate; client_max_window_bits");
  struct Row {
    std::string_view name;
    std::string status;
    std::string fields;
    bool is_taken;
  };
  const auto rows = std::to_array<Row>({
      {"the example", "101", good, true},
      {"step 1: another status", "200", good, false},
      {"step 2: no Upgrade", "101",
       "Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", false},
      {"step 2: Upgrade in any case", "101",
       "upgrade: WebSocket\r\nConnection: upgrade\r\n"
       "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
       true},
      {"step 2: Upgrade to something else", "101",
       "Upgrade: h2c\r\nConnection: Upgrade\r\n"
       "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
       false},
      {"step 2: the value is to match websocket, not to contain it", "101",
       "Upgrade: websocket, h2c\r\nConnection: Upgrade\r\n"
       "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
       false},
      {"step 2: Upgrade twice", "101", "Upgrade: websocket\r\n" + good, false},
      {"step 3: no Connection", "101",
       "Upgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", false},
      {"step 3: Connection contains the token", "101",
       "Upgrade: websocket\r\nConnection: keep-alive, uPgRaDe\r\n"
       "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
       true},
      {"step 3: Connection without the token", "101",
       "Upgrade: websocket\r\nConnection: keep-alive\r\n"
       "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
       false},
      {"step 4: no Accept", "101", "Upgrade: websocket\r\nConnection: Upgrade\r\n", false},
      {"step 4: wrong Accept", "101",
       "Upgrade: websocket\r\nConnection: Upgrade\r\n"
       "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n",
       false},
      {"step 4: Accept in another case is another value", "101",
       "Upgrade: websocket\r\nConnection: Upgrade\r\n"
       "Sec-WebSocket-Accept: S3PPLMBITXAQ9KYGZZHZRBK+XOO=\r\n",
       false},
      {"step 4: white space around it counts for nothing", "101",
       "Upgrade: websocket\r\nConnection: Upgrade\r\n"
       "Sec-WebSocket-Accept: \t s3pPLMBiTxaQ9kYGzzhZRbK+xOo= \t\r\n",
       true},
      {"step 5: an offered extension", "101",
       good + "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n", true},
      {"step 5: an extension that was not offered", "101",
       good + "Sec-WebSocket-Extensions: x-webkit-deflate-frame\r\n", false},
      {"step 5: an offered one and another", "101",
       good + "Sec-WebSocket-Extensions: permessage-deflate, x-other\r\n", false},
      {"step 6: an offered subprotocol", "101", good + "Sec-WebSocket-Protocol: superchat\r\n",
       true},
      {"step 6: a subprotocol that was not offered", "101",
       good + "Sec-WebSocket-Protocol: mqtt\r\n", false},
      {"step 6: in another case it is another subprotocol", "101",
       good + "Sec-WebSocket-Protocol: Chat\r\n", false},
      {"step 6: two subprotocols", "101", good + "Sec-WebSocket-Protocol: chat, superchat\r\n",
       false},
  });
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(takes("HTTP/1.1 " + row.status + " x\r\n" + row.fields + "\r\n", chat) == row.is_taken);
  }
}

TEST_CASE("a client that offered nothing takes nothing") {
  const std::string head =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
  CHECK(takes(head + "\r\n", offer()));
  CHECK_FALSE(takes(head + "Sec-WebSocket-Protocol: chat\r\n\r\n", offer()));
  CHECK_FALSE(takes(head + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n", offer()));
}

}  // namespace
}  // namespace lastframe::ws
