#include "core/ws/stray_bytes.h"

#include <algorithm>
#include <array>

#include "core/base/ascii.h"
#include "core/tls/names.h"
#include "core/ws/stray_http.h"
#include "core/ws/stray_sample.h"
#include "core/ws/stray_text.h"

namespace lastframe::ws {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

unsigned byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

// Big-endian, `size` bytes; they are there.
std::uint32_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = at; i < at + size; ++i) value = value << 8 | byte_at(bytes, i);
  return value;
}

// Whether `bytes` begin with `magic`, or are the first `fewest` of its bytes or more and no others.
bool begins_or_is_cut(std::string_view bytes, std::string_view magic, std::size_t fewest) {
  return bytes.starts_with(magic) || (bytes.size() >= fewest && magic.starts_with(bytes));
}

StrayBytes stray(StrayKind kind, std::string summary, std::string shown = {}) {
  return {.kind = kind, .summary = std::move(summary), .shown = std::move(shown)};
}

struct Named {
  unsigned value;
  std::string_view name;
};

template <std::size_t size>
std::string_view name_of(const std::array<Named, size>& names, unsigned value) {
  const auto row = std::ranges::find(names, value, &Named::value);
  return row == names.end() ? std::string_view() : row->name;
}

// The PROXY protocol, sections 2.1 and 2.2. Addresses are not shown.
std::optional<StrayBytes> proxy_header(const StraySample& sample) {
  constexpr auto kVersion2 = "\r\n\r\n\0\r\nQUIT\n"sv;
  const std::string_view bytes = sample.bytes;
  if (begins_or_is_cut(bytes, kVersion2, 5)) {
    constexpr auto kFamilies = std::to_array<Named>({{0x00, "of no known family"},
                                                     {0x11, "TCP over IPv4"},
                                                     {0x12, "UDP over IPv4"},
                                                     {0x21, "TCP over IPv6"},
                                                     {0x22, "UDP over IPv6"},
                                                     {0x31, "a UNIX stream"},
                                                     {0x32, "a UNIX datagram"}});
    std::string summary = "a PROXY protocol version 2 header";
    if (bytes.size() < kVersion2.size() + 4) return stray(StrayKind::proxy_header, summary);
    const bool is_local = byte_at(bytes, 12) == 0x20;
    const std::string_view family = name_of(kFamilies, byte_at(bytes, 13));
    if (is_local) {
      summary += " (LOCAL, a health check of the sender)";
    } else if (!family.empty()) {
      summary.append(" (").append(family).append(")");
    }
    return stray(StrayKind::proxy_header, summary + ", " + in_bytes(16 + number_at(bytes, 14, 2)));
  }
  for (const std::string_view family : {"TCP4"sv, "TCP6"sv, "UNKNOWN"sv}) {
    if (begins_or_is_cut(bytes, std::string("PROXY ").append(family), 7)) {
      const std::string words = bytes.size() < 10 ? "" : " (" + std::string(family) + ")";
      return stray(StrayKind::proxy_header, "a PROXY protocol version 1 header" + words);
    }
  }
  return std::nullopt;
}

