#include "core/ws/stray_http.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/ascii.h"
#include "core/http/head.h"

namespace lastframe::ws {
namespace {

constexpr std::size_t kLongestShownValue = 80;
constexpr std::size_t kLongestShown = 400;
constexpr std::size_t kLongestProduct = 40;

enum class Message : unsigned char { request, response, either };

struct KnownField {
  std::string_view name;
  Message of;
  bool is_shown;  // it names software, or says what the body is; never a secret
};

constexpr auto kKnownFields = std::to_array<KnownField>({
    {"Server", Message::response, true},
    {"Via", Message::either, true},
    {"Content-Type", Message::either, true},
    {"Content-Length", Message::either, true},
    {"Content-Encoding", Message::either, true},
    {"Transfer-Encoding", Message::either, true},
    {"Connection", Message::either, true},
    {"Upgrade", Message::either, true},
    {"Date", Message::response, true},
    {"Retry-After", Message::response, true},
    {"Age", Message::response, true},
    {"X-Powered-By", Message::response, true},
    {"X-Cache", Message::response, true},
    {"X-Served-By", Message::response, true},
    {"X-Varnish", Message::response, true},
    {"X-Squid-Error", Message::response, true},
    {"X-Envoy-Upstream-Service-Time", Message::response, true},
    {"X-Amz-Cf-Pop", Message::response, true},
    {"X-Amz-Cf-Id", Message::response, true},
    {"X-Azure-Ref", Message::response, true},
    {"CF-Ray", Message::response, true},
    {"CF-Cache-Status", Message::response, true},
    {"Cache-Status", Message::response, true},
    {"Proxy-Status", Message::response, true},
    {"Proxy-Agent", Message::response, true},
    {"User-Agent", Message::request, true},
    {"Sec-WebSocket-Version", Message::either, true},
    {"Sec-WebSocket-Accept", Message::response, false},
    {"Sec-WebSocket-Key", Message::request, false},
    {"Sec-WebSocket-Protocol", Message::either, false},
    {"Sec-WebSocket-Extensions", Message::either, false},
    {"Set-Cookie", Message::response, false},
    {"Location", Message::response, false},
    {"ETag", Message::response, false},
    {"Expires", Message::response, false},
    {"Last-Modified", Message::response, false},
    {"Accept-Ranges", Message::response, false},
    {"WWW-Authenticate", Message::response, false},
    {"Access-Control-Allow-Origin", Message::response, false},
    {"Strict-Transport-Security", Message::response, false},
    {"X-Content-Type-Options", Message::response, false},
    {"X-Frame-Options", Message::response, false},
    {"Vary", Message::response, false},
    {"Cache-Control", Message::either, false},
    {"Pragma", Message::either, false},
    {"Keep-Alive", Message::either, false},
    {"Host", Message::request, false},
    {"Origin", Message::request, false},
    {"Cookie", Message::request, false},
    {"Authorization", Message::request, false},
    {"Accept", Message::request, false},
    {"Accept-Encoding", Message::request, false},
    {"Accept-Language", Message::request, false},
    {"Referer", Message::request, false},
    {"X-Forwarded-For", Message::request, false},
    {"X-Forwarded-Proto", Message::request, false},
});

// RFC 9110 section 9.3, RFC 5789, and the methods of WebDAV and of caches.
constexpr auto kMethods = std::to_array<std::string_view>(
    {"GET",   "HEAD",  "POST",   "PUT",      "DELETE",    "CONNECT", "OPTIONS",
     "TRACE", "PATCH", "QUERY",  "PROPFIND", "PROPPATCH", "MKCOL",   "COPY",
     "MOVE",  "LOCK",  "UNLOCK", "REPORT",   "SEARCH",    "PURGE"});

// Names that a Server field of which only the end came may be shown with: its line could be
// another's, which ends alike.
constexpr auto kKnownProducts =
    std::to_array<std::string_view>({"nginx",         "openresty",
                                     "Apache",        "cloudflare",
                                     "Varnish",       "squid",
                                     "awselb",        "envoy",
                                     "istio-envoy",   "Caddy",
                                     "haproxy",       "Kestrel",
                                     "Microsoft-IIS", "gunicorn",
                                     "uvicorn",       "gws",
                                     "CloudFront",    "AkamaiGHost",
                                     "Tengine",       "LiteSpeed",
                                     "Jetty",         "Microsoft-Azure-Application-Gateway"});

const KnownField* known_field(std::string_view name) {
  const auto* row = std::ranges::find_if(kKnownFields, [&](const KnownField& field) {
    return http::equal_ignoring_case(field.name, name);
  });
  return row == kKnownFields.end() ? nullptr : row;
}

struct Head {
  std::string_view lines;               // those that are whole
  std::optional<std::size_t> length{};  // of the head with its empty line, where that came
};

Head head_of(std::string_view bytes) {
  std::size_t begin = 0;
  for (std::size_t end = bytes.find('\n'); end != std::string_view::npos;
       end = bytes.find('\n', begin)) {
    const std::string_view line = bytes.substr(begin, end - begin);
    begin = end + 1;
    if (line.empty() || line == "\r") return {.lines = bytes.substr(0, begin), .length = begin};
  }
  return {.lines = bytes.substr(0, begin)};
}

// "nginx" of "nginx/1.22.1 (Debian)".
std::string_view product_of(std::string_view server) {
  return http::trimmed(server.substr(0, server.find_first_of("/(,;")));
}

std::string from_server(const http::Fields& fields) {
  const std::string_view product = product_of(fields.first("Server").value_or(""));
  return product.empty() ? "" : " from " + escaped(product, kLongestProduct);
}

void append_shown_fields(std::string& shown, const http::Fields& fields) {
  for (const http::Field& field : fields.all()) {
    const KnownField* row = known_field(field.name);
    if (row == nullptr || !row->is_shown) continue;
    std::string line(row->name);
    line += ": ";
    line += escaped(field.value, kLongestShownValue);
    if (shown.size() + line.size() + 3 > kLongestShown) return;
    if (!shown.empty()) shown += " | ";
    shown += line;
  }
}

// RFC 9110 sections 15.2, 15.3.5 and 15.4.5: these have no content.
bool has_no_body(unsigned status) { return status < 200 || status == 204 || status == 304; }

// The size of a message whose head says it, else of all bytes.
std::string message_amount(const StraySample& sample, const Head& head, const http::Fields& fields,
                           bool is_without_body) {
  std::optional<std::uint64_t> body;
  const std::string_view length = fields.first("Content-Length").value_or("");
  if (is_without_body) {
    body = 0;
  } else if (!length.empty() && length.size() <= 15 && std::ranges::all_of(length, is_digit)) {
    body.emplace();
    std::from_chars(length.data(), length.data() + length.size(), *body);
  }
  if (!head.length || !body) return amount(sample);
  const std::uint64_t declared = *head.length + *body;
  if (sample.length && *sample.length < declared) {
    return std::to_string(*sample.length) + " of its " + in_bytes(declared);
  }
  return in_bytes(declared);
}

std::string http_version(unsigned version) {
  return "HTTP/" + std::to_string(version / 10) + '.' + std::to_string(version % 10);
}

// A status line that ends before its status does.
std::optional<StrayBytes> cut_status_line(const StraySample& sample) {
  constexpr std::string_view kBeginning = "HTTP/1.1 ";
  constexpr std::size_t kFewest = 4;
  std::string_view text = sample.bytes;
  if (text.size() < kFewest || text.size() > kBeginning.size() + 2) return std::nullopt;
  const std::string_view digits = text.substr(std::min(text.size(), kBeginning.size()));
  text.remove_suffix(digits.size());
  const bool is_beginning =
      kBeginning.starts_with(text) || text == "HTTP/1.0" || text == "HTTP/1.0 ";
  if (!is_beginning || !std::ranges::all_of(digits, is_digit)) return std::nullopt;
  return StrayBytes{.kind = StrayKind::http_response,
                    .summary = "the beginning of an HTTP/1.x response, " + amount(sample),
                    .shown = escaped(sample.bytes, kLongestShownValue)};
}

// Whether `target` can be what follows a method (RFC 9112 section 3.2), in a text of any kind.
bool begins_target(std::string_view method, std::string_view target) {
  if (target.starts_with('/') || begins_with(target, "http://") ||
      begins_with(target, "https://") || begins_with(target, "ws://") ||
      begins_with(target, "wss://")) {
    return true;
  }
  if (method == "OPTIONS") return target.starts_with("* ");
  if (method != "CONNECT") return false;
  const std::string_view authority = target.substr(0, target.find_first_of(" \r\n"));
  return authority.find(':') != std::string_view::npos;
}

struct CutLine {
  bool is_of_known_field = false;  // "th: 157" can be the end of "Content-Length: 157"
  std::string_view product;        // of a Server field, where that is likely
};

// The line that a break begins in the middle of.
CutLine read_cut_line(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon < 2) return {};
  const std::string_view end_of_name = line.substr(0, colon);
  const auto ends_alike = [&](std::string_view name) {
    return name.size() >= end_of_name.size() &&
           http::equal_ignoring_case(name.substr(name.size() - end_of_name.size()), end_of_name);
  };
  CutLine cut;
  cut.is_of_known_field = std::ranges::any_of(kKnownFields, ends_alike, &KnownField::name);
  if (!ends_alike("Server")) return cut;
  const std::string_view product = product_of(line.substr(colon + 1));
  for (const std::string_view known : kKnownProducts) {
    if (http::equal_ignoring_case(known, product)) cut.product = known;
  }
  return cut;
}

// Digits of a chunk's size, 16 at most, and the number they say.
struct ChunkSize {
  std::size_t digits = 0;
  std::uint64_t value = 0;
};

ChunkSize read_chunk_size(std::string_view text) {
  ChunkSize size;
  for (; size.digits < std::min<std::size_t>(text.size(), 16); ++size.digits) {
    const char c = lower(text[size.digits]);
    const bool is_letter = c >= 'a' && c <= 'f';
    if (!is_digit(c) && !is_letter) break;
    size.value = size.value << 4 | static_cast<unsigned>(is_letter ? c - 'a' + 10 : c - '0');
  }
  return size;
}

std::string in_hex(std::uint64_t value) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
  return "0x" + std::string(digits.data(), end);
}

}  // namespace

