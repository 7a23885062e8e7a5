// One listener's settings as the running relay uses them, worked out once at start or reload.
#pragma once

#include <atomic>
#include <cstddef>
#include <expected>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/error.h"
#include "core/proxying/access.h"
#include "core/proxying/route.h"
#include "core/session/session.h"
#include "net/options.h"
#include "net/own_addresses.h"
#include "net/shared_patterns.h"
#include "net/socket_address.h"
#include "ssl/client_side.h"
#include "ssl/server_side.h"

namespace lastframe::net {

struct NameToResolve {
  std::string host;
  std::uint16_t port;
};

// Whether an upstream is spoken to in TLS. `as_client`: where the client is.
enum class TlsUse : unsigned char { never, always, as_client };

struct UpstreamTarget {
  std::variant<SocketAddress, NameToResolve> address;
  std::string text;  // as the record says it
  TlsUse tls = TlsUse::never;
  std::string host = {};  // a name or a numeric address: what its certificate must be good for
};

// Connections of our own that are under way: one that comes back to us would be connected for ever.
// Its address is known only once connect() has returned, and another worker may have accepted it by
// then: who asks waits for those that are being begun.
class OwnConnections {
 public:
  // Known as long as it lives.
  class Entry {
   public:
    Entry(OwnConnections& all, std::string address) : all_(all), address_(std::move(address)) {
      const std::lock_guard lock(all_.mutex_);
      all_.addresses_.insert(address_);
    }
    ~Entry() {
      const std::lock_guard lock(all_.mutex_);
      all_.addresses_.erase(address_);
    }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

   private:
    OwnConnections& all_;
    std::string address_;
  };

  // To be held from before connect() until the entry is made. Many may be held at once.
  [[nodiscard]] std::shared_lock<std::shared_mutex> beginning() {
    return std::shared_lock(beginning_);
  }

  bool has(const std::string& address) {
    {
      const std::unique_lock all_have_begun(beginning_);
    }
    const std::lock_guard lock(mutex_);
    return addresses_.contains(address);
  }

 private:
  std::shared_mutex beginning_;
  std::mutex mutex_;
  std::unordered_set<std::string> addresses_;
};

struct RouteTargets {
  Route route;
  std::vector<UpstreamTarget> targets;
};

// Never changes once made. Shared by the listener and the connections that it accepted, so that
// running connections keep their settings over a reload.
struct ListenerRuntime {
  ListenerOptions options;
  session::SessionOptions session;
  std::vector<UpstreamTarget> upstreams;
  std::vector<RouteTargets> routes;
  proxying::Access access;
  proxying::Access header_senders;  // its clients: who may send PROXY headers
  std::vector<SocketAddress> sources;
  // Shared with nobody but the connections: a reload loads them anew. Null: no TLS on that leg.
  std::shared_ptr<const ssl::ServerSide> server_side = nullptr;
  std::shared_ptr<const ssl::ClientSide> client_side = nullptr;
  std::size_t pending_per_direction;
  // Whether a client's first bytes are looked at before they are relayed.
  bool watches_hello = false;
  // Shared with the runtimes before and after a reload, and with the relay that finds it by name.
  std::shared_ptr<ListenerPatterns> patterns;
  const OwnAddresses* own_addresses = nullptr;  // the relay's, which outlives all connections
  mutable std::atomic<std::size_t> next_source{0};
  mutable OwnConnections own_connections;  // in modes where others choose the destination
};

// What can be worked out of the options alone; the session's part is the relay's. Reads
// certificates.
std::expected<std::shared_ptr<ListenerRuntime>, std::vector<Error>> make_runtime(
    const ListenerOptions& options, const RelayOptions& all,
    const std::shared_ptr<ssl::KeyLog>& key_log);

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
  std::atomic<std::uint64_t> refused_arrivals{0};  // by rules, or for want of a language
  std::atomic<std::uint64_t> tls_failures{0};      // handshakes, on either leg
  std::atomic<std::uint64_t> other_protocols{0};   // agreed on in TLS: relayed, not looked into
  std::atomic<std::uint64_t> shed_analyses{0};
  std::atomic<std::uint64_t> accept_pauses{0};
};

}  // namespace lastframe::net
