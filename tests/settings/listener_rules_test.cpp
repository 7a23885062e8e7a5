#include "settings/listener_rules.h"

#include <doctest/doctest.h>

#include <array>
#include <string>

#include "settings/reading.h"

namespace lastframe::settings {
namespace {

struct Row {
  const char* name;
  std::string_view listener;
  std::string_view said = {};
};

void check(const Row& row) {
  CAPTURE(row.name);
  check_mistakes("listeners: [{" + std::string(row.listener) + "}]\n", row.said);
}

TEST_CASE("each mode has the keys it needs, and no key that would have no effect") {
  const auto rows = std::to_array<Row>({
      {"reverse", "listen: \":80\", upstream: ws://h"},
      {"reverse, neither upstream nor routes", "listen: \":80\"",
       "1: listeners[0].upstream: this key is missing; write an upstream such as "
       "ws://127.0.0.1:9000, or routes"},
      {"reverse, empty routes", "listen: \":80\", routes: []",
       "1: listeners[0].upstream: this key is missing"},
      {"reverse by routes", "listen: \":80\", routes: [{host: h, upstream: ws://h}]"},
      {"forward", "listen: \"127.0.0.1:80\", mode: forward"},
      {"forward with an upstream", "listen: \"127.0.0.1:80\", mode: forward, upstream: ws://h",
       "1: listeners[0].upstream: in mode forward each connection says itself where it goes; leave "
       "the key out, or write mode: reverse"},
      {"socks5 with routes", "listen: \"127.0.0.1:80\", mode: socks5, routes: []",
       "1: listeners[0].routes: in mode socks5 each connection says itself where it goes"},
      {"transparent with an upstream", "listen: \":80\", mode: transparent, upstream: ws://h",
       "1: listeners[0].upstream: in mode transparent each connection says itself"},
      {"tproxy with an upstream", "listen: \":80\", mode: tproxy, upstream: ws://h",
       "1: listeners[0].upstream: in mode tproxy each connection says itself"},
      {"transparent", "listen: \":80\", mode: transparent"},
      {"transparent on a unix socket", "listen: unix:/a, mode: transparent",
       "1: listeners[0].listen: a firewall cannot lead connections to a unix socket, as mode "
       "transparent needs it; write an address such as :8080"},
      {"tproxy on a unix socket", "listen: unix:/a, mode: tproxy",
       "1: listeners[0].listen: a firewall cannot lead connections to a unix socket"},
      {"forward on a unix socket", "listen: unix:/a, mode: forward"},
      {"access in reverse", "listen: \":80\", upstream: ws://h, access: {}",
       "1: listeners[0].access: mode reverse asks nobody who they are or where they go; leave the"},
      {"access in tproxy", "listen: \":80\", mode: tproxy, access: {}",
       "1: listeners[0].access: mode tproxy asks nobody"},
      {"the client's address", "listen: \":80\", mode: tproxy, client_address: true"},
      {"no client's address", "listen: \":80\", upstream: ws://h, client_address: false"},
      {"the client's address in reverse", "listen: \":80\", upstream: ws://h, client_address: true",
       "1: listeners[0].client_address: only mode tproxy can connect from the client's own "
       "address; "
       "write false, or mode: tproxy"},
      {"the client's address in transparent",
       "listen: \":80\", mode: transparent, client_address: true",
       "1: listeners[0].client_address: only mode tproxy can"},
      {"the client's address and others",
       "listen: \":80\", mode: tproxy, client_address: true, source_addresses: [10.0.0.1]",
       "1: listeners[0].source_addresses: connections come from the client's own address"},
      {"a mode that is not known, judged no further", "listen: \":80\", mode: forwards",
       "1: listeners[0].mode: \"forwards\" is not known here; did you mean forward?\n"},
  });
  for (const Row& row : rows) check(row);
}

TEST_CASE("clients that may claim any address are no limit") {
  constexpr std::string_view kRefused =
      "1: listeners[0].listen: everybody who reaches :80 could claim in a PROXY header to be one "
      "of access.clients; write proxy_protocol: {accept: true, from: [10.0.0.5]} with the";
  const auto rows = std::to_array<Row>({
      {"believed",
       "listen: \":80\", mode: forward, access: {clients: [10.0.0.0/8]}, "
       "proxy_protocol: {accept: true}",
       kRefused},
      {"of known senders",
       "listen: \":80\", mode: socks5, access: {clients: [10.0.0.0/8]}, "
       "proxy_protocol: {accept: true, from: [10.0.0.5]}"},
      {"not taken",
       "listen: \":80\", mode: forward, access: {clients: [10.0.0.0/8]}, "
       "proxy_protocol: {accept: false}"},
      {"open anyway",
       "listen: \":80\", mode: forward, access: {clients: [10.0.0.0/8], open: true}, "
       "proxy_protocol: {accept: true}"},
      {"loopback",
       "listen: \"127.0.0.1:80\", mode: forward, access: {clients: [10.0.0.0/8]}, "
       "proxy_protocol: {accept: true}"},
  });
  for (const Row& row : rows) check(row);
}

TEST_CASE("an open proxy is refused unless it was asked for by name") {
  constexpr std::string_view kRefused = "1: listeners[0].listen: everybody who reaches ";
  const auto rows = std::to_array<Row>({
      {"loopback", "listen: \"127.0.0.1:80\", mode: forward"},
      {"IPv6 loopback", "listen: \"[::1]:80\", mode: socks5"},
      {"localhost", "listen: \"localhost:80\", mode: forward"},
      {"unix", "listen: unix:/a, mode: socks5"},
      {"every address", "listen: \":80\", mode: forward", kRefused},
      {"a private address", "listen: \"10.0.0.1:80\", mode: socks5",
       "1: listeners[0].listen: everybody who reaches 10.0.0.1:80 could use this proxy to get "
       "anywhere; write access: {clients: [10.0.0.0/8]} or {credentials_file: FILE}, listen on "
       "127.0.0.1, or write access: {open: true} if that is meant"},
      {"IPv6", "listen: \"[::]:80\", mode: forward", kRefused},
      {"destinations alone", "listen: \":80\", mode: forward, access: {destinations: [a.example]}",
       kRefused},
      {"an empty list", "listen: \":80\", mode: forward, access: {clients: []}", kRefused},
      {"not open", "listen: \":80\", mode: forward, access: {open: false}", kRefused},
      {"clients", "listen: \":80\", mode: forward, access: {clients: [10.0.0.0/8]}"},
      {"open", "listen: \":80\", mode: socks5, access: {open: true}"},
      {"only the bad file is told",
       "listen: \":80\", mode: forward, access: {credentials_file: /nonexistent}",
       "1: listeners[0].access.credentials_file: \"/nonexistent\" cannot be read"},
      {"a listener without an address is judged no further", "mode: forward",
       "1: listeners[0].listen: this key is missing; write an address such as 127.0.0.1:8080\n"},
      {"transparent takes where the firewall leads", "listen: \":80\", mode: transparent"},
      {"tproxy too", "listen: \":80\", mode: tproxy"},
  });
  for (const Row& row : rows) check(row);
}

TEST_CASE("no verification towards the public is refused unless it was asked for by name") {
  constexpr std::string_view kRefused =
      "1: listeners[0].upstream_tls.verify: without it anybody on the way could answer for ";
  const auto rows = std::to_array<Row>({
      {"loopback", "upstream: wss://127.0.0.1, upstream_tls: {verify: false}"},
      {"private", "upstream: wss://10.0.0.7, upstream_tls: {verify: false}"},
      {"link-local", "upstream: \"wss://[fe80::1]\", upstream_tls: {verify: false}"},
      {"a service's name", "upstream: wss://chat, upstream_tls: {verify: false}"},
      {"a cluster's name",
       "upstream: wss://chat.default.svc.cluster.local, upstream_tls: {verify: false}"},
      {"unix", "upstream: unix:/a, upstream_tls: {verify: false}"},
      {"public, without TLS", "upstream: ws://203.0.113.9, upstream_tls: {verify: false}"},
      {"public, verified", "upstream: wss://203.0.113.9, upstream_tls: {verify: true}"},
      {"public", "upstream: wss://203.0.113.9, upstream_tls: {verify: false}",
       "1: listeners[0].upstream_tls.verify: without it anybody on the way could answer for "
       "wss://203.0.113.9:443, which is not surely in a private network; write true, with `ca` "
       "for an authority of your own, or allow_public: true if that is meant"},
      {"a name", "upstream: wss://chat.example, upstream_tls: {verify: false}", kRefused},
      {"asked for",
       "upstream: wss://chat.example, upstream_tls: {verify: false, allow_public: true}"},
      {"not asked for",
       "upstream: wss://chat.example, upstream_tls: {verify: false, allow_public: false}",
       kRefused},
      {"the second of a list",
       "upstream: [wss://10.0.0.7, wss://a.example], upstream_tls: {verify: "
       "false}",
       "1: listeners[0].upstream_tls.verify: without it anybody on the way could answer for "
       "wss://a.example:443, "},
      {"a route", "routes: [{host: h, upstream: wss://a.example}], upstream_tls: {verify: false}",
       kRefused},
      {"transparent", "mode: transparent, upstream_tls: {verify: false}",
       "1: listeners[0].upstream_tls.verify: without it anybody on the way could answer for "
       "wherever clients want to go, which"},
      {"tproxy", "mode: tproxy, upstream_tls: {verify: false}", kRefused},
      {"forward", "mode: forward, upstream_tls: {verify: false}", kRefused},
      {"socks5, asked for", "mode: socks5, upstream_tls: {verify: false, allow_public: true}"},
  });
  for (const Row& row : rows) {
    const std::string listener = "listen: \"127.0.0.1:80\", " + std::string(row.listener);
    check({row.name, listener, row.said});
  }
}

}  // namespace
}  // namespace lastframe::settings
