// The admin port's HTTP and WebSocket server: libwebsockets, in a context and thread of its own.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "admin/feed.h"
#include "admin/options.h"
#include "admin/router.h"
#include "core/base/error.h"
#include "net/file_descriptor.h"

namespace lastframe::admin {

// Most connections at one time. Over it the one that has waited longest for its next request is
// closed, so that a probe finds room.
inline constexpr std::size_t kMostConnections = 256;

// What the port opens at most, the descriptors of its own included.
inline constexpr std::size_t kMostDescriptors = kMostConnections + 8;

// Of these, readers of the feed: however many there are, probes find room.
inline constexpr std::size_t kMostReaders = 64;

// A socket that listens; nobody is answered until a server has it.
struct Door {
  net::FileDescriptor socket;
  std::string address;      // with the real port
  std::string socket_file;  // removed with the server; empty: none
};

// Binds `address`; a unix socket is its owner's and group's only. The error has no `where`.
std::expected<Door, Error> open_door(const net::Address& address);

class Server {
 public:
  // Answers from now on. `feed` outlives it.
  static std::expected<std::unique_ptr<Server>, Error> start(Door door, const Options& options,
                                                             Router router, Feed& feed);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Token and public paths for requests to come; the address stays. From any thread.
  void reload(const Options& options);

 private:
  class Loop;
  explicit Server(std::unique_ptr<Loop> loop);

  std::unique_ptr<Loop> loop_;
};

}  // namespace lastframe::admin
