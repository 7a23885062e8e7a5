#include "settings/listener.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/ip.h"
#include "core/base/words.h"
#include "net/address.h"
#include "settings/access.h"
#include "settings/destinations.h"
#include "settings/listener_rules.h"
#include "settings/mode_words.h"
#include "settings/tls.h"

namespace lastframe::settings {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLongestName = 64;
constexpr std::chrono::milliseconds kLongestKeepAlive = 32767s;  // the kernel's MAX_TCP_KEEPIDLE
constexpr std::uint64_t kMostProbes = 127;                       // MAX_TCP_KEEPCNT
constexpr std::chrono::milliseconds kLongestTimeOut = 168h;
constexpr const char* kListenExample = "an address such as 127.0.0.1:8080";

// The name stands in metric labels, ready lines and file names of dashboards.
void read_name(const Value& value, net::ListenerOptions& options) {
  const auto name = value.text("a name such as chat");
  if (!name) return;
  const bool is_visible = std::ranges::all_of(
      *name, [](char c) { return c > ' ' && c < 0x7F && c != '"' && c != '\\'; });
  if (!is_visible || name->size() > kLongestName) {
    value.wrong(fmt::format("{} is not a name", in_quotes(*name)),
                "write at most 64 letters, digits or signs without spaces, such as chat-eu");
    return;
  }
  options.name = *name;
}

std::optional<net::Address> read_listen(const Value& value) {
  const auto text = value.scalar(kListenExample);
  if (!text) return std::nullopt;
  auto address = net::parse_listen_address(*text);
  if (address) return *std::move(address);
  value.wrong(std::move(address.error()));
  return std::nullopt;
}

void read_proxy_protocol(const Value& value, net::ProxyProtocol& protocol) {
  static constexpr auto kHeaders = std::to_array<std::string_view>({"off", "v1", "v2"});
  static_assert(static_cast<int>(net::ProxyHeader::v2) == 2);
  const auto section =
      value.section("listeners[].proxy_protocol", "keys such as {accept: true, send: v2}");
  if (!section) return;
  if (const Value* accept = section->find("accept")) {
    protocol.is_accepted = accept->yes_or_no().value_or(false);
  }
  if (const Value* from = section->find("from")) {
    protocol.trusted = read_ranges(*from);
    if (!protocol.is_accepted && !protocol.trusted.empty()) {
      from->wrong("no PROXY headers are accepted here", "write accept: true as well");
    }
  }
  if (const Value* send = section->find("send")) {
    protocol.sent = static_cast<net::ProxyHeader>(send->one_of(kHeaders).value_or(0));
  }
}

void read_whole_seconds(const Value* value, std::chrono::seconds& seconds) {
  if (value == nullptr) return;
  const auto duration = value->duration({1s, kLongestKeepAlive});
  if (!duration) return;
  seconds = std::chrono::duration_cast<std::chrono::seconds>(*duration);
  if (seconds != *duration) {
    value->wrong("the kernel counts this in whole seconds", "write a time such as 60s");
  }
}

std::optional<net::KeepAlive> read_keepalive(const Value& value) {
  if (value.is("off")) return std::nullopt;
  net::KeepAlive keepalive;
  const auto section = value.section("listeners[].keepalive",
                                     "off, or keys such as {idle: 60s, interval: 10s, probes: 6}");
  if (!section) return keepalive;
  read_whole_seconds(section->find("idle"), keepalive.idle);
  read_whole_seconds(section->find("interval"), keepalive.interval);
  if (const Value* probes = section->find("probes")) {
    const auto number = probes->whole_number({1, kMostProbes});
    if (number) keepalive.probes = static_cast<int>(*number);
  }
  return keepalive;
}

void read_time_out(const Value* value, std::optional<std::chrono::milliseconds>& time_out) {
  if (value == nullptr) return;
  time_out.reset();
  if (!value->is("off")) time_out = value->duration({1ms, kLongestTimeOut}, "off");
}

void read_time_outs(const Value& value, net::TimeOuts& time_outs) {
  if (value.is("off")) {
    time_outs.tls.reset();
    return;
  }
  const auto section =
      value.section("listeners[].timeouts", "keys such as {connect: 10s, handshake: off}");
  if (!section) return;
  read_time_out(section->find("connect"), time_outs.connect);
  read_time_out(section->find("handshake"), time_outs.handshake);
  read_time_out(section->find("idle"), time_outs.idle);
  read_time_out(section->find("tls"), time_outs.tls);
}

void read_source_addresses(const Value& value, std::vector<std::string>& addresses) {
  const auto items = value.items("[10.0.0.1, 10.0.0.2]");
  if (!items) return;
  for (const Value& item : *items) {
    auto text = item.scalar("an address of this machine such as 10.0.0.1");
    if (!text) continue;
    if (parse_ip(*text)) {
      addresses.push_back(*std::move(text));
    } else {
      item.wrong(fmt::format("{} is not a numeric address", in_quotes(*text)),
                 "write an address of this machine such as 10.0.0.1, without a port");
    }
  }
}

void read_choices(const Value::Section& section, net::ListenerOptions& options) {
  static constexpr auto kConnect = std::to_array<std::string_view>({"accept", "first_byte"});
  static constexpr auto kOnFailure = std::to_array<std::string_view>({"reset", "http_502"});
  if (const Value* connect = section.find("connect")) {
    const bool waits = connect->one_of(kConnect) == 1;
    options.connect = waits ? net::ConnectWhen::first_byte : net::ConnectWhen::accepted;
  }
  if (const Value* on_failure = section.find("on_connect_failure")) {
    const bool answers = on_failure->one_of(kOnFailure) == 1;
    options.on_connect_failure =
        answers ? net::OnConnectFailure::http_502 : net::OnConnectFailure::reset;
  }
}

// What does not depend on the mode.
void read_behaviour(const Value::Section& section, net::ListenerOptions& options) {
  read_choices(section, options);
  if (const Value* sources = section.find("source_addresses")) {
    read_source_addresses(*sources, options.source_addresses);
  }
  if (const Value* keepalive = section.find("keepalive")) {
    options.keepalive = read_keepalive(*keepalive);
  }
  if (const Value* time_outs = section.find("timeouts")) {
    read_time_outs(*time_outs, options.timeouts);
  }
  if (const Value* protocol = section.find("proxy_protocol")) {
    read_proxy_protocol(*protocol, options.proxy_protocol);
  }
}

void read_addresses(const Value::Section& section, Listener& listener) {
  net::ListenerOptions& options = listener.options;
  if (const Value* listen = section.find("listen")) {
    if (auto address = read_listen(*listen)) {
      listener.listen = *listen;
      options.origin = {listen->place()};
      options.listen = *std::move(address);
    }
  } else {
    listener.value.missing("listen", fmt::format("write {}", kListenExample));
  }
  const net::Address* listen = listener.listen ? &options.listen : nullptr;
  if (const Value* upstream = section.find("upstream")) {
    read_upstreams(*upstream, listen, options.upstreams);
  }
  if (const Value* routes = section.find("routes")) {
    read_routes(*routes, listen, options.routes);
  }
}

// The mode, what belongs to some modes, and TLS; then what must hold among all of it.
void read_mode(const Value::Section& section, const std::filesystem::path& folder,
               Listener& listener) {
  net::ListenerOptions& options = listener.options;
  const Value* mode = section.find("mode");
  const auto word = mode != nullptr ? mode->one_of(kModes) : 0;
  options.mode = static_cast<net::Mode>(word.value_or(0));
  if (const Value* address = section.find("client_address")) {
    options.has_clients_address = address->yes_or_no().value_or(false);
  }
  Access access;
  if (const Value* value = section.find("access")) access = read_access(*value, folder);
  if (const Value* tls = section.find("tls")) options.tls = read_tls(*tls, folder);
  UpstreamTls upstream_tls;
  upstream_tls.options.origin = {listener.value.place()};
  if (const Value* tls = section.find("upstream_tls"))
    upstream_tls = read_upstream_tls(*tls, folder);
  if (word) {
    check_mode(listener.value, section, options);
    check_dangers(listener.listen ? &*listener.listen : nullptr, options, access, upstream_tls);
  }
  options.access = std::move(access.rules);
  options.upstream_tls = std::move(upstream_tls.options);
}

}  // namespace

Listener read_listener(const Value& value, const std::filesystem::path& folder) {
  Listener listener{value, {}, std::nullopt, std::nullopt};
  const auto section =
      value.section("listeners[]", "keys such as {listen: 127.0.0.1:8080, upstream: ws://...}");
  if (!section) return listener;
  if (const Value* name = section->find("name")) {
    listener.name = *name;
    read_name(*name, listener.options);
  }
  read_addresses(*section, listener);
  read_behaviour(*section, listener.options);
  read_mode(*section, folder, listener);
  return listener;
}

}  // namespace lastframe::settings