// RFC 9113 sections 3.4, 4.1, 6.5 and 6.8.
std::optional<StrayBytes> http2(const StraySample& sample) {
  const std::string_view bytes = sample.bytes;
  if (begins_or_is_cut(bytes, "PRI * HTTP/2.0\r\n", 6)) {
    return stray(StrayKind::http2, "the HTTP/2 connection preface", "PRI * HTTP/2.0");
  }
  constexpr std::size_t kHeader = 9;
  constexpr unsigned kMostSettings = 32;
  constexpr auto kErrors = std::to_array<Named>({{0, "NO_ERROR"},
                                                 {1, "PROTOCOL_ERROR"},
                                                 {2, "INTERNAL_ERROR"},
                                                 {3, "FLOW_CONTROL_ERROR"},
                                                 {4, "SETTINGS_TIMEOUT"},
                                                 {5, "STREAM_CLOSED"},
                                                 {6, "FRAME_SIZE_ERROR"},
                                                 {7, "REFUSED_STREAM"},
                                                 {8, "CANCEL"},
                                                 {9, "COMPRESSION_ERROR"},
                                                 {10, "CONNECT_ERROR"},
                                                 {11, "ENHANCE_YOUR_CALM"},
                                                 {12, "INADEQUATE_SECURITY"},
                                                 {13, "HTTP_1_1_REQUIRED"}});
  // Of the identifiers, 1 to 16 are assigned in part.
  const auto is_settings = [&](std::size_t header, unsigned length) {
    if (length == 0 || length % 6 != 0 || length > 6 * kMostSettings) return false;
    for (std::size_t at = header; at + 2 <= std::min(bytes.size(), header + length); at += 6) {
      const unsigned identifier = number_at(bytes, at, 2);
      if (identifier == 0 || identifier > 16) return false;
    }
    return bytes.size() >= header + 2;
  };
  // The first two bytes of a frame's length are mostly zero: the header of a WebSocket frame
  // without payload. The break is then behind them.
  if (bytes.size() >= kHeader && bytes.substr(1, 6) == "\x04\0\0\0\0\0"sv &&
      is_settings(kHeader - 2, byte_at(bytes, 0))) {
    return stray(StrayKind::http2, "the rest of an HTTP/2 SETTINGS frame");
  }
  if (bytes.size() < kHeader || number_at(bytes, 5, 4) != 0) return std::nullopt;
  const unsigned length = number_at(bytes, 0, 3);
  const unsigned type = byte_at(bytes, 3);
  const unsigned flags = byte_at(bytes, 4);
  if (type == 4) {
    if (length == 0 && flags == 1) {
      return stray(StrayKind::http2, "an acknowledgement of HTTP/2 SETTINGS");
    }
    const bool is_empty = length == 0 && flags == 0;
    if (is_empty || (flags == 0 && is_settings(kHeader, length))) {
      return stray(StrayKind::http2, "an HTTP/2 SETTINGS frame");
    }
  }
  if (type == 7 && flags == 0 && length >= 8 && length <= 16384 && bytes.size() >= kHeader + 8) {
    const std::string_view error = name_of(kErrors, number_at(bytes, kHeader + 4, 4));
    if (!error.empty()) {
      return stray(StrayKind::http2, "an HTTP/2 GOAWAY frame (" + std::string(error) + ')');
    }
  }
  return std::nullopt;
}

constexpr auto kHandshakes = std::to_array<Named>({{0, "HelloRequest"},
                                                   {1, "ClientHello"},
                                                   {2, "ServerHello"},
                                                   {4, "NewSessionTicket"},
                                                   {11, "Certificate"},
                                                   {12, "ServerKeyExchange"},
                                                   {13, "CertificateRequest"},
                                                   {14, "ServerHelloDone"},
                                                   {16, "ClientKeyExchange"}});

// type(1) 03 minor version(1) length(2) | fragment: RFC 8446 section 5.1. An encrypted one has no
// more than 2^14 + 2048 bytes (RFC 5246 section 6.2.3).
std::optional<StrayBytes> tls_record(const StraySample& sample) {
  const std::string_view bytes = sample.bytes;
  constexpr std::size_t kHeader = 5;
  if (bytes.size() < 3) return std::nullopt;
  const unsigned type = byte_at(bytes, 0);
  if (type < 0x14 || type > 0x17 || bytes[1] != 3 || byte_at(bytes, 2) > 4) return std::nullopt;
  constexpr std::array<std::string_view, 4> kTypes{"change cipher spec", "alert", "handshake",
                                                   "application data"};
  std::string summary = "a TLS " + std::string(kTypes[type - 0x14]) + " record";
  if (bytes.size() < kHeader) return stray(StrayKind::tls_record, summary + ", cut off");
  const unsigned length = number_at(bytes, 3, 2);
  if (length == 0 || length > 16384 + 2048) return std::nullopt;
  if (type == 0x14 && length != 1) return std::nullopt;
  if (type == 0x15 && length < 2) return std::nullopt;

  const std::string_view fragment = bytes.substr(kHeader);
  const bool is_plain_alert = type == 0x15 && length == 2;
  if (is_plain_alert && fragment.size() >= 2) {
    const unsigned level = byte_at(fragment, 0);
    if (level != 1 && level != 2) return std::nullopt;
    summary.append(level == 1 ? " (warning, " : " (fatal, ");
    summary += tls::alert_text(static_cast<std::uint8_t>(fragment[1]));
    return stray(StrayKind::tls_record, summary + ')');
  }
  if (type == 0x15 && !is_plain_alert) summary += " (encrypted)";
  if (type == 0x16 && !fragment.empty()) {
    const std::string_view handshake = name_of(kHandshakes, byte_at(fragment, 0));
    // The message has a length of three bytes; where it is encrypted they say anything.
    const bool is_plain = fragment.size() >= 4 && number_at(fragment, 1, 3) <= 0x20000;
    if (!handshake.empty() && is_plain) summary.append(" (").append(handshake).append(")");
  }
  return stray(StrayKind::tls_record, summary + ", " + in_bytes(kHeader + length));
}

