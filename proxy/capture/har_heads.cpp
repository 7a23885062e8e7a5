#include "capture/har_heads.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "core/base/words.h"
#include "core/http/head.h"
#include "core/ws/opening_handshake.h"

namespace lastframe::capture {
namespace {

using http::equal_ignoring_case;

// 16 bytes in base64 (RFC 6455 section 4.1): "lastframe-no-key".
constexpr std::string_view kKey = "bGFzdGZyYW1lLW5vLWtleQ==";
constexpr std::size_t kLongestBody = 64 * 1024;  // bytes

struct Url {
  std::string_view scheme;
  std::string_view authority;  // without user and password
  std::string_view target;
};

Url split(std::string_view url) {
  Url parts{.scheme = {}, .authority = {}, .target = url.substr(0, url.find('#'))};
  const std::size_t colon = parts.target.find("://");
  if (colon == std::string_view::npos) return parts;
  parts.scheme = parts.target.substr(0, colon);
  parts.authority = parts.target.substr(colon + 3);
  const std::size_t end = std::min(parts.authority.find_first_of("/?"), parts.authority.size());
  parts.target = parts.authority.substr(end);
  parts.authority = parts.authority.substr(0, end);
  parts.authority = parts.authority.substr(parts.authority.rfind('@') + 1);
  return parts;
}

std::string target_of(const Url& url) {
  std::string target = url.target.starts_with('/') ? "" : "/";
  for (const char c : url.target) {
    const auto value = static_cast<unsigned char>(c);
    if (value > 0x20 && value < 0x7F) {
      target += c;
    } else {
      target += fmt::format("%{:02X}", value);
    }
  }
  return target;
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// "[::1]:443" or "203.0.113.9:443".
std::string server_of(const HarEntry& entry, const Url& url) {
  if (!entry.server.empty()) return printable(entry.server, 300);
  std::string_view host = url.authority;
  std::string_view port = "80";
  if (equal_ignoring_case(url.scheme, "wss") || equal_ignoring_case(url.scheme, "https")) {
    port = "443";
  }
  const std::size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && is_port(host.substr(colon + 1))) {
    port = host.substr(colon + 1);
    host = host.substr(0, colon);
  }
  if (!entry.server_address.empty()) host = entry.server_address;
  if (host.empty()) return {};
  const bool needs_brackets = host.find(':') != std::string_view::npos && !host.starts_with('[');
  std::string address = needs_brackets ? "[" + std::string(host) + "]" : std::string(host);
  return printable(address, 300) + ":" + std::string(port);
}

bool is_by_another_http(std::string_view version) {
  const std::string lower = in_lower_case(version.substr(0, 8));
  return lower.starts_with("h2") || lower.starts_with("h3") || lower.starts_with("http/2") ||
         lower.starts_with("http/3");
}

// A head's lines. What would end a line before its time does not get in.
class Lines {
 public:
  explicit Lines(std::string start) : text_(std::move(start) + "\r\n") {}

  void add(std::string_view name, std::string_view value) {
    text_.append(name).append(": ");
    for (const char c : value) text_ += c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
    text_ += "\r\n";
  }
  std::string end() && { return std::move(text_) + "\r\n"; }

