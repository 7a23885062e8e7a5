#include "capture/head_redaction.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/base/ascii.h"
#include "core/session/secrets.h"

namespace lastframe::capture {
namespace {

constexpr auto kSecretParts = std::to_array<std::string_view>(
    {"auth", "cookie", "token", "secret", "session", "passw", "api-key", "apikey", "csrf", "xsrf",
     "credential", "signature", "forwarded-client-cert"});
// What a handshake is judged by; none is a secret.
constexpr auto kPublic = std::to_array<std::string_view>(
    {"host", "upgrade", "connection", "sec-websocket-key", "sec-websocket-accept",
     "sec-websocket-version", "sec-websocket-extensions", "content-length", "transfer-encoding",
     "date", "server", "via"});
// Their names look like secrets, and they only say what is asked for.
constexpr auto kChallenges =
    std::to_array<std::string_view>({"www-authenticate", "proxy-authenticate"});

std::string in_lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) { return lastframe::lower(c); });
  return lower;
}

void hide(std::string& bytes, std::size_t begin, std::size_t size) {
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(begin), size, 'x');
}

void hide_secrets(std::string& bytes, std::size_t begin, std::size_t size) {
  const std::string_view text = std::string_view(bytes).substr(begin, size);
  for (const session::Secret& secret : session::find_secrets(text)) {
    hide(bytes, begin + secret.begin, secret.size);
  }
}

bool is_request_line(std::string_view line) {
  const std::size_t last = line.rfind(" HTTP/1.");
  const std::size_t first = line.find(' ');
  return first != std::string_view::npos && last != std::string_view::npos && first < last &&
         std::ranges::all_of(line.substr(0, first), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_start_line(std::string_view line) {
  return line.starts_with("HTTP/1.") || is_request_line(line);
}

// The target of a request line: path segments that look like secrets, and query values.
void redact_target_in(std::string& bytes, std::size_t begin, std::size_t size,
                      const RedactionOptions& options) {
  const std::string target = bytes.substr(begin, size);
  const std::size_t query = std::min(target.find('?'), target.size());
  hide_secrets(bytes, begin, query);
  for (std::size_t at = query + 1; at < target.size();) {
    const std::size_t end = std::min(target.find('&', at), target.size());
    const std::size_t equals = std::min(target.find('=', at), end);
    const bool is_allowed =
        equals < end && std::ranges::count(options.query_allow, target.substr(at, equals - at)) > 0;
    const std::size_t value = equals < end ? equals + 1 : at;
    if (!is_allowed) hide(bytes, begin + value, end - value);
    at = end + 1;
  }
}

void redact_start_line(std::string& bytes, std::size_t begin, std::size_t size,
                       const RedactionOptions& options) {
  const std::string_view line = std::string_view(bytes).substr(begin, size);
  if (!is_request_line(line)) return;
  const std::size_t first = line.find(' ') + 1;
  redact_target_in(bytes, begin + first, line.rfind(" HTTP/1.") - first, options);
}

void redact_field(std::string& bytes, std::size_t begin, std::size_t size,
                  const RedactionOptions& options) {
  const std::string_view line = std::string_view(bytes).substr(begin, size);
  const std::size_t colon = line.find(':');
  // A line without a name is nobody knows what.
  if (colon == std::string_view::npos) return hide(bytes, begin, size);
  const std::string name = in_lower_case(line.substr(0, colon));
  if (std::ranges::count(kPublic, name) > 0) return;
  const std::size_t value = std::min(line.find_first_not_of(" \t", colon + 1), size);
  if (is_hidden_field(name, options)) return hide(bytes, begin + value, size - value);
  if (name == "location" || name == "referer" || name == "content-location") {
    return redact_target_in(bytes, begin + value, size - value, options);
  }
  hide_secrets(bytes, begin + value, size - value);
}

}  // namespace

bool is_hidden_field(std::string_view name, const RedactionOptions& options) {
  const std::string lower = in_lower_case(name);
  if (std::ranges::count(kPublic, lower) > 0 || std::ranges::count(kChallenges, lower) > 0) {
    return false;
  }
  const auto is_part = [&](std::string_view part) { return lower.find(part) != std::string::npos; };
  const auto is_name = [&](const std::string& own) { return in_lower_case(own) == lower; };
  return std::ranges::any_of(kSecretParts, is_part) ||
         std::ranges::any_of(options.headers, is_name);
}

void redact_http(std::string& bytes, const RedactionOptions& options) {
  bool is_in_head = false;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t newline = std::min(bytes.find('\n', at), bytes.size());
    std::size_t size = newline - at;
    if (size > 0 && bytes[at + size - 1] == '\r') --size;
    const std::string_view line = std::string_view(bytes).substr(at, size);
    if (!is_in_head && is_start_line(line)) {
      redact_start_line(bytes, at, size, options);
      is_in_head = true;
    } else if (is_in_head && line.empty()) {
      is_in_head = false;
    } else if (is_in_head) {
      redact_field(bytes, at, size, options);
    } else if (!options.keeps_bodies && !line.empty()) {
      hide(bytes, at, size);
    }
    at = newline + 1;
  }
}

}  // namespace lastframe::capture
