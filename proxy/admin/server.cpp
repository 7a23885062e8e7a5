#include "admin/server.h"

#include <utility>
#include <variant>

#include "admin/loop.h"
#include "net/listening_address.h"
#include "net/sockets.h"

namespace lastframe::admin {
namespace {

constexpr mode_t kSocketFileMode = 0660;

}  // namespace

std::expected<Door, Error> open_door(const net::Address& address) {
  auto at = net::listen_at(address);
  if (!at) return std::unexpected(at.error());
  if (const auto is_free = net::check_all_free(*at); !is_free) {
    return std::unexpected(is_free.error());
  }
  auto socket = net::open_listening_socket(at->address, net::KeepAlive{}, at->takes_both_families,
                                           net::Addresses::own, kSocketFileMode);
  if (!socket) return std::unexpected(socket.error());
  const auto bound = net::SocketAddress::local_of(socket->get());
  const auto* path = std::get_if<net::UnixPath>(&address);
  return Door{.socket = *std::move(socket),
              .address = net::bound_text(*at, bound.value_or(at->address)),
              .socket_file = path != nullptr ? path->path : std::string()};
}

Server::Server(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}

Server::~Server() = default;

std::expected<std::unique_ptr<Server>, Error> Server::start(Door door, const Options& options,
                                                            Router router, Feed& feed) {
  auto loop = std::make_unique<Loop>(std::move(door), options, std::move(router), feed);
  if (auto started = loop->start(); !started) return std::unexpected(started.error());
  return std::unique_ptr<Server>(new Server(std::move(loop)));
}

void Server::reload(const Options& options) { loop_->reload(options); }

}  // namespace lastframe::admin