 private:
  std::string text_;
};

bool is_among(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::any_of(names, [&](auto other) { return equal_ignoring_case(name, other); });
}

bool has(const std::vector<HarHeader>& headers, std::string_view name) {
  return std::ranges::any_of(
      headers, [&](const HarHeader& header) { return equal_ignoring_case(header.name, name); });
}

// Browsers write fields of one name as lines of one value. Names of HTTP/2 (":authority") are no
// tokens.
void add_all(const std::vector<HarHeader>& headers,
             std::initializer_list<std::string_view> left_out, Lines& lines) {
  for (const HarHeader& header : headers) {
    if (!http::is_token(header.name) || is_among(header.name, left_out)) continue;
    std::string_view rest = header.value;
    while (true) {
      const std::size_t end = rest.find('\n');
      lines.add(header.name, http::trimmed(rest.substr(0, end)));
      if (end == std::string_view::npos) break;
      rest.remove_prefix(end + 1);
    }
  }
}

std::string key_of(const HarEntry& entry) {
  for (const HarHeader& header : entry.request_headers) {
    if (equal_ignoring_case(header.name, "Sec-WebSocket-Key")) {
      return std::string(http::trimmed(header.value));
    }
  }
  return {};
}

struct Needed {
  std::string_view name;
  std::string_view value;
};

// Adds those that are not there.
void fill_in(const std::vector<HarHeader>& headers, const std::vector<Needed>& needed,
             std::string_view whose, Lines& lines, HarHeads& heads) {
  for (const Needed& field : needed) {
    if (has(headers, field.name)) continue;
    lines.add(field.name, field.value);
    if (!heads.is_translated) {
      heads.filled_in.push_back(std::string(field.name) + " of the " + std::string(whose));
    }
  }
}

std::string request_head(const HarEntry& entry, const Url& url, HarHeads& heads) {
  const bool is_usual = http::is_token(entry.method) && !heads.is_translated;
  Lines lines((is_usual ? entry.method : "GET") + " " + target_of(url) + " HTTP/1.1");
  if (!has(entry.request_headers, "Host")) lines.add("Host", url.authority);
  add_all(entry.request_headers, {"Sec-WebSocket-Extensions"}, lines);
  fill_in(entry.request_headers,
          {{"Upgrade", "websocket"},
           {"Connection", "Upgrade"},
           {"Sec-WebSocket-Version", "13"},
           {"Sec-WebSocket-Key", kKey}},
          "request", lines, heads);
  return std::move(lines).end();
}

std::string accepting_head(const HarEntry& entry, HarHeads& heads) {
  const std::string key = key_of(entry);
  Lines lines("HTTP/1.1 101 Switching Protocols");
  // To a key of ours, another's answer is wrong.
  add_all(entry.response_headers,
          key.empty() ? std::initializer_list<std::string_view>{"Sec-WebSocket-Extensions",
                                                                "Sec-WebSocket-Accept"}
                      : std::initializer_list<std::string_view>{"Sec-WebSocket-Extensions"},
          lines);
  const std::string accept = ws::accept_value(key.empty() ? kKey : key);
  fill_in(entry.response_headers, {{"Upgrade", "websocket"}, {"Connection", "Upgrade"}}, "response",
          lines, heads);
  if (key.empty()) {
    lines.add("Sec-WebSocket-Accept", accept);
  } else {
    fill_in(entry.response_headers, {{"Sec-WebSocket-Accept", accept}}, "response", lines, heads);
  }
  return std::move(lines).end();
}

std::string refusal(const HarEntry& entry, unsigned status) {
  std::string reason = printable(entry.status_text, 100);
  Lines lines(fmt::format("HTTP/1.1 {} {}", status, reason));
  add_all(entry.response_headers, {"Content-Length", "Transfer-Encoding", "Content-Encoding"},
          lines);
  const bool has_body = status != 204 && status != 304;
  const std::string_view body =
      has_body ? std::string_view(entry.body).substr(0, kLongestBody) : std::string_view();
  if (has_body) lines.add("Content-Length", std::to_string(body.size()));
  return std::move(lines).end() + std::string(body);
}

}  // namespace

HarHeads har_heads(const HarEntry& entry) {
  const Url url = split(entry.url);
  const bool is_answered = entry.status >= 200 && entry.status <= 999;
  HarHeads heads;
  heads.server = server_of(entry, url);
  heads.is_translated = equal_ignoring_case(entry.method, "CONNECT") ||
                        is_by_another_http(entry.request_version) ||
                        is_by_another_http(entry.response_version);
  heads.is_open = entry.status == 101 || (heads.is_translated && entry.status == 200) ||
                  std::ranges::any_of(entry.messages, [](const HarMessage& message) {
                    return message.type != "error";
                  });
  heads.request = request_head(entry, url, heads);
  if (heads.is_open) {
    heads.response = accepting_head(entry, heads);
  } else if (is_answered) {
    heads.response = refusal(entry, static_cast<unsigned>(entry.status));
  }
  return heads;
}

}  // namespace lastframe::capture
