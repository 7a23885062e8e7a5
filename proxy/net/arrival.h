// What stands before a connection's own bytes and decides where they go: a PROXY header, the words
// of a forward or SOCKS5 proxy, the head that a route is chosen by.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/proxying/negotiation.h"
#include "core/proxying/proxy_header.h"
#include "net/listener_runtime.h"

namespace lastframe::net {

// Lives until the upstream is connected.
struct Arrival {
  enum class Step : unsigned char { proxy_header, negotiation, route, done };

  Step step = Step::proxy_header;
  std::vector<std::byte> bytes;  // that came and were not used yet
  std::unique_ptr<proxying::Negotiation> negotiation = nullptr;
  std::string server_name{};  // of the client's hello
  // Of an accepted PROXY header.
  std::optional<proxying::HostAndPort> source{};
  std::optional<proxying::HostAndPort> destination{};
  bool is_client_local = false;           // it is a program of this machine
  bool checks_addresses = false;          // whether what the name resolves to must be allowed
  std::vector<UpstreamTarget> targets{};  // where the client itself wants to go
};

}  // namespace lastframe::net
