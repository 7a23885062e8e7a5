// `lastframe echo`: the far end of a path test, on a socket of its own.
#pragma once

#include <atomic>
#include <cstddef>
#include <expected>
#include <list>
#include <memory>
#include <string>
#include <thread>

#include "core/base/error.h"
#include "net/address.h"
#include "net/file_descriptor.h"
#include "probe/account.h"
#include "ssl/server_side.h"

namespace lastframe::probe {

struct EchoOptions {
  net::Address listen;
  std::shared_ptr<const ssl::ServerSide> tls;  // shared with nobody who changes it; null: plain
};

class EchoServer {
 public:
  // Listens and serves from then on: a thread for each connection, at most kMostConnections; one
  // more is answered with HTTP 503 and ended.
  static std::expected<std::unique_ptr<EchoServer>, Error> start(const EchoOptions& options);
  // Ends every connection.
  ~EchoServer();
  EchoServer(const EchoServer&) = delete;
  EchoServer& operator=(const EchoServer&) = delete;

  // With the real port: "127.0.0.1:9465", "unix:/path".
  const std::string& address() const { return address_; }

  static constexpr std::size_t kMostConnections = 256;

 private:
  struct Connection {
    std::atomic<bool> is_over{false};
    std::jthread thread;
  };

  explicit EchoServer(const EchoOptions& options) : options_(options) {}
  void accept_all();
  void take(net::FileDescriptor socket);
  void serve(net::FileDescriptor socket);

  EchoOptions options_;
  Accounts accounts_;
  net::FileDescriptor listener_;
  net::FileDescriptor stop_;  // an eventfd: readable once the server is to end
  std::string address_;
  std::list<Connection> connections_;  // of the accepting thread
  std::jthread accepting_;
};

}  // namespace lastframe::probe
