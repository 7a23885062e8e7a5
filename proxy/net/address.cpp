#include "net/address.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstddef>
#include <limits>
#include <optional>
#include <utility>

#include "core/base/ascii.h"
#include "core/base/ip.h"
#include "core/base/words.h"

namespace lastframe::net {
namespace {

constexpr std::size_t kLongestUnixPath = 107;  // sockaddr_un::sun_path with its NUL is 108 bytes
constexpr std::size_t kLongestName = 253;      // RFC 1035 section 2.3.4, without the last dot
constexpr std::size_t kLongestLabel = 63;
constexpr std::uint16_t kDefaultWsPort = 80;  // RFC 6455 section 3
constexpr std::uint16_t kDefaultWssPort = 443;

constexpr const char* kListenForms = "write 127.0.0.1:8080, [::1]:8080, :8080 or unix:/path";
constexpr const char* kUpstreamForms = "write ws://host:port, wss://host:port or unix:/path";

std::unexpected<Error> mistake(std::string what, std::string remedy) {
  return std::unexpected(Error{"", std::move(what), std::move(remedy)});
}

struct HostAndPort {
  std::string_view host;  // without brackets
  bool is_bracketed = false;
  std::optional<std::string_view> port;
};

// "host", "host:port", "[v6]", "[v6]:port", ":port"; nullopt where a bracket or colon is astray.
std::optional<HostAndPort> split(std::string_view text) {
  HostAndPort parts;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    parts.host = text.substr(1, end - 1);
    parts.is_bracketed = true;
    text.remove_prefix(end + 1);
  } else {
    parts.host = text.substr(0, text.find(':'));
    text.remove_prefix(parts.host.size());
  }
  if (text.empty()) return parts;
  if (text.front() != ':' || text.find(':', 1) != std::string_view::npos) return std::nullopt;
  parts.port = text.substr(1);
  return parts;
}

std::expected<std::uint16_t, Error> parse_port(std::string_view text) {
  constexpr const char* kRange = "a port is a number from 0 to 65535";
  if (text.empty()) return mistake("lacks a port", kRange);
  if (!std::ranges::all_of(text, is_digit)) {
    return mistake("has a port that is not a number", kRange);
  }
  if (text.size() > 1 && text.front() == '0') {
    return mistake("has a port that starts with a zero", "write it without the leading zero");
  }
  std::uint16_t port = 0;
  const auto [_, fault] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (fault != std::errc{}) return mistake("has a port that is too large", kRange);
  return port;
}

std::expected<Address, Error> parse_unix_path(std::string_view path) {
  if (!path.starts_with('/') || path.starts_with("//")) {
    return mistake("is not an absolute path", "write unix:/path, with one slash");
  }
  if (path.contains('\0')) return mistake("holds a NUL byte", "write unix:/path");
  if (path.size() > kLongestUnixPath) {
    return mistake(fmt::format("has a path of {} bytes", path.size()),
                   fmt::format("a unix socket's path has at most {}", kLongestUnixPath));
  }
  return UnixPath{std::string(path)};
}

bool looks_like_ipv4(std::string_view host) {
  return std::ranges::all_of(host, [](char c) { return is_digit(c) || c == '.'; });
}

// Where a connection to `host` can arrive on this machine without leaving it.
bool is_loopback(std::string_view host) {
  if (in_lower_case(host) == "localhost") return true;
  const auto ip = parse_ip(host);
  return ip && (host.starts_with("127.") || *ip == *parse_ipv6("::1"));
}

bool is_every_address(std::string_view host) {
  if (host.empty()) return true;
  const auto ip = parse_ip(host);
  return ip && (*ip == *parse_ipv6("::") || *ip == *parse_ipv4("0.0.0.0"));
}

bool is_same_host(std::string_view a, std::string_view b) {
  const auto ip_a = parse_ip(a);
  const auto ip_b = parse_ip(b);
  return ip_a && ip_b ? *ip_a == *ip_b : in_lower_case(a) == in_lower_case(b);
}

// Takes the scheme off `text`: whether it asks for TLS.
std::expected<bool, Error> take_scheme(std::string_view& text) {
  const std::size_t mark = text.find("://");
  if (mark == std::string_view::npos) {
    return mistake("has no scheme", kUpstreamForms);
  }
  const std::string scheme = in_lower_case(text.substr(0, mark));
  if (scheme != "ws" && scheme != "wss") {
    return mistake("has a scheme that no upstream has", kUpstreamForms);
  }
  text.remove_prefix(mark + 3);
  return scheme == "wss";
}

// A path, a query, a fragment or a user behind the scheme.
std::optional<Error> surplus(std::string_view rest, std::string_view scheme) {
  const std::size_t end = rest.find_first_of("/?#");
  const std::string_view authority = rest.substr(0, end);
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    return Error{"", "names a user, but request heads pass unchanged",
                 fmt::format("write {}://{}", scheme, printable(authority.substr(at + 1)))};
  }
  if (end == std::string_view::npos) return std::nullopt;
  const char* kind = rest[end] == '/' ? "path" : rest[end] == '?' ? "query" : "fragment";
  return Error{
      "",
      fmt::format("has a {}, but request targets pass unchanged: it would have no effect", kind),
      fmt::format("write {}://{}", scheme, printable(authority))};
}

