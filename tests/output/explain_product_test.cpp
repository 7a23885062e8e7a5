#include "output/explain_product.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "support/sample_catalogue.h"

namespace lastframe::output {
namespace {

using catalogue::Language;
using Json = nlohmann::json;

std::string page(std::string_view id) {
  const auto rows = test::sample_catalogue();
  return product_page(*known_product(rows, id), Wording(rows, Language::en), Colour::off);
}

TEST_CASE("a product's page has its signs, habits, time-outs, limits, texts and heartbeats") {
  CHECK(page("nginx") == R"(nginx (proxy): nginx

Recognised by
  - response header server with "nginx"
  - path "/socket.io/"

time limits
  60s  idle                  proxy_read_timeout
  4m   lifetime, no default  worker_shutdown_timeout

  Source  nginx 1.22.1, 2026-11-20
)");
  CHECK(page("python_websockets") == R"(websockets (Python) (server): python_websockets

Habits
  - It refuses the legal codes 1012-2999, and answers them with 1002.
  - On a protocol error it ends its TCP stream and sends no Close.
  - When one side refuses a message as too big, it tells the other side 1001.
  - It refuses a subprotocol that it did not offer.

What it tells its application
  1006  no close frame received or sent

size limits
  1MiB  message, inflated  max_size

heartbeats
  Ping of the server  every 20s, given up after 20s  On by default.

reason texts
  - "keepalive ping timeout" (websockets (Python)): python_websockets_keepalive

  Source  websockets@10.4 exceptions.py, version 10.4, 2026-11-20
)");
}

TEST_CASE("an application protocol has its codes") {
  const std::string text = page("graphql_transport_ws");
  CAPTURE(text);
  CHECK(text.starts_with("graphql-transport-ws (application protocol): graphql_transport_ws\n"));
  CHECK(text.contains("  - subprotocol \"graphql-transport-ws\"\n"));
  CHECK(
      text.contains("  - 4403 Forbidden: The server refused connection_init. Check the token.\n"));
}

TEST_CASE("a product and an application of the same id are explained together") {
  auto rows = test::sample_catalogue();
  rows.applications[1].id = "nginx";
  const Wording wording(rows, Language::en);
  const auto known = known_product(rows, "nginx");
  const Json json = Json::parse(product_json(*known, wording));
  CHECK(json["role"] == "proxy");
  CHECK(json["application_codes"].size() == 1);
  CHECK(json["timeouts"].size() == 2);
  CHECK(Json::parse(product_list_json(wording)).size() == 4);
  CHECK_FALSE(known_product(rows, "no_such_product"));
  CHECK_FALSE(known_product(rows, ""));
}

TEST_CASE("JSON has each part of a product, and none of another one") {
  const auto rows = test::sample_catalogue();
  const Wording wording(rows, Language::es);
  const Json json = Json::parse(product_json(*known_product(rows, "python_websockets"), wording));
  CHECK(json["kind"] == "product");
  CHECK(json["lang"] == "es");
  CHECK(json["name"] == "websockets (Python)");
  CHECK(json["refuses"]["answer"] == 1002);
  CHECK(json["refuses"]["codes"][0]["first"] == 1012);
  CHECK(json["fails_without_close"] == true);
  CHECK(json["too_big_code_to_peer"] == 1001);
  CHECK(json["strict"].size() == 1);
  CHECK(json["logs"][0]["text"] == "no close frame received or sent");
  CHECK(json["limits"].size() == 1);
  CHECK(json["reasons"].size() == 1);
  CHECK(json["heartbeats"].size() == 1);
  CHECK(json["timeouts"].empty());
  CHECK(json["application_codes"].empty());
  const Json application =
      Json::parse(product_json(*known_product(rows, "graphql_transport_ws"), wording));
  CHECK(application["role"] == "application");
  CHECK(application["refuses"]["answer"].is_null());
  CHECK(application["signs"][0]["where"] == "subprotocol");
}

TEST_CASE("the list has products and the applications that are no product") {
  const auto rows = test::sample_catalogue();
  CHECK(product_list(Wording(rows, Language::en), Colour::off) ==
        R"(  chromium              client       Chromium
  nginx                 proxy        nginx
  python_websockets     server       websockets (Python)
  graphql_transport_ws  application  graphql-transport-ws
  other_service         application  Other Service
)");
}

}  // namespace
}  // namespace lastframe::output