std::optional<StrayBytes> http_response(const StraySample& sample) {
  const Head head = head_of(sample.bytes);
  const auto response = http::parse_response_head(head.lines.empty() ? sample.bytes : head.lines);
  if (!response) return cut_status_line(sample);
  const http::Fields& fields = response->fields;
  const std::string_view body = sample.bytes.substr(head.length.value_or(sample.bytes.size()));
  const bool is_page = !has_no_body(response->status) &&
                       (begins_with(fields.first("Content-Type").value_or(""), "text/html") ||
                        body.starts_with('<'));
  const bool is_upgrade = response->status == 101 && fields.has_token("Upgrade", "websocket");
  StrayBytes stray{.kind = StrayKind::http_response, .summary = {}, .shown = {}};
  stray.summary = "an " + http_version(response->version) + ' ' +
                  std::string(sample.bytes.substr(9, 3)) + (is_page ? " page" : " response") +
                  from_server(fields) + (is_upgrade ? " (one more answer to an upgrade)" : "") +
                  ", " + message_amount(sample, head, fields, has_no_body(response->status));
  stray.shown = escaped(http::trimmed(sample.bytes.substr(0, sample.bytes.find_first_of("\r\n"))),
                        kLongestShownValue);
  if (!head.lines.empty()) append_shown_fields(stray.shown, fields);
  return stray;
}

