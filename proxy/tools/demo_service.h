// The embedded service of the demo: it behaves, and misbehaves, by request path. On loopback only,
// on blocking sockets, with a small thread for each connection.
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <vector>

#include "core/base/error.h"
#include "net/address.h"
#include "net/file_descriptor.h"
#include "net/threaded_acceptor.h"
#include "tools/demo_scenario.h"

namespace lastframe::tools {

class DemoService {
 public:
  // Listens on a free port and serves from then on. `scenarios` must outlive the service.
  static std::expected<std::unique_ptr<DemoService>, Error> start(
      const std::vector<Scenario>& scenarios);
  // Ends every connection.
  ~DemoService() = default;
  DemoService(const DemoService&) = delete;
  DemoService& operator=(const DemoService&) = delete;

  const net::Address& address() const { return address_; }
  // A port that is taken, so that nobody can listen there, and that refuses every connection.
  const net::Address& refusing_address() const { return refusing_address_; }

  // One more is closed as soon as it comes.
  static constexpr std::size_t kMostConnections = 64;

 private:
  explicit DemoService(const std::vector<Scenario>& scenarios) : scenarios_(scenarios) {}
  void serve(net::FileDescriptor socket, int stop) const;

  const std::vector<Scenario>& scenarios_;
  net::FileDescriptor refusing_;  // bound, never listening
  net::Address address_;
  net::Address refusing_address_;
  std::unique_ptr<net::ThreadedAcceptor> acceptor_;
};

}  // namespace lastframe::tools
