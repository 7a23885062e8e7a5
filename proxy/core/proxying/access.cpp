#include "core/proxying/access.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "core/base/words.h"
#include "core/proxying/authority.h"
#include "core/proxying/name_pattern.h"

namespace lastframe::proxying {
namespace {

constexpr unsigned kIpBits = 128;

std::unexpected<Error> mistake(std::string_view text, std::string_view what, std::string remedy) {
  return std::unexpected(Error{"", in_quotes(text).append(" ").append(what), std::move(remedy)});
}

// `ip` with zeros behind its first `bits`.
IpBytes beginning(IpBytes ip, unsigned bits) {
  for (unsigned i = 0; i < ip.size(); ++i) {
    const unsigned kept = std::clamp(bits, 8 * i, 8 * i + 8) - 8 * i;
    ip[i] = static_cast<std::uint8_t>(ip[i] & (0xFF00U >> kept));
  }
  return ip;
}

// "192.0.2.1", "10.0.0.0/8", "2001:db8::/32". `shown`: what the error names.
std::expected<AddressBlock, Error> block(std::string_view text, std::string_view shown) {
  constexpr const char* kForms = "write 10.0.0.0/8, 2001:db8::/32 or a single address";
  const std::size_t slash = text.find('/');
  const std::string_view address = text.substr(0, slash);
  const auto ip = parse_ip(address);
  if (!ip) return mistake(shown, "has no numeric address", kForms);
  if (slash == std::string_view::npos) return AddressBlock{.first = *ip, .bits = kIpBits};

  const unsigned before = address.contains(':') ? 0 : kIpv4PrefixBits;
  const auto size = parse_port(text.substr(slash + 1));  // a small number as well
  if (!size || *size > kIpBits - before) {
    return mistake(shown, "has a prefix that is no number of bits",
                   "a prefix has 0 to 32 bits of IPv4, 0 to 128 of IPv6");
  }
  const AddressBlock result{.first = beginning(*ip, before + *size), .bits = before + *size};
  if (result.first != *ip) {
    const unsigned bits = result.bits - (is_ipv4(result.first) ? kIpv4PrefixBits : 0);
    return mistake(shown, "has bits behind its prefix",
                   "write " + ip_text(result.first) + "/" + std::to_string(bits));
  }
  return result;
}

struct HostAndPortText {
  std::string_view host;  // without brackets
  std::optional<std::string_view> port;
};

// Two colons and more are an IPv6 address, unless it stands in brackets.
std::optional<HostAndPortText> split(std::string_view text) {
  HostAndPortText parts;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    parts.host = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    if (text.empty()) return parts;
    if (text.front() != ':') return std::nullopt;
    parts.port = text.substr(1);
    return parts;
  }
  const std::size_t colon = text.find(':');
  if (std::ranges::count(text, ':') != 1) return HostAndPortText{.host = text, .port = {}};
  return HostAndPortText{.host = text.substr(0, colon), .port = text.substr(colon + 1)};
}

}  // namespace

bool AddressBlock::holds(const IpBytes& ip) const {
  // "::/0" stands for IPv6 alone, although IPv4 addresses are held inside it.
  return is_ipv4(ip) == is_ipv4(first) && beginning(ip, bits) == first;
}

std::expected<Access::Rule, Error> Access::rule(std::string_view text) {
  constexpr const char* kForms =
      "write chat.example:443, *.example, 10.0.0.0/8:9000, [2001:db8::/32]:443 or *; without a "
      "port for every port";
  const auto parts = split(text);
  if (!parts) return mistake(text, "has a bracket astray", kForms);
  Rule rule;
  if (parts->port) {
    rule.port = parse_port(*parts->port);
    if (!rule.port || *rule.port == 0) {
      return mistake(text, "has no port from 1 to 65535", kForms);
    }
  }
  if (parse_ip(parts->host.substr(0, parts->host.find('/')))) {
    auto addresses = block(parts->host, text);
    if (!addresses) return std::unexpected(std::move(addresses.error()));
    rule.block = *addresses;
    return rule;
  }
  if (!is_name_pattern(parts->host)) {
    return mistake(text, "is neither a host name nor an address", kForms);
  }
  rule.name = parts->host;
  return rule;
}

std::expected<Access, Error> Access::of(std::span<const std::string> clients,
                                        std::span<const std::string> destinations) {
  Access access;
  for (const std::string& text : clients) {
    auto client = block(text, text);
    if (!client) return std::unexpected(std::move(client.error()));
    access.clients_.push_back(*client);
  }
  for (const std::string& text : destinations) {
    const bool is_denied = text.starts_with('!');
    auto destination = rule(std::string_view(text).substr(is_denied ? 1 : 0));
    if (!destination) return std::unexpected(std::move(destination.error()));
    (is_denied ? access.denied_ : access.destinations_).push_back(*std::move(destination));
  }
  return access;
}

bool Access::admits(std::string_view client_ip) const {
  if (clients_.empty()) return true;
  const auto ip = parse_ip(client_ip.substr(0, client_ip.find('%')));  // fe80::1%eth0
  return ip && std::ranges::any_of(clients_,
                                   [&](const AddressBlock& client) { return client.holds(*ip); });
}

bool Access::holds(const Rule& rule, const Destination& destination) {
  if (rule.port && *rule.port != destination.port) return false;
  const auto ip = parse_ip(destination.host);
  if (rule.block) return ip && rule.block->holds(*ip);
  return ip ? rule.name == "*" : matches(rule.name, destination.host);
}

bool Access::denies(const Destination& destination) const {
  return std::ranges::any_of(denied_, [&](const Rule& rule) { return holds(rule, destination); });
}

bool Access::names(const Destination& destination) const {
  return !denies(destination) && std::ranges::any_of(destinations_, [&](const Rule& rule) {
    return !rule.name.starts_with('*') && holds(rule, destination);
  });
}

bool Access::leads_to(const Destination& destination) const {
  if (denies(destination)) return false;
  return destinations_.empty() || std::ranges::any_of(destinations_, [&](const Rule& rule) {
           return holds(rule, destination);
         });
}

bool Access::leads_to_address(std::string_view ip, std::uint16_t port) const {
  const std::string_view address = ip.substr(0, ip.find('%'));
  if (!parse_ip(address)) return destinations_.empty();
  return leads_to({.host = std::string(address), .port = port});
}

}  // namespace lastframe::proxying
