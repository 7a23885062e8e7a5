#include "admin/access.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <variant>

#include "core/base/ip.h"
#include "core/base/ranges.h"
#include "core/http/head.h"
#include "core/proxying/authority.h"
#include "core/proxying/credentials.h"

namespace lastframe::admin {
namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

// RFC 6750 section 2.1. The scheme's case does not matter (RFC 9110 section 11.1).
bool has_token(const Request& request, const Options& options) {
  constexpr std::string_view kScheme = "Bearer ";
  if (options.token.empty() || !request.authorization) return false;
  const std::string_view shown = *request.authorization;
  if (!http::equal_ignoring_case(shown.substr(0, kScheme.size()), kScheme)) return false;
  return proxying::is_known(std::array{options.token}, http::trimmed(shown.substr(kScheme.size())));
}

// Names other than localhost are in the hands of whoever answers for them in the DNS.
bool is_ours(std::string_view host, std::string_view local_host) {
  if (is_loopback(host)) return true;
  const auto ip = parse_ip(host);
  return ip && ip == parse_ip(local_host);
}

std::optional<proxying::Destination> destination(std::string_view text, std::uint16_t port) {
  const auto parsed = proxying::parse_authority(text, port);
  return parsed ? std::optional(*parsed) : std::nullopt;
}

// The origin of the page has to be that of the request: same host, same port.
bool is_same_origin(std::string_view origin, std::string_view host) {
  for (const auto& [scheme, port] :
       {std::pair(std::string_view("http://"), kHttpPort), {"https://", kHttpsPort}}) {
    if (!http::equal_ignoring_case(origin.substr(0, scheme.size()), scheme)) continue;
    const auto from = destination(origin.substr(scheme.size()), port);
    const auto to = destination(host, port);
    return from && to && from->port == to->port && http::equal_ignoring_case(from->host, to->host);
  }
  return false;  // "null" among others
}

}  // namespace

bool is_loopback(std::string_view host) {
  if (http::equal_ignoring_case(host, "localhost")) return true;
  const auto ip = parse_ip(host);
  if (!ip) return false;
  constexpr std::size_t kFirstByteOfIpv4 = 12;
  return is_ipv4(*ip) ? (*ip)[kFirstByteOfIpv4] == 127 : ip == parse_ipv6("::1");
}

bool is_local(const net::Address& address) {
  const auto* tcp = std::get_if<net::TcpAddress>(&address);
  return tcp == nullptr || is_loopback(tcp->host);
}

std::optional<Response> access_refusal(const Request& request, const Options& options) {
  const bool is_token_shown = has_token(request, options);
  const auto host = request.host ? destination(*request.host, kHttpPort) : std::nullopt;
  const bool is_host_ours = host && is_ours(host->host, request.local_host);
  if (request.origin && !(is_same_origin(*request.origin, request.host.value_or("")) &&
                          (is_host_ours || is_token_shown))) {
    return refusal(403, "the Origin is foreign: a page from elsewhere asks",
                   "ask from a page of this address, or from a program that sends no Origin");
  }
  if (is_token_shown || contains(options.public_paths, request.path)) {
    return std::nullopt;
  }
  if (!options.token.empty()) {
    Response response = refusal(401, "the token is missing or wrong",
                                "send Authorization: Bearer with what admin.token_file holds");
    response.fields.emplace_back("www-authenticate:", "Bearer realm=\"lastframe\"");
    return response;
  }
  if (is_host_ours) return std::nullopt;
  return refusal(403, "the Host is not this address: it may be a name made to lead here",
                 "ask by localhost, by 127.0.0.1 or by the address that the port is bound to");
}

}  // namespace lastframe::admin