// RFC 1952 section 2.3.1: method 8, and flags whose three upper bits are reserved.
std::optional<StrayBytes> gzip(const StraySample& sample) {
  const std::string_view bytes = sample.bytes;
  if (!bytes.starts_with("\x1F\x8B\x08")) return std::nullopt;
  if (bytes.size() > 3 && (byte_at(bytes, 3) & 0xE0u) != 0) return std::nullopt;
  return stray(StrayKind::gzip, "gzip data, " + amount(sample));
}

// RFC 1950 section 2.2: a window of 32 KiB, no dictionary, the two bytes a multiple of 31. Then the
// header of a block (RFC 1951 section 3.2.3): BTYPE 11 is an error, and a stored block has its
// length twice. All four pairs of bytes can begin an ordinary text, or lie within one.
std::optional<StrayBytes> zlib(const StraySample& sample) {
  const std::string_view bytes = sample.bytes;
  if (bytes.size() < 3 || bytes[0] != 0x78) return std::nullopt;
  const unsigned second = byte_at(bytes, 1);
  if (second != 0x01 && second != 0x5E && second != 0x9C && second != 0xDA) return std::nullopt;
  const unsigned block_type = byte_at(bytes, 2) >> 1 & 3;
  if (block_type == 3) return std::nullopt;
  if (block_type == 0 && bytes.size() >= 7 &&
      (number_at(bytes, 3, 2) ^ number_at(bytes, 5, 2)) != 0xFFFF) {
    return std::nullopt;
  }
  if (std::ranges::all_of(bytes.substr(1), is_printable)) return std::nullopt;
  return stray(StrayKind::zlib, "zlib data, " + amount(sample));
}

// draft-hixie-thewebsocketprotocol-76 section 1.2: each message is 00, UTF-8, ff; ff 00 closes.
std::optional<StrayBytes> hixie_76(const StraySample& sample) {
  const std::string_view bytes = sample.bytes;
  if (bytes == "\xFF\0"sv) {
    return stray(StrayKind::hixie_76, "the closing handshake of the hixie-76 draft (ff 00)");
  }
  const bool is_whole = bytes.front() == 0;
  const std::string_view text = bytes.substr(is_whole ? 1 : 0);
  const std::size_t end = text.find('\xFF');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view behind = text.substr(end + 1);
  if (!behind.empty() && behind.front() != 0 && behind.front() != '\xFF') return std::nullopt;
  // The text must be one up to its end.
  const TextRun run = text_run(text.substr(0, end));
  if (run.half_bits < kPerhapsText / 2 || run.length + 2 < end) return std::nullopt;
  return stray(StrayKind::hixie_76,
               is_whole ? "a text frame of the hixie-76 draft (00 ... ff), " + in_bytes(end + 2)
                        : "the rest of a text frame of the hixie-76 draft (... "
                          "ff), " +
                              in_bytes(end + 1));
}

// Bytes whose values are spread as evenly as noise has them: of n bytes, n (n - 1) / 512 pairs are
// equal, give or take. Text and records have several times as many.
bool is_even(std::string_view bytes) {
  constexpr std::size_t kFewest = 128;
  if (bytes.size() < kFewest) return false;
  std::array<std::size_t, 256> counts{};
  for (const char c : bytes) ++counts[static_cast<unsigned char>(c)];
  std::size_t pairs = 0;
  for (const std::size_t count : counts) pairs += count * (count - (count > 0 ? 1 : 0)) / 2;
  return pairs * 512 * 2 <= bytes.size() * (bytes.size() - 1) * 3;
}

