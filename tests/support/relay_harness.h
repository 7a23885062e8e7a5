// A relay inside the test, with an observer that collects what it is told.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/reactor.h"
#include "net/relay.h"
#include "support/raw_peer.h"
#include "support/waiting.h"

namespace lastframe::test {

// RFC 6455 section 1.3: the key of the example and the answer to it.
inline constexpr std::string_view kPlainRequest =
    "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Version: 13\r\n\r\n";
inline constexpr std::string_view kSwitchingResponse =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

// RFC 6455 section 5.7: "Hello" in one masked and in one unmasked text frame.
inline constexpr std::string_view kMaskedHello = "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
inline constexpr std::string_view kHello =
    "\x81\x05"
    "Hello";

// Close frames with 1000 (RFC 6455 section 7.4.1); the client's masking key is zero.
inline constexpr std::string_view kMaskedClose{"\x88\x82\x00\x00\x00\x00\x03\xe8", 8};
inline constexpr std::string_view kClose{"\x88\x02\x03\xe8", 4};

// What observers on all workers were told.
class Reports {
 public:
  void add(session::SessionReport report) {
    const std::lock_guard lock(mutex_);
    reports_.push_back(std::move(report));
    changed_.notify_all();
  }
  // The first `count` reports, once they are there.
  std::vector<session::SessionReport> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kPatience, [&] { return reports_.size() >= count; })) {
      throw std::runtime_error("no report came");
    }
    return reports_;
  }
  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return reports_.size();
  }
  void add(const session::MassCloseSeen& seen) {
    const std::lock_guard lock(mutex_);
    mass_closes_.push_back(seen);
  }
  std::vector<session::MassCloseSeen> mass_closes() {
    const std::lock_guard lock(mutex_);
    return mass_closes_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<session::SessionReport> reports_;
  std::vector<session::MassCloseSeen> mass_closes_;
};

class CollectingObserver final : public session::Observer {
 public:
  using OnStart = std::function<void(const session::SessionReport&)>;

  CollectingObserver(Reports& reports, OnStart on_start)
      : reports_(reports), on_start_(std::move(on_start)) {}

  void on_session_start(const session::SessionReport& so_far) override {
    if (on_start_) on_start_(so_far);
  }
  void on_frame(const session::SessionLabel&, Moment, const session::FrameSeen&) override {}
  void on_message(const session::SessionLabel&, Moment, const session::MessageSeen&) override {}
  void on_violation(const session::SessionLabel&, Moment, const ws::Violation&) override {}
  void on_session_end(session::SessionReport report) override { reports_.add(std::move(report)); }
  void on_mass_close(const session::MassCloseSeen& seen) override { reports_.add(seen); }

 private:
  Reports& reports_;
  OnStart on_start_;
};

inline net::Upstream upstream_at(const net::SocketAddress& address) {
  const std::string text = address.text();
  return *net::parse_upstream(address.is_unix() ? text : "ws://" + text);
}

// One listener on a port of the kernel's choice, one worker.
inline net::RelayOptions relaying_to(const std::vector<net::Upstream>& upstreams) {
  net::RelayOptions options;
  options.listeners.push_back({.name = "test",
                               .listen = net::TcpAddress{"127.0.0.1", 0},
                               .upstreams = upstreams,
                               .timeouts = {},
                               .source_addresses = {}});
  options.workers = 1;
  return options;
}

inline net::RelayOptions relaying_to(const net::SocketAddress& upstream) {
  return relaying_to(std::vector{upstream_at(upstream)});
}

inline net::RelayOptions relaying_to(const RawListener& upstream) {
  return relaying_to(upstream.address());
}

inline net::SocketAddress address_of(const net::ListeningAt& at) {
  if (at.address.starts_with("unix:")) return *net::SocketAddress::of_path(at.address.substr(5));
  const std::size_t colon = at.address.rfind(':');
  std::string host = at.address.substr(0, colon);
  if (host.starts_with("[")) host = host.substr(1, host.size() - 2);
  const auto port = static_cast<std::uint16_t>(std::stoi(at.address.substr(colon + 1)));
  return *net::SocketAddress::of_numeric(host.empty() ? "127.0.0.1" : host, port);
}

class RelayUnderTest {
 public:
  // `on_start` is called on a worker when a WebSocket opens; it may block or throw.
  explicit RelayUnderTest(const net::RelayOptions& options,
                          const CollectingObserver::OnStart& on_start = {}) {
    net::quiet_libwebsockets();
    auto started = net::Relay::start(
        options, {}, {.starts = static_cast<bool>(on_start)},
        [&](unsigned) { return std::make_unique<CollectingObserver>(reports_, on_start); });
    if (!started) throw std::runtime_error(to_text(started.error().front()));
    relay_ = std::move(*started);
  }

  net::Relay* operator->() { return relay_.get(); }
  Reports& reports() { return reports_; }
  net::SocketAddress address(std::size_t listener = 0) const {
    return address_of(relay_->listening().at(listener));
  }
  RawPeer connect(std::size_t listener = 0) { return RawPeer::connect_to(address(listener)); }
  void wait_until_nobody_is_open() {
    wait_until("no open connection", [this] { return relay_->totals().open == 0; });
  }
  void wait_until_over() {
    wait_until("the end of the workers", [this] { return relay_->is_over(); });
  }

 private:
  Reports reports_;
  std::unique_ptr<net::Relay> relay_;
};

// A client and a server with the relay between them.
struct Pair {
  RawPeer client;
  RawPeer server;

  RawPeer& operator[](Endpoint endpoint) { return endpoint == Endpoint::client ? client : server; }
};

inline Pair connect_through(RelayUnderTest& relay, RawListener& upstream,
                            std::size_t listener = 0) {
  RawPeer client = relay.connect(listener);
  RawPeer server = upstream.accept();
  return {std::move(client), std::move(server)};
}

inline Pair open_websocket(RelayUnderTest& relay, RawListener& upstream, std::size_t listener = 0) {
  Pair pair = connect_through(relay, upstream, listener);
  pair.client.send(kPlainRequest);
  pair.server.receive(kPlainRequest.size());
  pair.server.send(kSwitchingResponse);
  pair.client.receive(kSwitchingResponse.size());
  return pair;
}

// A whole closing handshake, the client first, and both ends.
inline void close_websocket(Pair& pair) {
  pair.client.send(kMaskedClose);
  pair.server.receive(kMaskedClose.size());
  pair.server.send(kClose);
  pair.client.receive(kClose.size());
  pair.server.fin();
  pair.client.receive_to_end();
  pair.client.fin();
  pair.server.receive_to_end();
}

}  // namespace lastframe::test
