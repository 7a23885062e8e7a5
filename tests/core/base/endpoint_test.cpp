#include "core/base/endpoint.h"

#include <doctest/doctest.h>

namespace lastframe {
namespace {

TEST_CASE("what the client sends goes to the server, and the other way round") {
  CHECK(sender(Direction::client_to_server) == Endpoint::client);
  CHECK(receiver(Direction::client_to_server) == Endpoint::server);
  CHECK(sender(Direction::server_to_client) == Endpoint::server);
  CHECK(receiver(Direction::server_to_client) == Endpoint::client);
}

TEST_CASE("an endpoint's direction is the one it sends in") {
  for (const Endpoint endpoint : kEndpoints) {
    CHECK(sender(direction_from(endpoint)) == endpoint);
    CHECK(receiver(direction_from(endpoint)) == other(endpoint));
    CHECK(other(other(endpoint)) == endpoint);
    CHECK(other(endpoint) != endpoint);
  }
}

TEST_CASE("tables of two are indexed in the order of the lists") {
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(index(kEndpoints[i]) == i);
    CHECK(index(kDirections[i]) == i);
  }
}

TEST_CASE("the words of records are the contract's") {
  CHECK(name(Endpoint::client) == "client");
  CHECK(name(Endpoint::server) == "server");
  CHECK(name(Direction::client_to_server) == "client_to_server");
  CHECK(name(Direction::server_to_client) == "server_to_client");
}

}  // namespace
}  // namespace lastframe