StrayBytes unknown(const StraySample& sample) {
  const std::string_view bytes = sample.bytes;
  if (bytes.empty()) return stray(StrayKind::unknown, "no bytes");
  const bool is_one_value =
      bytes.size() > 1 && bytes.find_first_not_of(bytes.front()) == std::string_view::npos;
  if (is_one_value && bytes.front() == 0) {
    return stray(StrayKind::unknown, amount(sample) + ", all zero");
  }
  if (is_one_value) return stray(StrayKind::unknown, amount(sample) + ", all of one value");
  if (is_even(bytes)) {
    return stray(StrayKind::unknown, amount(sample) + " that look compressed or encrypted");
  }
  return stray(StrayKind::unknown, amount(sample) + (sample.length == 1 || bytes.size() == 1
                                                         ? " that looks like no known protocol"
                                                         : " that look like no known protocol"));
}

// From the most telling to the least; the first that holds wins.
constexpr std::array kRecognisers{proxy_header, http2,         tls_record,   gzip,       zlib,
                                  hixie_76,     http_response, http_request, http_chunk, html_page,
                                  json_text,    http_fields,   html_rest,    other_text};

StrayBytes recognise_at(const StraySample& sample) {
  if (sample.bytes.size() < 2) return unknown(sample);
  for (const auto recogniser : kRecognisers) {
    if (auto found = recogniser(sample)) return *std::move(found);
  }
  return unknown(sample);
}

// Line ends that belong to nothing, and what they stand in front of.
StrayBytes behind_line_ends(const StraySample& sample) {
  std::size_t end = 0;
  while (sample.bytes.substr(end).starts_with("\r\n")) end += 2;
  const StraySample rest = sample.behind(end);
  const std::string line_ends =
      end == 2 ? "a line end (CR LF)" : std::to_string(end / 2) + " line ends (CR LF)";
  if (rest.bytes.empty()) return stray(StrayKind::line_end, line_ends);
  if (begins_with_frame(rest.bytes)) {
    return stray(StrayKind::line_end, line_ends + " in front of a frame");
  }
  StrayBytes found = recognise_at(rest);
  if (found.kind == StrayKind::unknown) found.kind = StrayKind::line_end;
  found.summary.insert(0, line_ends + " in front of ");
  return found;
}

StrayBytes behind_byte_order_mark(const StraySample& sample) {
  const StraySample rest = sample.behind(kByteOrderMark.size());
  StrayBytes found = recognise_at(rest);
  if (found.kind == StrayKind::unknown) found.kind = StrayKind::text;
  found.summary.insert(0, "a UTF-8 byte order mark in front of ");
  return found;
}

}  // namespace

std::string_view name(StrayKind kind) {
  switch (kind) {
    case StrayKind::http_response:
      return "http_response";
    case StrayKind::http_request:
      return "http_request";
    case StrayKind::html:
      return "html";
    case StrayKind::chunk_size:
      return "chunk_size";
    case StrayKind::tls_record:
      return "tls_record";
    case StrayKind::proxy_header:
      return "proxy_header";
    case StrayKind::http2:
      return "http2";
    case StrayKind::gzip:
      return "gzip";
    case StrayKind::zlib:
      return "zlib";
    case StrayKind::line_end:
      return "line_end";
    case StrayKind::json:
      return "json";
    case StrayKind::text:
      return "text";
    case StrayKind::hixie_76:
      return "hixie_76";
    case StrayKind::unknown:
      return "unknown";
  }
  return "unknown";
}

StrayBytes recognise(ByteView first, std::optional<std::uint64_t> length) {
  const std::uint64_t came = first.size();
  const StraySample sample{.bytes = as_text(first.first(std::min(first.size(), kStrayWindow))),
                           .length = length ? std::optional(std::max(*length, came)) : length};
  if (sample.bytes.starts_with(kByteOrderMark)) return behind_byte_order_mark(sample);
  const bool is_line_end = sample.bytes.starts_with("\r\n");
  if (is_line_end && !proxy_header(sample) && !http_chunk(sample)) return behind_line_ends(sample);
  return recognise_at(sample);
}

}  // namespace lastframe::ws
