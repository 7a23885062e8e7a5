#include "core/catalogue/recognition.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace lastframe::catalogue {
namespace {

using Where = Sign::Where;

ProductRow product(std::string id, Role role, std::vector<Sign> signs) {
  ProductRow row;
  row.id = std::move(id);
  row.role = role;
  row.signs = std::move(signs);
  return row;
}

// Sorted by id, as a catalogue is.
Catalogue some_products() {
  Catalogue rows;
  rows.products = {
      product("alb", Role::proxy, {{Where::request_header, "x-amzn-trace-id", ""}}),
      product("engine_io", Role::server, {{Where::path, "", "/socket.io/"}}),
      product("hosted", Role::service, {{Where::host, "", ".example.com"}}),
      product("nginx", Role::proxy, {{Where::response_header, "server", "nginx"}}),
      product("openresty", Role::proxy,
              {{Where::response_header, "server", "openresty"},
               {Where::response_header, "x-powered-by", "openresty"}}),
      product("python_websockets", Role::client,
              {{Where::request_header, "user-agent", "Python/"},
               {Where::request_header, "user-agent", "websockets/"}}),
  };
  return rows;
}

std::string in_request(const Recognition& known, const std::string& fields) {
  const std::string head = "GET / HTTP/1.1\r\n" + fields + "\r\n";
  return known.products_in(*http::parse_request_head(head));
}

std::string in_response(const Recognition& known, const std::string& fields) {
  const std::string head = "HTTP/1.1 101 x\r\n" + fields + "\r\n";
  return known.products_in(*http::parse_response_head(head));
}

// Positions as they are packed.
std::string places(std::initializer_list<unsigned> products) {
  std::string packed;
  for (const unsigned place : products) {
    packed += static_cast<char>(place >> 8);
    packed += static_cast<char>(place & 0xFF);
  }
  return packed;
}

TEST_CASE("a sign fits a text as its place demands") {
  struct Row {
    Sign sign;
    std::string_view text;
    bool fits;
  };
  const std::vector<Row> rows{
      {{Where::response_header, "server", "nginx"}, "NGINX/1.22.1", true},
      {{Where::response_header, "server", "nginx"}, "openresty", false},
      {{Where::request_header, "cf-ray", ""}, "", true},
      {{Where::host, "", "gateway.discord.gg"}, "Gateway.Discord.gg:443", true},
      {{Where::host, "", "gateway.discord.gg"}, "a.gateway.discord.gg", false},
      {{Where::host, "", ".example.com"}, "a.example.com:8443", true},
      {{Where::host, "", ".example.com"}, "example.com", false},
      {{Where::host, "", ".example.com"}, ".example.com", false},
      {{Where::host, "", ".example.com"}, "a.example.com.evil.test", false},
      {{Where::host, "", "[::1]"}, "[::1]:80", true},
      {{Where::host, "", "[::1]"}, "[::1]", true},
      {{Where::host, "", ""}, "", false},
      {{Where::path, "", "/socket.io/"}, "/socket.io/?EIO=4", true},
      {{Where::path, "", "/socket.io/"}, "/socket.io", false},
      {{Where::path, "", "/socket.io/"}, "/Socket.io/", false},
      {{Where::subprotocol, "", "mqtt"}, "mqtt", true},
      {{Where::subprotocol, "", "mqtt"}, "mqttv3.1", false},
      {{Where::subprotocol, "", "v1*"}, "v12.stomp", true},
      {{Where::subprotocol, "", "v1*"}, "v1", true},
      {{Where::subprotocol, "", "v1*"}, "v2", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.sign.value);
    CAPTURE(row.text);
    CHECK(matches(row.sign, row.text) == row.fits);
  }
}

TEST_CASE("products are recognised by the headers of a request or of its answer") {
  const Catalogue rows = some_products();
  const Recognition known(rows);
  CHECK(in_request(known, "Host: a\r\nUser-Agent: Mozilla/5.0\r\n") == "");
  CHECK(in_request(known, "X-AMZN-Trace-ID: Root=1\r\n") == places({0}));
  CHECK(in_request(known, "User-Agent: Python/3.11 websockets/10.4\r\nx-amzn-trace-id:\r\n") ==
        places({0, 5}));
  CHECK(in_response(known, "Server: nginx/1.22.1\r\n") == places({3}));
  CHECK(in_response(known, "Server: OpenResty\r\nX-Powered-By: openresty\r\n") == places({4}));
  // A header counts on its own side only.
  CHECK(in_request(known, "Server: nginx\r\n") == "");
  CHECK(in_response(known, "X-Amzn-Trace-Id: Root=1\r\n") == "");
  CHECK(in_response(known, "no colon\r\n: empty\r\n") == "");
}

TEST_CASE("a place above 255 is told in two bytes, and no more than 16 products are") {
  Catalogue rows;
  for (int i = 0; i < 300; ++i) {
    rows.products.push_back(
        product(std::to_string(1000 + i), Role::proxy,
                {{Where::response_header, i < 290 ? "x-none" : "server", i < 290 ? "z" : "a"}}));
  }
  const Recognition known(rows);
  const std::string packed = in_response(known, "Server: a\r\n");
  CHECK(packed.size() == 20);
  CHECK(packed.substr(0, 2) == places({290}));
  CHECK(in_response(known, "x-none: z\r\n").size() == 2 * Recognition::kMostProducts);
  HandshakeWords words;
  words.response_products = packed;
  CHECK(path_knowledge(rows, words).behind.size() == 10);
  CHECK(path_knowledge(rows, words).behind.front() == &rows.products[290]);
}

TEST_CASE("of a header's value the first 512 bytes are looked at") {
  const Catalogue rows = some_products();
  const Recognition known(rows);
  CHECK(in_response(known, "Server: " + std::string(507, 'x') + "nginx\r\n") == places({3}));
  CHECK(in_response(known, "Server: " + std::string(508, 'x') + "nginx\r\n") == "");
}

TEST_CASE("the path to the server is known from heads, host, path and subprotocol") {
  const Catalogue rows = some_products();
  const std::string request = places({0, 5});
  const std::string response = places({3, 600});  // of another catalogue: left out
  const PathKnowledge known = path_knowledge(rows, {.host = "a.example.com",
                                                    .path = "/socket.io/?EIO=4",
                                                    .subprotocol = {},
                                                    .request_products = request,
                                                    .response_products = response});
  CHECK(known.in_front == std::vector<const ProductRow*>{&rows.products[0], &rows.products[5]});
  CHECK(known.behind ==
        std::vector<const ProductRow*>{&rows.products[3], &rows.products[1], &rows.products[2]});
  CHECK(path_knowledge(rows, {}).in_front.empty());
  CHECK(path_knowledge(rows, {}).behind.empty());
}

TEST_CASE("applications are told by host, path or subprotocol") {
  Catalogue rows;
  const auto application = [](std::string id, Sign sign) {
    ApplicationRow row;
    row.id = std::move(id);
    row.signs = {std::move(sign)};
    return row;
  };
  rows.applications = {application("a", {Where::subprotocol, "", "graphql-transport-ws"}),
                       application("b", {Where::host, "", "gateway.discord.gg"}),
                       application("c", {Where::path, "", "/cable"})};
  HandshakeWords words;
  words.path = "/cable";
  words.subprotocol = "graphql-transport-ws";
  CHECK(applications_of(rows, words) ==
        std::vector<const ApplicationRow*>{&rows.applications[0], &rows.applications[2]});
  CHECK(applications_of(rows, {}).empty());
}

TEST_CASE("rows of refusals are told whose status and headers fit") {
  Catalogue rows;
  const auto refusal = [](std::vector<unsigned> statuses, std::vector<Sign> signs) {
    RefusalRow row;
    row.statuses = std::move(statuses);
    row.signs = std::move(signs);
    return row;
  };
  rows.refusals = {refusal({403}, {}),
                   refusal({403, 503}, {{Where::response_header, "server", "cloudflare"}}),
                   refusal({403}, {{Where::path, "", "/x"}}), refusal({400}, {})};
  const Recognition known(rows);
  const auto of = [&](const std::string& head) {
    return known.refusals_of(*http::parse_response_head(head));
  };
  CHECK(of("HTTP/1.1 403 x\r\n\r\n") == std::vector<std::uint16_t>{0, 2});
  CHECK(of("HTTP/1.1 403 x\r\nserver: Cloudflare\r\n\r\n") == std::vector<std::uint16_t>{0, 1, 2});
  CHECK(of("HTTP/1.1 503 x\r\nServer: cloudflare\r\n\r\n") == std::vector<std::uint16_t>{1});
  CHECK(of("HTTP/1.1 404 x\r\n\r\n").empty());
}

HeartbeatRow heartbeat(std::string id, std::string product, Endpoint sender, std::string starts) {
  HeartbeatRow row;
  row.id = std::move(id);
  row.product = std::move(product);
  row.carrier = Carrier::text;
  row.sender = sender;
  row.starts = std::move(starts);
  return row;
}

TEST_CASE("a message is the heartbeat or farewell that says most") {
  Catalogue rows;
  rows.heartbeats = {heartbeat("a", "", Endpoint::server, "{\"type\":"),
                     heartbeat("b", "", Endpoint::server, "{\"type\":\"ping\""),
                     heartbeat("c", "", Endpoint::client, "2")};
  HeartbeatRow ping;
  ping.id = "d";
  ping.starts = "{";
  rows.heartbeats.push_back(ping);
  FarewellRow farewell;
  farewell.id = "e";
  farewell.sender = Endpoint::server;
  farewell.starts = "{\"type\":\"disconnect\"";
  rows.farewells = {farewell};
  const Recognition known(rows);
  CHECK(known.heartbeat(Endpoint::server, "{\"type\":\"ping\"}") == 1);
  CHECK(known.heartbeat(Endpoint::server, "{\"type\":1}") == 0);
  CHECK_FALSE(known.heartbeat(Endpoint::server, "{}"));
  CHECK_FALSE(known.heartbeat(Endpoint::client, "{\"type\":\"ping\"}"));
  CHECK(known.heartbeat(Endpoint::client, "2") == 2);
  CHECK_FALSE(known.heartbeat(Endpoint::client, "2probe"));
  CHECK(known.farewell(Endpoint::server, "{\"type\":\"disconnect\",\"reason\":1}") == 0);
  CHECK_FALSE(known.farewell(Endpoint::client, "{\"type\":\"disconnect\",\"reason\":1}"));
  REQUIRE(known.openings(Endpoint::server) != nullptr);
  CHECK(known.openings(Endpoint::server)->may_begin_with(std::byte{'{'}));
  const Catalogue nothing;
  CHECK(Recognition(nothing).openings(Endpoint::client) == nullptr);
}

TEST_CASE("of heartbeats that look alike, the one whose product the handshake named is meant") {
  Catalogue rows = some_products();
  rows.heartbeats = {heartbeat("a", "unknown", Endpoint::server, "2"),
                     heartbeat("b", "engine_io", Endpoint::server, "2"),
                     heartbeat("c", "engine_io", Endpoint::client, "3"),
                     heartbeat("d", "hosted", Endpoint::client, "{\"a\"")};
  const Recognition known(rows);
  HandshakeWords words;
  words.path = "/socket.io/?EIO=4";
  CHECK(known.heartbeat_here(0, words) == &rows.heartbeats[1]);
  CHECK(known.heartbeat_here(2, words) == &rows.heartbeats[2]);
  words.path = "/chat";
  CHECK(known.heartbeat_here(0, words) == &rows.heartbeats[0]);  // nothing could name its product
  CHECK(known.heartbeat_here(2, words) == nullptr);
  CHECK(known.heartbeat_here(3, words) == &rows.heartbeats[3]);
}

TEST_CASE("one product among many is recognised by one header among many") {
  Catalogue rows;
  for (int i = 0; i < 60; ++i) {
    rows.products.push_back(
        product(std::to_string(100 + i), Role::proxy,
                {{Where::response_header, i % 2 == 0 ? "server" : "x-product-" + std::to_string(i),
                  "product" + std::to_string(i)}}));
  }
  const Recognition known(rows);
  std::string head = "HTTP/1.1 101 x\r\nServer: " + std::string(60, 'p') + "product58\r\n";
  for (int i = 0; i < 14; ++i)
    head += "X-Other-" + std::to_string(i) + ": a value of some size\r\n";
  head += "\r\n";
  const auto response = http::parse_response_head(head);
  CHECK(known.products_in(*response) == places({58}));
}

}  // namespace
}  // namespace lastframe::catalogue
