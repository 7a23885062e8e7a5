#include "core/catalogue/path_knowledge.h"

#include <doctest/doctest.h>

#include <string>

using namespace lastframe;
using catalogue::Sign;

TEST_CASE("signs of a host, a path and a subprotocol") {
  struct Row {
    Sign sign;
    const char* text;
    bool holds;
  };
  using enum Sign::Where;
  const Row kRows[] = {
      {{host, "", "gateway.discord.gg"}, "gateway.discord.gg", true},
      {{host, "", "gateway.discord.gg"}, "Gateway.Discord.gg:443", true},
      {{host, "", "gateway.discord.gg"}, "gateway.discord.gg.example", false},
      {{host, "", ".discord.gg"}, "us-east.discord.gg", true},
      {{host, "", ".discord.gg"}, "discord.gg", true},
      {{host, "", ".discord.gg"}, "mydiscord.gg", false},
      {{path, "", "/socket.io/"}, "/socket.io/?EIO=4", true},
      {{path, "", "/socket.io/"}, "/v2/socket.io/", false},
      {{subprotocol, "", "graphql-ws"}, "graphql-ws", true},
      {{subprotocol, "", "graphql-ws"}, "graphql-ws2", false},
      {{subprotocol, "", "ocpp*"}, "ocpp1.6", true},
      {{subprotocol, "", "ocpp*"}, "", false},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.sign.value);
    CAPTURE(row.text);
    CHECK(catalogue::matches(row.sign, row.text) == row.holds);
  }
}

TEST_CASE("products of the request stand in front, those of the answer behind") {
  catalogue::Catalogue rows;
  for (const char* id : {"aws_alb", "engine_io", "nginx"}) {
    catalogue::ProductRow row;
    row.id = id;
    rows.products.push_back(row);
  }
  rows.products[1].signs = {{Sign::Where::path, "", "/socket.io/"}};
  catalogue::ApplicationRow application;
  application.id = "socket_io";
  application.signs = rows.products[1].signs;
  rows.applications.push_back(application);
  const auto path =
      catalogue::path_knowledge(rows, {.request_products = std::string_view("\0\0", 2),
                                       .response_products = std::string_view("\0\2\0\7", 4),
                                       .host = "a",
                                       .path = "/socket.io/?EIO=4",
                                       .subprotocol = ""});
  REQUIRE(path.in_front.size() == 1);
  CHECK(path.in_front[0]->id == "aws_alb");
  REQUIRE(path.behind.size() == 2);  // a position that the catalogue does not have is left out
  CHECK(path.behind[0]->id == "nginx");
  CHECK(path.behind[1]->id == "engine_io");
  REQUIRE(path.applications.size() == 1);
  CHECK(path.applications[0]->id == "socket_io");
}
