// Who may use a forward or SOCKS5 proxy, and to get where: lists of what is allowed.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/base/ip.h"
#include "core/proxying/negotiation.h"

namespace lastframe::proxying {

// All addresses of one family that begin with the first `bits` of `first`; IPv4 addresses are held
// as IPv4-mapped, and so are their bits.
struct AddressBlock {
  IpBytes first{};
  unsigned bits = 128;

  bool holds(const IpBytes& ip) const;
};

class Access {
 public:
  // Lets everybody get everywhere.
  Access() = default;

  // `clients`: "10.0.0.0/8", "2001:db8::/32", "192.0.2.1"; empty: everybody.
  // `destinations`: "chat.example", "*.example", "10.0.0.0/8", "192.0.2.1", "2001:db8::/32", "*",
  // each also with a port: "chat.example:443", "10.0.0.0/8:9000", "[2001:db8::/32]:443", "*:443";
  // empty: everything. What begins with "!" is refused, whatever else lets it through. The error
  // has no `where`, and shows the whole text.
  static std::expected<Access, Error> of(std::span<const std::string> clients,
                                         std::span<const std::string> destinations);

  // `client_ip` is numeric, a zone does not matter. Who has no such address (a unix socket's
  // client) is let in where everybody is.
  bool admits(std::string_view client_ip) const;

  // A numeric destination is let through by rules for addresses, a name by rules for names, and
  // both by "*".
  bool leads_to(const Destination& destination) const;

  // Whether a rule with "!" holds for it: a name by its name, an address by its number.
  bool denies(const Destination& destination) const;

  // Whether it is let through by a rule that means it: a name alone, or addresses; not "*", which
  // holds for whatever there is, nor "*.example", whose names others may give to any address.
  bool names(const Destination& destination) const;

  // A name that leads_to() does not let through may resolve to an address that is: ask for each.
  bool leads_to_address(std::string_view ip, std::uint16_t port) const;

 private:
  struct Rule {
    std::string name;  // a pattern, where there is no block
    std::optional<AddressBlock> block;
    std::optional<std::uint16_t> port;  // absent: every port
  };

  static std::expected<Rule, Error> rule(std::string_view text);
  static bool holds(const Rule& rule, const Destination& destination);

  std::vector<AddressBlock> clients_;
  std::vector<Rule> destinations_;
  std::vector<Rule> denied_;
};

}  // namespace lastframe::proxying
