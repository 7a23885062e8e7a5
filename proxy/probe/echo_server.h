// `lastframe echo`: the far end of a path test, on a socket of its own.
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <string>

#include "core/base/error.h"
#include "net/address.h"
#include "net/file_descriptor.h"
#include "net/threaded_acceptor.h"
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
  ~EchoServer() = default;
  EchoServer(const EchoServer&) = delete;
  EchoServer& operator=(const EchoServer&) = delete;

  // With the real port: "127.0.0.1:9465", "unix:/path".
  const std::string& address() const { return address_; }

  static constexpr std::size_t kMostConnections = 256;

 private:
  explicit EchoServer(const EchoOptions& options) : options_(options) {}
  void serve(net::FileDescriptor socket, int stop);

  EchoOptions options_;
  Accounts accounts_;
  std::string address_;
  std::unique_ptr<net::ThreadedAcceptor> acceptor_;
};

}  // namespace lastframe::probe
