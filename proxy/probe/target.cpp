#include "probe/target.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/ascii.h"
#include "core/base/words.h"
#include "core/session/privacy.h"

namespace lastframe::probe {
namespace {

constexpr const char* kForms = "write ws://host:port/path, wss://host/path or unix:/path";

std::unexpected<Error> mistake(std::string what, std::string remedy) {
  return std::unexpected(Error{"", std::move(what), std::move(remedy)});
}

// What may stand in a request line: RFC 3986 has everything else percent-encoded.
bool is_request(std::string_view text) {
  return text.starts_with('/') &&
         std::ranges::all_of(text, [](char c) { return is_printable(c) && c != ' '; });
}

std::expected<std::string, Error> request_of(std::string_view rest, std::string_view url) {
  if (rest.contains('#')) {
    return mistake(
        fmt::format("{} has a fragment, which no WebSocket URL may have", in_quotes(url)),
        "leave out what begins with #, or write %23");
  }
  std::string request(rest.starts_with('/') ? "" : "/");
  request += rest;
  if (is_request(request)) return request;
  return mistake(fmt::format("{} holds a character that no request may hold", in_quotes(url)),
                 "write it percent-encoded, a blank as %20");
}

std::expected<Target, Error> unix_target(std::string_view url) {
  const std::size_t end = url.find(":/", 6);
  const auto upstream = net::parse_upstream(url.substr(0, end));
  if (!upstream) return std::unexpected(upstream.error());
  Target target{.address = upstream->address, .host = "localhost", .server_name = ""};
  if (end == std::string_view::npos) return target;
  auto request = request_of(url.substr(end + 1), url);
  if (!request) return std::unexpected(request.error());
  target.request = *std::move(request);
  return target;
}

std::string host_field(const net::TcpAddress& at, bool is_tls) {
  const std::string host = at.host.contains(':') ? fmt::format("[{}]", at.host) : at.host;
  return at.port == (is_tls ? 443 : 80) ? host : fmt::format("{}:{}", host, at.port);
}

}  // namespace

std::expected<Target, Error> parse_target(std::string_view url) {
  if (url.starts_with("unix:")) return unix_target(url);
  const std::size_t mark = url.find("://");
  const std::string scheme =
      mark == std::string_view::npos ? "" : in_lower_case(url.substr(0, mark));
  if (scheme == "http" || scheme == "https") {
    return mistake(fmt::format("{} is no WebSocket URL", in_quotes(url)),
                   fmt::format("write {}://", scheme == "http" ? "ws" : "wss"));
  }
  if (scheme != "ws" && scheme != "wss") {
    return mistake(fmt::format("{} has no scheme of WebSocket", in_quotes(url)), kForms);
  }
  const std::size_t end = std::min(url.find_first_of("/?#", mark + 3), url.size());
  const std::string_view authority = url.substr(mark + 3, end - mark - 3);
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    return mistake("the URL names a user, which no WebSocket request carries",
                   R"(write --header "Authorization: ..." in its place)");
  }
  const auto upstream = net::parse_upstream(url.substr(0, end));
  if (!upstream) return std::unexpected(upstream.error());
  auto request = request_of(url.substr(end), url);
  if (!request) return std::unexpected(request.error());
  const auto& tcp = std::get<net::TcpAddress>(upstream->address);
  return Target{.address = upstream->address,
                .is_tls = upstream->is_tls,
                .host = host_field(tcp, upstream->is_tls),
                .server_name = tcp.host,
                .request = *std::move(request)};
}

std::string with_segment(std::string_view request, std::string_view segment) {
  const std::size_t end = std::min(request.find('?'), request.size());
  std::string path(request.substr(0, end));
  if (!path.ends_with('/')) path += '/';
  return path.append(segment).append(request.substr(end));
}

std::string to_text(const Target& target) {
  if (const auto* path = std::get_if<net::UnixPath>(&target.address)) {
    return target.request == "/" ? std::string("unix:").append(path->path)
                                 : fmt::format("unix:{}:{}", path->path, target.request);
  }
  return fmt::format("{}://{}{}", target.is_tls ? "wss" : "ws", target.host, target.request);
}

std::string shown_url(const Target& target) {
  Target shown = target;
  shown.request = session::redact_target(target.request, session::PrivacyOptions{});
  return to_text(shown);
}

}  // namespace lastframe::probe
