#include "capture/head_redaction.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <optional>

#include "core/base/words.h"
#include "core/session/privacy.h"
#include "core/session/secrets.h"

namespace lastframe::capture {
namespace {

constexpr auto kSecretParts = std::to_array<std::string_view>(
    {"auth", "cookie", "token", "secret", "session", "passw", "api-key", "apikey", "csrf", "xsrf",
     "credential", "signature", "forwarded-client-cert"});
// What a handshake is judged by; none is a secret, however random it looks.
constexpr auto kPublic = std::to_array<std::string_view>(
    {"upgrade", "connection", "sec-websocket-key", "sec-websocket-accept", "sec-websocket-version",
     "content-length", "transfer-encoding", "date"});
// Their names look like secrets, and they only say what is asked for.
constexpr auto kChallenges =
    std::to_array<std::string_view>({"www-authenticate", "proxy-authenticate"});
// Their values are URLs or parts of them.
constexpr auto kReferences = std::to_array<std::string_view>(
    {"host", "origin", "referer", "location", "content-location", "x-forwarded-host"});

void hide(std::string& bytes, std::size_t begin, std::size_t size) {
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(begin), size, 'x');
}

void hide_secrets(std::string& bytes, std::size_t begin, std::size_t size) {
  const std::string_view text = std::string_view(bytes).substr(begin, size);
  for (const session::Secret& secret : session::find_secrets(text)) {
    hide(bytes, begin + secret.begin, secret.size);
  }
}

// Where the version of a request line begins, with the blank before it.
std::optional<std::size_t> version_place(std::string_view line) {
  std::optional<std::size_t> place;
  for (const std::string_view version : {" HTTP/1.", " HTTP/2."}) {
    const std::size_t found = line.rfind(version);
    if (found != std::string_view::npos) place = std::max(place.value_or(0), found);
  }
  return place;
}

bool is_request_line(std::string_view line) {
  const auto last = version_place(line);
  const std::size_t first = line.find(' ');
  return last && first < *last &&
         std::ranges::all_of(line.substr(0, first), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_start_line(std::string_view line) {
  return line.starts_with("HTTP/1.") || line.starts_with("HTTP/2.") || is_request_line(line);
}

// Segments that look like secrets, also those that do so only once they are decoded.
void redact_path_in(std::string& bytes, std::size_t begin, std::size_t size) {
  const std::string path = bytes.substr(begin, size);
  hide_secrets(bytes, begin, size);
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string segment = '/' + path.substr(at, end - at);
    const bool is_hidden =
        segment.find('%') != std::string::npos && session::redact_target(segment, {}) != segment;
    if (is_hidden) hide(bytes, begin + at, end - at);
    at = end + 1;
  }
}

// What the log hides of a target (session::redact_target), at the same length: path segments that
// look like secrets, query values, the user of a URL and the fragment.
void redact_target_in(std::string& bytes, std::size_t begin, std::size_t size,
                      const RedactionOptions& options) {
  const std::string whole = bytes.substr(begin, size);
  const std::string target = whole.substr(0, whole.find('#'));
  if (target.size() < size) hide(bytes, begin + target.size() + 1, size - target.size() - 1);
  const std::size_t query = std::min(target.find('?'), target.size());
  // Of a bare authority; find_secrets() knows users that stand behind "//".
  const std::string_view first = std::string_view(target).substr(0, query);
  hide(bytes, begin, session::userinfo_size(first.substr(0, first.find('/'))));
  redact_path_in(bytes, begin, query);
  // Separators as session::redact_target() has them.
  for (std::size_t at = query + 1; at < target.size();) {
    const std::size_t end = std::min(target.find_first_of("&;?", at), target.size());
    const std::size_t equals = std::min(target.find('=', at), end);
    const bool is_allowed =
        equals < end && std::ranges::count(options.query_allow, target.substr(at, equals - at)) > 0;
    const std::size_t value = equals < end ? equals + 1 : at;
    hide_secrets(bytes, begin + at, end - at);
    if (!is_allowed) hide(bytes, begin + value, end - value);
    at = end + 1;
  }
}

void redact_start_line(std::string& bytes, std::size_t begin, std::size_t size,
                       const RedactionOptions& options) {
  const std::string_view line = std::string_view(bytes).substr(begin, size);
  if (!is_request_line(line)) return;
  const std::size_t first = line.find(' ') + 1;
  redact_target_in(bytes, begin + first, *version_place(line) - first, options);
}

void redact_field(std::string& bytes, std::size_t begin, std::size_t size,
                  const RedactionOptions& options) {
  const std::string_view line = std::string_view(bytes).substr(begin, size);
  const std::size_t colon = line.find(':');
  // A line without a name is nobody knows what; one that begins with a space goes on with the value
  // of the line before (RFC 9112 section 5.2).
  const std::size_t name_end = line.find_first_of(": \t");
  if (colon == std::string_view::npos || name_end == 0) {
    return hide(bytes, begin, size);
  }
  const std::string name = in_lower_case(line.substr(0, name_end));
  if (std::ranges::count(kPublic, name) > 0) return;
  hide_secrets(bytes, begin, colon);
  const std::size_t value = std::min(line.find_first_not_of(" \t", colon + 1), size);
  if (is_hidden_field(name, options)) return hide(bytes, begin + value, size - value);
  if (std::ranges::count(kReferences, name) > 0) {
    return redact_target_in(bytes, begin + value, size - value, options);
  }
  hide_secrets(bytes, begin + value, size - value);
}

// Without its end of line.
std::string_view line_at(std::string_view bytes, std::size_t begin, std::size_t newline) {
  std::string_view line = bytes.substr(begin, newline - begin);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// What a Content-Length says; 0 for any other field. RFC 9112 section 6.2.
std::size_t declared_length(std::string_view line) {
  constexpr std::string_view kName = "content-length:";
  if (in_lower_case(line.substr(0, kName.size())) != kName) return 0;
  const std::size_t digits = std::min(line.find_first_not_of(" \t", kName.size()), line.size());
  std::size_t length = 0;
  std::from_chars(line.data() + digits, line.data() + line.size(), length);
  return length;
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
  std::size_t declared = 0;  // bytes of body, by the head
  std::size_t body_end = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    std::size_t newline = std::min(bytes.find('\n', at), bytes.size());
    // The next head may stand right behind a body, on the same line.
    const bool is_cut =
        at < body_end && body_end < newline && is_start_line(line_at(bytes, body_end, newline));
    if (is_cut) newline = body_end;
    const std::string_view line = line_at(bytes, at, newline);
    const std::size_t size = line.size();
    const bool is_body = at < body_end && !options.keeps_bodies;
    if (!is_in_head && !is_body && is_start_line(line)) {
      redact_start_line(bytes, at, size, options);
      is_in_head = true;
      declared = 0;
    } else if (is_in_head && line.empty()) {
      is_in_head = false;
      body_end = newline + 1 + std::min(declared, bytes.size());
    } else if (is_in_head) {
      declared = std::max(declared, declared_length(line));
      redact_field(bytes, at, size, options);
    } else if (!options.keeps_bodies && !line.empty()) {
      hide(bytes, at, size);
    }
    if (is_cut) is_in_head = false;
    at = is_cut ? newline : newline + 1;
  }
}

}  // namespace lastframe::capture
