// What the relay can be told: plain values with the defaults of a transparent proxy.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/origin.h"
#include "core/catalogue/catalogue.h"
#include "core/session/direction_tracker.h"
#include "net/address.h"
#include "ssl/options.h"

namespace lastframe::net {

// When the upstream is connected. `accepted` is what a direct connection would do: a server may
// speak first, and a health check sees the service's real state.
enum class ConnectWhen { accepted, first_byte };

// What a client sees when the upstream cannot be reached: its connection reset, as without us, or
// an HTTP 502 response of ours (the record says so).
enum class OnConnectFailure { reset, http_502 };

// TCP keep-alive on both legs: kernel keep-alives do not pass through a relay, so without our own
// a dead peer behind us would live for ever (tcp(7): TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT).
struct KeepAlive {
  std::chrono::seconds idle{60};
  std::chrono::seconds interval{10};
  int probes = 6;

  bool operator==(const KeepAlive&) const = default;
};

// Time-outs of our own. All off by default: a transparent proxy must not invent time-outs.
struct TimeOuts {
  std::optional<std::chrono::milliseconds> connect;    // to reach the upstream, all addresses
  std::optional<std::chrono::milliseconds> handshake;  // from accept to the first response head
  std::optional<std::chrono::milliseconds> idle;       // without a byte in either direction
  // For what must come before the traffic: a TLS handshake where one end of it is ours (from
  // accepting the client, or from reaching the upstream), a PROXY header, a CONNECT or SOCKS
  // request. Only this one is on: half-open handshakes would pile up.
  std::optional<std::chrono::milliseconds> tls = std::chrono::seconds(10);

  bool operator==(const TimeOuts&) const = default;
};

// How a connection comes to us, and who says where it goes.
//   reverse      the operator: `upstreams` or `routes`
//   forward      the client, by CONNECT or an absolute-form request (RFC 9110 section 9.3.6, RFC
//                9112 section 3.2.2)
//   socks5       the client (RFC 1928)
//   transparent  the firewall's REDIRECT: SO_ORIGINAL_DST
//   tproxy       the firewall's TPROXY: the address the client's packets bear
enum class Mode : unsigned char { reverse, forward, transparent, tproxy, socks5 };

// Who may use a forward or SOCKS5 proxy, and to get where.
struct AccessRules {
  std::vector<std::string> clients;       // "10.0.0.0/8"; empty: everybody
  std::vector<std::string> destinations;  // "chat.example:443", "*.example", "10.0.0.0/8:9000";
                                          // empty: everything
  std::vector<std::string> credentials;   // "user:password"; empty: none are asked for

  bool operator==(const AccessRules&) const = default;
};

// The PROXY protocol (HAProxy's proxy-protocol.txt): headers before a connection's first byte.
enum class ProxyHeader : unsigned char { off, v1, v2 };
struct ProxyProtocol {
  bool is_accepted = false;            // then every connection must begin with one
  std::vector<std::string> trusted{};  // "10.0.0.5", "10.0.0.0/8": whose are believed, and who else
                                       // connects is refused; empty: everybody's
  ProxyHeader sent = ProxyHeader::off;

  bool operator==(const ProxyProtocol&) const = default;
};

// The first route that holds takes the connection. Empty: does not matter.
struct Route {
  std::string server_name;  // SNI: "chat.example" or "*.example"
  std::string host;         // of the first request's Host, without port; as server_name
  std::string path;         // of its target: "/chat" alone, or "/chat/*" with all that is below it
  std::vector<Upstream> upstreams;  // tried in turn; at least one
  Origin origin{};

  bool operator==(const Route&) const = default;
};

struct ListenerOptions {
  std::string name;  // unique; a metric label
  Address listen;
  Mode mode = Mode::reverse;
  std::vector<Upstream> upstreams;  // tried in turn; where no route holds. Empty in other modes
  std::vector<Route> routes{};
  AccessRules access{};              // forward, socks5
  bool has_clients_address = false;  // tproxy: connect upstream from the client's own address
  std::optional<ssl::ServerOptions> tls{};  // absent: TLS on the client's leg passes through
  ssl::ClientOptions upstream_tls{};        // for upstreams with TLS
  ProxyProtocol proxy_protocol{};
  ConnectWhen connect = ConnectWhen::accepted;
  OnConnectFailure on_connect_failure = OnConnectFailure::reset;
  std::optional<KeepAlive> keepalive = KeepAlive{};
  TimeOuts timeouts;
  // Numeric local addresses to connect from, used in turn: one address has about 28,000 ports
  // towards one upstream. Empty: the kernel chooses.
  std::vector<std::string> source_addresses;
  Origin origin{};  // of `listen`

  bool operator==(const ListenerOptions&) const = default;
};

// Bounds on what the process holds. Over one of them the relay only slows down by backpressure,
// or the connection becomes opaque to the analysis; nobody is dropped.
struct Limits {
  std::optional<std::size_t> connections;  // absent: what the open-files limit allows
  std::size_t pending_per_direction = 256 * 1024;
  std::size_t pending_total = 256 * 1024 * 1024;
  std::size_t watched_head = 64 * 1024;  // an HTTP head longer than this makes a session opaque
  // To look into compressed messages: bytes for the windows and zlib states of all connections (0:
  // they are not looked into), and what one message may inflate to before it is given up.
  std::size_t inflate_memory = 64 * 1024 * 1024;
  std::size_t inflate_message = 64 * 1024 * 1024;
  std::size_t reserved_descriptors = 0;  // that others in this process may come to open

  bool operator==(const Limits&) const = default;
};

struct RelayOptions {
  std::vector<ListenerOptions> listeners;  // at least one
  unsigned workers = 0;                    // threads; 0: one for each CPU we may run on
  std::chrono::milliseconds drain_timeout{25'000};
  std::chrono::milliseconds dns_ttl{30'000};  // how long a resolved name is believed
  Limits limits;
  std::string tls_key_log;  // file for secrets of TLS sessions; empty: none
  // Whether frames are looked for behind bytes that were none.
  std::string tap{};  // how this place on the path is called; "": not at all
  session::AfterBreak after_break = session::AfterBreak::give_up;
  // What sessions recognise products by, and verdicts are made with; none: there are no verdicts.
  // Shared by the listeners and, over a reload, by sessions that began with it.
  std::shared_ptr<const catalogue::Catalogue> catalogue = nullptr;

  bool operator==(const RelayOptions&) const = default;
};

}  // namespace lastframe::net