std::optional<StrayBytes> http_request(const StraySample& sample) {
  const std::string_view text = sample.bytes;
  const std::size_t method_end = text.find(' ');
  if (method_end == std::string_view::npos) return std::nullopt;
  const auto* method = std::ranges::find(kMethods, text.substr(0, method_end));
  if (method == kMethods.end() || !begins_target(*method, text.substr(method_end + 1))) {
    return std::nullopt;
  }
  const Head head = head_of(text);
  StrayBytes stray{.kind = StrayKind::http_request, .summary = {}, .shown = {}};
  if (head.lines.empty()) {  // even the request line has no end here
    stray.summary = "an HTTP " + std::string(*method) + " request, " + amount(sample);
    stray.shown = *method;
    return stray;
  }
  const auto request = http::parse_request_head(head.lines);
  if (!request) return std::nullopt;
  const std::string version = http_version(request->version);
  const bool is_upgrade = request->fields.has_token("Upgrade", "websocket");
  const bool is_without_body =
      !request->fields.first("Content-Length") && !request->fields.first("Transfer-Encoding");
  stray.summary = "an " + version + ' ' + std::string(*method) + " request" +
                  (is_upgrade ? " for a WebSocket, " : ", ") +
                  message_amount(sample, head, request->fields, is_without_body);
  stray.shown = std::string(*method) + ' ' + version;
  append_shown_fields(stray.shown, request->fields);
  return stray;
}

