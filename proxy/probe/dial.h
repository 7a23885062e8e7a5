// The way to a server: its addresses, a connection to one of them, TLS on it. Each step is noted.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/moment.h"
#include "core/session/tls_facts.h"
#include "net/socket_address.h"
#include "probe/target.h"
#include "probe/wire.h"
#include "ssl/client_side.h"

namespace lastframe::probe {

struct DialOptions {
  std::chrono::milliseconds timeout{5000};     // for each step
  std::optional<net::Address> connect;         // instead of the URL's address
  std::shared_ptr<const ssl::ClientSide> tls;  // shared by all connections of a test; for wss only
  std::size_t most_held = 0;                   // as in WireOptions
};

struct Attempt {
  std::string address;
  std::string error;  // an errno name; empty: it stands
  std::chrono::microseconds took{0};
};

struct Dialled {
  std::vector<std::string> addresses;  // that the name has, in the order in which they are tried
  std::string resolve_error;
  std::chrono::microseconds resolving{0};
  std::vector<Attempt> attempts;  // the last one is the connection, if there is any
  std::optional<session::TlsLeg> tls;
  std::optional<session::TlsFailure> tls_failure;
  std::chrono::microseconds securing{0};
  std::string own_address;
  Moment began;
  Moment connected;
  Moment ended;              // of the TLS handshake, however it came out
  std::optional<Wire> wire;  // absent where something failed, TLS included
};

// Whether TCP connected, whatever came of TLS.
bool is_connected(const Dialled& dialled);

Dialled dial(const Target& target, const DialOptions& options);

// Why there is no connection, in one sentence; empty where there is one.
std::string failure_text(const Dialled& dialled);

}  // namespace lastframe::probe
