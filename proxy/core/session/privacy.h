// What of a client's text may stand in a record (docs/log-format.md, "Redaction").
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/base/ip.h"

namespace lastframe::session {

// Where the operator finds the user of a connection; only a keyed hash of the value is kept.
struct UserSource {
  enum class Kind { header, cookie, query };
  Kind kind = Kind::header;
  std::string name;

  bool operator==(const UserSource&) const = default;
};

// Addresses whose X-Forwarded-For is believed. IPv4 is held as an IPv4-mapped IPv6 address.
struct AddressRange {
  IpBytes network{};           // the bits behind the prefix are zero
  unsigned prefix_bits = 128;  // 0 <= prefix_bits <= 128

  bool operator==(const AddressRange&) const = default;
};

struct PrivacyOptions {
  // Query parameters whose values may be shown; every other value is redacted.
  std::vector<std::string> query_allow{"EIO", "transport", "v"};
  std::optional<UserSource> user;
  std::vector<AddressRange> trust_forwarded_from;
  // Key of the user hash; made anew at each start unless the operator gives one.
  std::string user_key;

  bool operator==(const PrivacyOptions&) const = default;
};

// `text` with everything that looks like a credential replaced by "[redacted jwt, 213 bytes]":
// JSON Web Tokens, bearer values, and long random strings (20 or more characters of mixed kinds,
// UUIDs). For subprotocols and close reasons; takes time linear in the text's length.
std::string redact_tokens(std::string_view text);

// A request target: path segments that look like tokens, and query values that are not on the
// allow list, are redacted; parameter names stay. A parameter without "=" counts as a value, and
// so do the fragment and the user of a URL.
std::string redact_target(std::string_view target, const PrivacyOptions& options);

// "10.0.0.0/8", "2001:db8::/32" or one address. The error has no `where`.
std::expected<AddressRange, Error> parse_address_range(std::string_view text);

// 16 hex digits of HMAC-SHA-256(key, value).
std::string user_hash(std::string_view value, const PrivacyOptions& options);

// Whether `address` (numeric IPv4 or IPv6) lies in one of the ranges.
bool is_trusted(std::string_view address, const std::vector<AddressRange>& ranges);

}  // namespace lastframe::session