std::optional<StrayBytes> http_fields(const StraySample& sample) {
  const Head head = head_of(sample.bytes);
  const std::size_t first_end = head.lines.find("\r\n");
  if (first_end == std::string_view::npos) return std::nullopt;
  const std::string_view first_line = head.lines.substr(0, first_end);
  if (!std::ranges::all_of(first_line, is_printable)) return std::nullopt;

  // A start line in place of the missing one lets the rest be read as a head.
  std::string lines = "HTTP/1.1 200\r\n";
  lines += head.lines.substr(first_end + 2);
  const auto response = http::parse_response_head(lines);
  if (!response) return std::nullopt;
  Message of = Message::either;
  bool has_known = false;
  for (const http::Field& field : response->fields.all()) {
    const bool is_value_plain = std::ranges::all_of(
        field.value, [](char c) { return static_cast<unsigned char>(c) >= 0x20 || c == '\t'; });
    if (!http::is_token(field.name) || !is_value_plain) return std::nullopt;
    const KnownField* row = known_field(field.name);
    if (row == nullptr) continue;
    has_known = true;
    if (of == Message::either) of = row->of;
  }
  const CutLine cut = read_cut_line(first_line);
  // One line proves little, unless the empty line follows that ends a head.
  if (!has_known && !(cut.is_of_known_field && head.length)) return std::nullopt;

  const std::string_view body = sample.bytes.substr(head.length.value_or(sample.bytes.size()));
  const bool is_request = of == Message::request;
  std::string from = from_server(response->fields);
  if (from.empty() && !cut.product.empty()) from = " from " + std::string(cut.product);
  StrayBytes stray{.kind = is_request ? StrayKind::http_request : StrayKind::http_response,
                   .summary = {},
                   .shown = {}};
  stray.summary = std::string("the rest of the header fields of an HTTP ") +
                  (is_request ? "request" : "response" + from) +
                  (body.starts_with('<') ? ", then its page, " : ", ") + amount(sample);
  append_shown_fields(stray.shown, response->fields);
  return stray;
}

std::optional<StrayBytes> http_chunk(const StraySample& sample) {
  std::string_view text = sample.bytes;
  const bool is_behind_chunk = text.starts_with("\r\n");
  if (is_behind_chunk) text.remove_prefix(2);
  const ChunkSize size = read_chunk_size(text);
  if (size.digits == 0) return std::nullopt;
  text.remove_prefix(size.digits);
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));  // padding
  if (text.starts_with(';')) {                                               // extensions
    const std::size_t end = std::min(text.find('\r'), text.size());
    if (!std::ranges::all_of(text.substr(0, end), is_printable)) return std::nullopt;
    text.remove_prefix(end);
  }
  if (!text.starts_with("\r\n") && !(text == "\r" && sample.is_all())) return std::nullopt;
  text.remove_prefix(std::min<std::size_t>(text.size(), 2));

  StrayBytes stray{.kind = StrayKind::chunk_size, .summary = {}, .shown = {}};
  if (size.value == 0) {
    if (!text.empty() && !text.starts_with('\r')) return std::nullopt;
    stray.summary = "the last chunk of an HTTP chunked body (0 CR LF)";
    return stray;
  }
  const bool is_chunk_whole = size.value <= text.size() &&
                              text.substr(static_cast<std::size_t>(size.value)).starts_with("\r\n");
  const bool is_before_frame = begins_with_frame(text);
  stray.summary = is_chunk_whole || is_before_frame || is_behind_chunk || text.empty()
                      ? "the size line of an HTTP chunk ("
                      : "what looks like the size line of an HTTP chunk (";
  stray.summary += in_hex(size.value) + " = " + in_bytes(size.value) + ')';
  if (is_before_frame) stray.summary += " in front of a frame";
  if (is_behind_chunk) stray.summary += ", behind another chunk";
  return stray;
}

}  // namespace lastframe::ws
