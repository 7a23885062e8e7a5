#include "settings/certificates.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "ssl/client_side.h"
#include "ssl/server_side.h"

namespace lastframe::settings {
namespace {

// Whether a connection of this listener may have to speak TLS to a server.
bool speaks_tls(const net::ListenerOptions& listener) {
  const auto is_any_tls = [](const std::vector<net::Upstream>& upstreams) {
    return std::ranges::any_of(upstreams, &net::Upstream::is_tls);
  };
  const bool is_intercepting = listener.mode != net::Mode::reverse && listener.tls;
  return is_intercepting || is_any_tls(listener.upstreams) ||
         std::ranges::any_of(listener.routes,
                             [&](const net::Route& route) { return is_any_tls(route.upstreams); });
}

// `Side`: ssl::ServerSide or ssl::ClientSide.
template <typename Side, typename Options>
void check_side(const Options& options, CertificateCheck& check) {
  auto loaded = Side::load(options, nullptr);
  if (!loaded) {
    std::ranges::move(loaded.error(), std::back_inserter(check.mistakes));
    return;
  }
  for (const std::string& note : (*loaded)->notes()) {
    check.notes.push_back(options.origin.text + ": " + note);
  }
}

// Whether `options` are new; loading the system's authorities takes tens of milliseconds.
template <typename Options>
bool is_first(const Options& options, std::vector<const Options*>& earlier) {
  const auto is_same = [&](const Options* other) { return *other == options; };
  if (std::ranges::any_of(earlier, is_same)) return false;
  earlier.push_back(&options);
  return true;
}

}  // namespace

CertificateCheck check_certificates(const net::RelayOptions& relay) {
  CertificateCheck check;
  std::vector<const ssl::ServerOptions*> servers;
  std::vector<const ssl::ClientOptions*> clients;
  for (const net::ListenerOptions& listener : relay.listeners) {
    if (listener.tls && is_first(*listener.tls, servers))
      check_side<ssl::ServerSide>(*listener.tls, check);
    // What was written is checked even if no upstream needs it: it is there for one that will.
    const bool is_written = listener.upstream_tls != ssl::ClientOptions{};
    if (!is_written && !speaks_tls(listener)) continue;
    if (is_first(listener.upstream_tls, clients))
      check_side<ssl::ClientSide>(listener.upstream_tls, check);
  }
  return check;
}

}  // namespace lastframe::settings
