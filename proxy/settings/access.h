// Who may use a forward or SOCKS5 proxy, and to get where.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "net/options.h"
#include "settings/value.h"

namespace lastframe::settings {

struct Access {
  net::AccessRules rules;
  bool limits_clients = false;  // by their addresses or by credentials
  bool is_open = false;         // to everybody, by the operator's own word
};

// "10.0.0.0/8", "2001:db8::/32", "192.0.2.1"; what is no such range is told.
std::vector<std::string> read_ranges(const Value& value);

// Paths begin at `folder`.
Access read_access(const Value& value, const std::filesystem::path& folder);

}  // namespace lastframe::settings