std::expected<Address, Error> listen_address(std::string_view text) {
  if (text.starts_with("unix:")) return parse_unix_path(text.substr(5));
  if (text.contains("://")) {
    return mistake("is a URL, not an address to listen on", kListenForms);
  }
  const auto parts = split(text);
  if (!parts || !parts->port) {
    return mistake("is not an address with a port", kListenForms);
  }
  const auto port = parse_port(*parts->port);
  if (!port) return std::unexpected(port.error());

  std::string host(parts->host);
  if (!parts->is_bracketed && in_lower_case(host) == "localhost") host = "127.0.0.1";
  const bool is_good = parts->is_bracketed ? parse_ipv6(host).has_value()
                                           : host.empty() || parse_ipv4(host).has_value();
  if (!is_good) {
    return mistake("is not a numeric address", kListenForms);
  }
  return TcpAddress{std::move(host), *port};
}

std::expected<Upstream, Error> upstream(std::string_view text) {
  if (text.starts_with("unix:")) {
    auto path = parse_unix_path(text.substr(5));
    if (!path) return std::unexpected(std::move(path.error()));
    return Upstream{.address = *std::move(path)};
  }
  std::string_view rest = text;
  const auto is_tls = take_scheme(rest);
  if (!is_tls) return std::unexpected(is_tls.error());
  if (auto error = surplus(rest, *is_tls ? "wss" : "ws")) return std::unexpected(*std::move(error));

  const auto parts = split(rest);
  if (!parts) return mistake("is not ws://host:port", kUpstreamForms);
  if (parts->host.empty()) return mistake("names no host", kUpstreamForms);
  const auto port = parts->port ? parse_port(*parts->port)
                    : *is_tls   ? kDefaultWssPort
                                : kDefaultWsPort;
  if (!port) return std::unexpected(port.error());
  if (*port == 0)
    return mistake("has port 0, where nobody can be reached", "write the port of the service");

  const bool is_good = parts->is_bracketed            ? parse_ipv6(parts->host).has_value()
                       : looks_like_ipv4(parts->host) ? parse_ipv4(parts->host).has_value()
                                                      : is_host_name(parts->host);
  if (!is_good) {
    return mistake("has neither a host name nor an address", kUpstreamForms);
  }
  return Upstream{.address = TcpAddress{std::string(parts->host), *port}, .is_tls = *is_tls};
}

// Every error shows the whole text it is about, but for a password.
template <typename Parsed>
std::expected<Parsed, Error> naming(std::string_view text, std::expected<Parsed, Error> parsed) {
  if (parsed) return parsed;
  std::string shown(text);
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    const std::size_t scheme = text.find("://");
    const std::size_t user = scheme == std::string_view::npos ? 0 : scheme + 3;
    const std::size_t password = text.substr(0, at).find(':', user);
    if (password != std::string_view::npos) shown.replace(password + 1, at - password - 1, "***");
  }
  parsed.error().what = fmt::format("{} {}", in_quotes(shown), parsed.error().what);
  return parsed;
}

}  // namespace

bool is_host_name(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty() || name.size() > kLongestName) return false;
  while (true) {
    const std::string_view label = name.substr(0, name.find('.'));
    if (label.empty() || label.size() > kLongestLabel) return false;
    if (label.starts_with('-') || label.ends_with('-')) return false;
    const bool is_plain = std::ranges::all_of(label, [](unsigned char c) {
      return c < 0x80 && (std::isalnum(c) != 0 || c == '-' || c == '_');
    });
    if (!is_plain) return false;
    if (label.size() == name.size()) return true;
    name.remove_prefix(label.size() + 1);
  }
}

std::string to_text(const Address& address) {
  if (const auto* unix_path = std::get_if<UnixPath>(&address)) return "unix:" + unix_path->path;
  const auto& tcp = std::get<TcpAddress>(address);
  const bool is_ipv6 = tcp.host.contains(':');
  return fmt::format("{}{}{}:{}", is_ipv6 ? "[" : "", tcp.host, is_ipv6 ? "]" : "", tcp.port);
}

std::string to_text(const Upstream& upstream) {
  const std::string address = to_text(upstream.address);
  return upstream.is_tls ? "wss://" + address : address;
}

std::expected<Address, Error> parse_listen_address(std::string_view text) {
  return naming(text, listen_address(text));
}

std::expected<Upstream, Error> parse_upstream(std::string_view text) {
  return naming(text, upstream(text));
}

bool is_same_listen_address(const Address& a, const Address& b) {
  const auto* tcp_a = std::get_if<TcpAddress>(&a);
  const auto* tcp_b = std::get_if<TcpAddress>(&b);
  if (tcp_a == nullptr || tcp_b == nullptr) return a == b;
  if (tcp_a->port != tcp_b->port || tcp_a->port == 0) return false;
  const bool is_dual = tcp_a->host.empty() || tcp_b->host.empty();  // [::] and 0.0.0.0 in one
  if (is_dual) return is_every_address(tcp_a->host) && is_every_address(tcp_b->host);
  return is_same_host(tcp_a->host, tcp_b->host);
}

bool leads_to(const Address& upstream, const Address& listen) {
  const auto* to = std::get_if<TcpAddress>(&upstream);
  const auto* at = std::get_if<TcpAddress>(&listen);
  if (to == nullptr || at == nullptr) return upstream == listen;
  if (to->port != at->port) return false;
  if (is_every_address(at->host)) return is_loopback(to->host) || is_every_address(to->host);
  if (in_lower_case(to->host) == "localhost")
    return at->host == "127.0.0.1" || is_same_host(at->host, "::1");
  return is_same_host(to->host, at->host);
}

}  // namespace lastframe::net
