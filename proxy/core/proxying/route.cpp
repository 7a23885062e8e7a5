#include "core/proxying/route.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "core/base/ip.h"
#include "core/base/words.h"
#include "core/http/head.h"
#include "core/http/head_reader.h"
#include "core/proxying/authority.h"
#include "core/proxying/name_pattern.h"

namespace lastframe::proxying {
namespace {

std::string_view without_brackets(std::string_view host) {
  const bool is_bracketed = host.size() > 1 && host.starts_with('[') && host.ends_with(']');
  return is_bracketed ? host.substr(1, host.size() - 2) : host;
}

bool host_matches(std::string_view pattern, std::string_view host) {
  const auto wanted = parse_ip(without_brackets(pattern));
  const auto ip = parse_ip(without_brackets(host));
  return wanted && ip ? *wanted == *ip : matches(pattern, host);
}

bool path_matches(std::string_view pattern, std::string_view path) {
  path = path.substr(0, path.find_first_of("?#"));
  if (!pattern.ends_with("/*")) return pattern == path;
  pattern.remove_suffix(1);
  return path.starts_with(pattern) ||
         (!path.empty() && path == pattern.substr(0, pattern.size() - 1));
}

// "user@host:port" -> "host"; an IPv6 address without its brackets.
std::string_view host_of(std::string_view authority) {
  const std::size_t user_end = authority.rfind('@');
  if (user_end != std::string_view::npos) authority.remove_prefix(user_end + 1);
  if (!authority.starts_with('[')) return authority.substr(0, authority.find(':'));
  return authority.substr(1, authority.find(']') - 1);
}

FirstRequest of_head(const http::RequestHead& head) {
  FirstRequest request;
  request.state = FirstRequest::State::complete;
  request.host = host_of(head.fields.first("Host").value_or(""));
  std::string_view target = head.target.substr(0, head.target.find_first_of("?#"));
  if (head.method == "CONNECT") {
    request.host = host_of(target);
    return request;
  }
  const std::size_t mark = target.find("://");
  if (!target.starts_with('/') && mark != std::string_view::npos) {
    const std::size_t begin = mark + 3;
    const std::size_t end = std::min(target.find('/', begin), target.size());
    request.host = host_of(target.substr(begin, end - begin));
    target.remove_prefix(end);
    if (target.empty()) target = "/";
  }
  request.path = target;
  return request;
}

}  // namespace

bool holds(const RoutePattern& pattern, const RouteKey& key) {
  return (pattern.server_name.empty() || matches(pattern.server_name, key.server_name)) &&
         (pattern.host.empty() || host_matches(pattern.host, key.host)) &&
         (pattern.path.empty() || path_matches(pattern.path, key.path));
}

std::optional<Error> mistake_in(const RoutePattern& pattern) {
  const auto mistake = [](const char* where, std::string_view text, const char* what,
                          const char* remedy) {
    return Error{where, in_quotes(text).append(what), remedy};
  };
  const auto [server_name, host, path] = pattern;
  // RFC 6066 section 3: "Literal IPv4 and IPv6 addresses are not permitted".
  if (parse_ip(without_brackets(server_name))) {
    return mistake("server_name", server_name, " is an address, which no client sends",
                   "choose by host or path");
  }
  if (!server_name.empty() && !is_name_pattern(server_name)) {
    return mistake("server_name", server_name, " is no name", "write chat.example or *.example");
  }
  if (!host.empty() && !is_name_pattern(host) && !parse_ip(without_brackets(host))) {
    return mistake("host", host, " is no host without a port",
                   "write chat.example, *.example, 192.0.2.1 or [2001:db8::1]");
  }
  if (path.empty()) return std::nullopt;
  if (!path.starts_with('/')) {
    return mistake("path", path, " does not begin with a slash", "write /chat or /chat/*");
  }
  if (path.find_first_of("?#") != std::string_view::npos) {
    return mistake("path", path, " has a query, which does not matter", "write its path alone");
  }
  const std::size_t star = path.find('*');
  if (star != std::string_view::npos && !(star + 1 == path.size() && path.ends_with("/*"))) {
    return mistake("path", path, " has a star that is not its last part", "write /chat/*");
  }
  return std::nullopt;
}

FirstRequest first_request(ByteView bytes) {
  http::HeadReader reader(http::MessageKind::request, kLongestFirstRequest);
  const http::HeadResult result = reader.read(bytes);
  FirstRequest request;
  if (const auto* complete = std::get_if<http::CompleteHead>(&result)) {
    if (const auto head = http::parse_request_head(complete->text)) return of_head(*head);
    request.state = FirstRequest::State::not_http;
  } else if (const auto* not_http = std::get_if<http::NotHttp>(&result)) {
    request.state =
        not_http->is_too_long ? FirstRequest::State::too_long : FirstRequest::State::not_http;
  }
  return request;
}

}  // namespace lastframe::proxying
