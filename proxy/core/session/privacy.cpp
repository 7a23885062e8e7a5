#include "core/session/privacy.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cstddef>
#include <span>

#include "core/base/words.h"
#include "core/session/secrets.h"

namespace lastframe::session {
namespace {

constexpr std::size_t npos = std::string_view::npos;

std::string redacted(std::string_view kind, std::size_t bytes) {
  std::string text = "[redacted";
  if (!kind.empty()) text.append(" ").append(kind);
  return text + ", " + std::to_string(bytes) + " bytes]";
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// RFC 3986 section 2.1; a percent sign that encodes nothing stays.
std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_encoded = text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
                            hex_value(text[i + 2]) >= 0;
    if (!is_encoded) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
    i += 2;
  }
  return out;
}

// One piece of a target. Where only its decoded form shows a secret, all of it is replaced: the
// decoded text may hold what no target may.
std::string redact_encoded(std::string_view piece) {
  if (piece.contains('%')) {
    const auto found = find_secrets(percent_decoded(piece));
    if (!found.empty()) return redacted(to_text(found.front().kind), piece.size());
  }
  return redact_tokens(piece);
}

// RFC 9112 section 3.2.2: "http://user:password@host/path", as sent to a forward proxy.
std::string redact_authority(std::string_view authority) {
  const std::size_t user = userinfo_size(authority);
  if (user == 0) return redact_encoded(authority);
  return redacted(to_text(SecretKind::userinfo), user) + redact_encoded(authority.substr(user));
}

// An authority begins a target in authority-form (RFC 9112 section 3.2.3), or stands behind the
// "//" of a URL, which may be part of a path.
std::string redact_path(std::string_view path) {
  std::string out;
  while (true) {
    const std::size_t slash = path.find('/');
    const bool is_authority = out.empty() || out == "//" || out.ends_with("://");
    const std::string_view piece = path.substr(0, slash);
    out += is_authority ? redact_authority(piece) : redact_encoded(piece);
    if (slash == npos) return out;
    out += '/';
    path.remove_prefix(slash + 1);
  }
}

// "name=value", or a bare word: that is shown like a value, because clients do write "?TOKEN".
std::string redact_parameter(std::string_view parameter, const PrivacyOptions& options) {
  const std::size_t equals = parameter.find('=');
  const std::string_view name = parameter.substr(0, equals);
  const auto& allowed = options.query_allow;
  const bool is_allowed = std::ranges::find(allowed, percent_decoded(name)) != allowed.end();
  if (equals == npos) {
    if (parameter.empty() || is_allowed) return std::string(parameter);
    return redacted("", parameter.size());
  }
  const std::string_view value = parameter.substr(equals + 1);
  std::string out = redact_encoded(name) + "=";
  if (value.empty()) return out;
  return out + (is_allowed ? redact_encoded(value) : redacted("", value.size()));
}

// A second question mark separates as well: clients that append "?token=..." twice are common.
std::string redact_query(std::string_view query, const PrivacyOptions& options) {
  std::string out;
  while (true) {
    const std::size_t end = query.find_first_of("&;?");
    out += redact_parameter(query.substr(0, end), options);
    if (end == npos) return out;
    out += query[end];
    query.remove_prefix(end + 1);
  }
}

bool starts_alike(const IpBytes& a, const IpBytes& b, unsigned bits) {
  const unsigned whole = bits / 8;
  if (!std::equal(a.begin(), a.begin() + whole, b.begin())) return false;
  const unsigned rest = bits % 8;
  return rest == 0 || (a[whole] >> (8 - rest)) == (b[whole] >> (8 - rest));
}

}  // namespace

std::string redact_tokens(std::string_view text) {
  std::string out;
  std::size_t at = 0;
  for (const Secret& secret : find_secrets(text)) {
    out += text.substr(at, secret.begin - at);
    out += redacted(to_text(secret.kind), secret.size);
    at = secret.begin + secret.size;
  }
  return out += text.substr(at);
}

std::string redact_target(std::string_view target, const PrivacyOptions& options) {
  const std::size_t fragment = target.find('#');
  const std::size_t query = target.substr(0, fragment).find('?');
  std::string out = redact_path(target.substr(0, std::min(query, fragment)));
  if (query != npos) {
    const std::size_t end = std::min(fragment, target.size());
    out += '?' + redact_query(target.substr(query + 1, end - query - 1), options);
  }
  // No target has a fragment (RFC 9112 section 3.2); where one comes, it may be an OAuth answer.
  if (fragment != npos && fragment + 1 < target.size())
    out += '#' + redacted("", target.size() - fragment - 1);
  return out;
}

std::string user_hash(std::string_view value, const PrivacyOptions& options) {
  constexpr std::size_t kShown = 8;
  constexpr std::string_view kHex = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const auto* const result = HMAC(
      EVP_sha256(), options.user_key.data(), static_cast<int>(options.user_key.size()),
      reinterpret_cast<const unsigned char*>(value.data()), value.size(), digest.data(), &size);
  if (result == nullptr) return {};  // no memory: no name is better than a wrong one
  assert(size >= kShown);
  std::string text;
  for (const unsigned char byte : std::span(digest).first(kShown)) {
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
  }
  return text;
}

std::expected<AddressRange, Error> parse_address_range(std::string_view text) {
  constexpr const char* kForms = "write an address or a range such as 10.0.0.0/8 or 2001:db8::/32";
  const std::size_t slash = text.find('/');
  const std::string_view address = text.substr(0, slash);
  const auto ip = parse_ip(address);
  if (!ip)
    return std::unexpected(Error{"", in_quotes(address) + " is not a numeric address", kForms});
  if (slash == npos) return AddressRange{*ip, 128};

  const unsigned before = address.contains(':') ? 0 : kIpv4PrefixBits;
  const std::string_view digits = text.substr(slash + 1);
  const char* const last = digits.data() + digits.size();
  unsigned bits = 0;
  const auto [end, fault] = std::from_chars(digits.data(), last, bits);
  const bool has_leading_zero = digits.size() > 1 && digits.starts_with('0');
  if (fault != std::errc{} || end != last || has_leading_zero || bits > 128 - before) {
    return std::unexpected(Error{"", in_quotes(digits) + " is not the size of a prefix",
                                 "it is a number from 0 to " + std::to_string(128 - before)});
  }
  const AddressRange range{*ip, before + bits};
  for (unsigned bit = range.prefix_bits; bit < 128; ++bit) {
    if ((range.network[bit / 8] >> (7 - bit % 8) & 1) == 0) continue;
    return std::unexpected(Error{"", in_quotes(text) + " has bits behind its prefix",
                                 "write the range's first address, or a longer prefix"});
  }
  return range;
}

bool is_trusted(std::string_view address, const std::vector<AddressRange>& ranges) {
  const auto ip = parse_ip(address.substr(0, address.find('%')));  // fe80::1%eth0
  if (!ip) return false;
  return std::ranges::any_of(ranges, [&](const AddressRange& range) {
    return starts_alike(*ip, range.network, range.prefix_bits);
  });
}

}  // namespace lastframe::session
