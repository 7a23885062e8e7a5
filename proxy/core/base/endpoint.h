// Who speaks and where bytes go. Endpoint says who; Direction says where to.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace lastframe {

enum class Endpoint : unsigned char { client, server };
enum class Direction : unsigned char { client_to_server, server_to_client };

inline constexpr std::array kEndpoints{Endpoint::client, Endpoint::server};
inline constexpr std::array kDirections{Direction::client_to_server, Direction::server_to_client};

constexpr Endpoint other(Endpoint endpoint) {
  return endpoint == Endpoint::client ? Endpoint::server : Endpoint::client;
}

constexpr Endpoint sender(Direction direction) {
  return direction == Direction::client_to_server ? Endpoint::client : Endpoint::server;
}

constexpr Endpoint receiver(Direction direction) { return other(sender(direction)); }

constexpr Direction direction_from(Endpoint endpoint) {
  return endpoint == Endpoint::client ? Direction::client_to_server : Direction::server_to_client;
}

constexpr std::size_t index(Endpoint endpoint) { return static_cast<std::size_t>(endpoint); }
constexpr std::size_t index(Direction direction) { return static_cast<std::size_t>(direction); }

// The words of records and metric labels.
constexpr std::string_view name(Endpoint endpoint) {
  return endpoint == Endpoint::client ? "client" : "server";
}

constexpr std::string_view name(Direction direction) {
  return direction == Direction::client_to_server ? "client_to_server" : "server_to_client";
}

}  // namespace lastframe
