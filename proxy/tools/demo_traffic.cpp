#include "tools/demo_traffic.h"

#include <fmt/core.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <variant>

#include "net/address.h"
#include "tools/demo_peer.h"

namespace lastframe::tools {

std::optional<net::SocketAddress> door_at(const std::string& address) {
  const auto parsed = net::parse_listen_address(address);
  const auto* tcp = parsed ? std::get_if<net::TcpAddress>(&*parsed) : nullptr;
  if (tcp == nullptr) return std::nullopt;
  return net::SocketAddress::of_numeric(tcp->host, tcp->port);
}

std::expected<Played, Error> play(const Scenario& scenario, const DemoDoors& doors) {
  const net::SocketAddress& door = scenario.door == Door::demo ? doors.demo : doors.unreachable;
  net::FileDescriptor socket(::socket(door.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.is_open() || ::connect(socket.get(), door.get(), door.size()) != 0) {
    return std::unexpected(
        Error{"demo client",
              fmt::format("cannot connect to {}: {}", door.text(), std::strerror(errno)), ""});
  }
  const auto own = net::SocketAddress::local_of(socket.get());
  DemoPeer peer(std::move(socket), {.role = Endpoint::client, .patience = kStepPatience});
  const bool is_complete = peer.play(scenario.client, scenario.path);
  return Played{.client = own ? own->text() : std::string(), .is_complete = is_complete};
}

std::optional<std::string> difference(const Scenario& scenario, const DemoDoors& doors,
                                      ArrivedRecords& records) {
  const auto played = play(scenario, doors);
  if (!played) return to_text(played.error());
  if (!played->is_complete) {
    return fmt::format("{}: the client waited in vain for what the server should send",
                       scenario.path);
  }
  if (!scenario.expected) return std::nullopt;
  const auto outcome = records.wait_for(played->client, kStepPatience);
  if (!outcome) return fmt::format("{}: no record came", scenario.path);
  if (*outcome == *scenario.expected) return std::nullopt;
  return fmt::format("{}: expected {}; the record says {}", scenario.path,
                     to_text(*scenario.expected), to_text(*outcome));
}

}  // namespace lastframe::tools
