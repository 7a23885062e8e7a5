// One listener's settings as the running relay uses them, worked out once at start or reload.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/session/session.h"
#include "net/options.h"
#include "net/shared_patterns.h"
#include "net/socket_address.h"

namespace lastframe::net {

struct NameToResolve {
  std::string host;
  std::uint16_t port;
};

struct UpstreamTarget {
  std::variant<SocketAddress, NameToResolve> address;
  std::string text;  // as the record says it
};

// Never changes once made. Shared by the listener and the connections that it accepted, so that
// running connections keep their settings over a reload.
struct ListenerRuntime {
  ListenerOptions options;
  session::SessionOptions session;
  std::vector<UpstreamTarget> upstreams;
  std::vector<SocketAddress> sources;
  std::size_t pending_per_direction;
  // Shared with the runtimes before and after a reload, and with the relay that finds it by name.
  std::shared_ptr<ListenerPatterns> patterns;
  mutable std::atomic<std::size_t> next_source{0};
};

// Limits over all connections, and where they stand. Shared by all workers.
struct Budget {
  std::atomic<std::size_t> most_connections{0};
  std::atomic<std::size_t> connections{0};
  std::atomic<std::size_t> most_pending{0};
  std::atomic<std::size_t> pending{0};         // bytes held for slow readers
  std::atomic<std::size_t> inflate_memory{0};  // of each worker
  std::atomic<std::size_t> inflate_message{0};
};

// What happened, over all workers; for the closing line and for metrics.
struct Counters {
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> connect_failures{0};
  std::atomic<std::uint64_t> shed_analyses{0};
  std::atomic<std::uint64_t> accept_pauses{0};
};

}  // namespace lastframe::net
