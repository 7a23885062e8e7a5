#include "core/ws/stray_bytes.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ws/frame.h"
#include "core/ws/frame_rules.h"
#include "support/frames.h"
#include "support/hex.h"
#include "support/seeds.h"

namespace lastframe::ws {
namespace {

struct Row {
  std::string_view name;
  std::string bytes;
  std::optional<std::uint64_t> length;
  StrayKind kind;
  std::string_view summary;
};

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const StrayBytes found = recognise(as_bytes(row.bytes), row.length);
    CHECK(name(found.kind) == name(row.kind));
    CHECK(found.summary == row.summary);
  }
}

TEST_CASE("a TLS record is named by its type, an alert by its level and description") {
  constexpr auto kKind = StrayKind::tls_record;
  check({
      {"RFC 8446 section 5.1: a ClientHello",
       test::hex("16 03 01 02 00 01 00 01 fc 03 03"),
       {},
       kKind,
       "a TLS handshake record (ClientHello), 517 bytes"},
      {"a ServerHello",
       test::hex("16 03 03 00 7a 02 00 00 76 03 03"),
       {},
       kKind,
       "a TLS handshake record (ServerHello), 127 bytes"},
      {"an encrypted handshake",
       test::hex("16 03 03 00 28 9a 00 00 00 01"),
       {},
       kKind,
       "a TLS handshake record, 45 bytes"},
      {"RFC 8446 section 6: an alert", test::hex("15 03 03 00 02 02 28"), 7, kKind,
       "a TLS alert record (fatal, handshake_failure)"},
      {"an alert that only warns", test::hex("15 03 01 00 02 01 00"), 7, kKind,
       "a TLS alert record (warning, close_notify)"},
      {"an alert that has no name", test::hex("15 03 03 00 02 02 63"), 7, kKind,
       "a TLS alert record (fatal, alert 99)"},
      {"an encrypted alert",
       test::hex("15 03 03 00 1a 00 00 00"),
       {},
       kKind,
       "a TLS alert record (encrypted), 31 bytes"},
      {"application data",
       test::hex("17 03 03 40 11 de ad be ef"),
       {},
       kKind,
       "a TLS application data record, 16406 bytes"},
      {"change cipher spec", test::hex("14 03 03 00 01 01"), 6, kKind,
       "a TLS change cipher spec record, 6 bytes"},
      {"cut off", test::hex("16 03 01"), 3, kKind, "a TLS handshake record, cut off"},
      {"longer than a record can be", test::hex("17 03 03 48 01"), 5, StrayKind::unknown,
       "5 bytes that look like no known protocol"},
      {"an empty handshake", test::hex("16 03 03 00 00 01"), 6, StrayKind::unknown,
       "6 bytes that look like no known protocol"},
      {"an alert of no level", test::hex("15 03 03 00 02 03 28"), 7, StrayKind::unknown,
       "7 bytes that look like no known protocol"},
      {"version 3.5", test::hex("16 03 05 00 7a 02 00"), 7, StrayKind::unknown,
       "7 bytes that look like no known protocol"},
  });
}

TEST_CASE("a header of the PROXY protocol is recognised, and its addresses are not shown") {
  constexpr auto kKind = StrayKind::proxy_header;
  const std::string signature = test::hex("0d 0a 0d 0a 00 0d 0a 51 55 49 54 0a");
  check({
      {"version 1",
       "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n",
       {},
       kKind,
       "a PROXY protocol version 1 header (TCP4)"},
      {"version 1, IPv6",
       "PROXY TCP6 2001:db8::1 2001:db8::2 4124 443\r\n",
       {},
       kKind,
       "a PROXY protocol version 1 header (TCP6)"},
      {"version 1, unknown",
       "PROXY UNKNOWN\r\n",
       {},
       kKind,
       "a PROXY protocol version 1 header (UNKNOWN)"},
      {"version 1, cut off", "PROXY T", 7, kKind, "a PROXY protocol version 1 header"},
      {"version 2",
       signature + test::hex("21 11 00 0c c0 00 02 01 c0 00 02 02 dc 04 01 bb"),
       {},
       kKind,
       "a PROXY protocol version 2 header (TCP over IPv4), 28 bytes"},
      {"version 2, IPv6",
       signature + test::hex("21 21 00 24"),
       {},
       kKind,
       "a PROXY protocol version 2 header (TCP over IPv6), 52 bytes"},
      {"version 2, LOCAL",
       signature + test::hex("20 00 00 00"),
       {},
       kKind,
       "a PROXY protocol version 2 header (LOCAL, a health check of the sender), 16 bytes"},
      {"version 2, cut off", signature.substr(0, 7), 7, kKind, "a PROXY protocol version 2 header"},
      {"a text that begins like it",
       "PROXY settings are on the second page",
       {},
       StrayKind::text,
       "text without a frame header, at least 37 bytes"},
  });
}

TEST_CASE("HTTP/2 is recognised by its preface and by the frames a connection begins with") {
  constexpr auto kKind = StrayKind::http2;
  check({
      {"RFC 9113 section 3.4: the preface",
       "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
       {},
       kKind,
       "the HTTP/2 connection preface"},
      {"cut off", "PRI * ", 6, kKind, "the HTTP/2 connection preface"},
      {"RFC 9113 section 6.5: SETTINGS",
       test::hex("00 00 12 04 00 00 00 00 00 00 03 00 00 00 64 00 04 00 10 00 00"),
       {},
       kKind,
       "an HTTP/2 SETTINGS frame"},
      {"empty SETTINGS", test::hex("00 00 00 04 00 00 00 00 00"), 9, kKind,
       "an HTTP/2 SETTINGS frame"},
      {"their acknowledgement", test::hex("00 00 00 04 01 00 00 00 00"), 9, kKind,
       "an acknowledgement of HTTP/2 SETTINGS"},
      {"SETTINGS behind two zero bytes that passed for a frame",
       test::hex("12 04 00 00 00 00 00 00 03 00 00 00 64"),
       {},
       kKind,
       "the rest of an HTTP/2 SETTINGS frame"},
      {"RFC 9113 section 6.8: GOAWAY",
       test::hex("00 00 08 07 00 00 00 00 00 00 00 00 00 00 00 00 01"), 17, kKind,
       "an HTTP/2 GOAWAY frame (PROTOCOL_ERROR)"},
      {"SETTINGS of a stream", test::hex("00 00 06 04 00 00 00 00 01 00 03 00 00 00 64"), 15,
       StrayKind::unknown, "15 bytes that look like no known protocol"},
      {"SETTINGS of a length that is no multiple of 6",
       test::hex("00 00 07 04 00 00 00 00 00 00 03 00 00 00 64 00"), 16, StrayKind::unknown,
       "16 bytes that look like no known protocol"},
      {"identifiers that are not assigned",
       test::hex("00 00 06 04 00 00 00 00 00 77 03 00 00 00 64"), 15, StrayKind::unknown,
       "15 bytes that look like no known protocol"},
  });
}

TEST_CASE("compressed data are recognised by header and first block") {
  check({
      {"RFC 1952: gzip", test::hex("1f 8b 08 00 00 00 00 00 00 03 cb 48"), 42, StrayKind::gzip,
       "gzip data, 42 bytes"},
      {"gzip with reserved flags", test::hex("1f 8b 08 e0 00 00 00 00"), 8, StrayKind::unknown,
       "8 bytes that look like no known protocol"},
      {"RFC 1950: zlib",
       test::hex("78 9c cb 48 cd c9 c9 07 00"),
       {},
       StrayKind::zlib,
       "zlib data, at least 9 bytes"},
      {"zlib of the fastest", test::hex("78 01 cb 48 cd c9 c9 07 00"), 13, StrayKind::zlib,
       "zlib data, 13 bytes"},
      {"zlib of the best", test::hex("78 da cb 48 cd c9 c9 07 00"), 13, StrayKind::zlib,
       "zlib data, 13 bytes"},
      {"zlib, a stored block", test::hex("78 01 01 05 00 fa ff 68 65 6c 6c 6f"), 16,
       StrayKind::zlib, "zlib data, 16 bytes"},
      {"a stored block of two lengths", test::hex("78 01 01 05 00 fa fe 68"), 8, StrayKind::unknown,
       "8 bytes that look like no known protocol"},
      {"a block of no type", test::hex("78 9c 07 48 cd"), 5, StrayKind::unknown,
       "5 bytes that look like no known protocol"},
      {"a formula",
       "x^2 + y^2 equals the square of z",
       {},
       StrayKind::text,
       "text without a frame header, at least 32 bytes"},
  });
}

TEST_CASE("the framing of hixie-76 is recognised") {
  constexpr auto kKind = StrayKind::hixie_76;
  check({
      {"section 1.2: a text", test::hex("00 48 65 6c 6c 6f ff"), 7, kKind,
       "a text frame of the hixie-76 draft (00 ... ff), 7 bytes"},
      {"two of them",
       test::hex("00 48 65 6c 6c 6f ff 00 77 6f ff"),
       {},
       kKind,
       "a text frame of the hixie-76 draft (00 ... ff), 7 bytes"},
      {"the rest of one",
       test::hex("68 65 6c 6c 6f ff 00 77"),
       {},
       kKind,
       "the rest of a text frame of the hixie-76 draft (... ff), 6 bytes"},
      {"the closing handshake", test::hex("ff 00"), 2, kKind,
       "the closing handshake of the hixie-76 draft (ff 00)"},
  });
}

TEST_CASE("line ends between frames are recognised, with what follows them") {
  check({
      {"alone", "\r\n", 2, StrayKind::line_end, "a line end (CR LF)"},
      {"three of them", "\r\n\r\n\r\n", 6, StrayKind::line_end, "3 line ends (CR LF)"},
      {"in front of a frame",
       "\r\n" + test::frame(Endpoint::client, Opcode::text, "a"),
       {},
       StrayKind::line_end,
       "a line end (CR LF) in front of a frame"},
      {"in front of a page", "\r\n\r\n<html>", 10, StrayKind::html,
       "2 line ends (CR LF) in front of an HTML page, 6 bytes"},
      {"in front of anything", test::hex("0d 0a fe 03 f7"), 5, StrayKind::line_end,
       "a line end (CR LF) in front of 3 bytes that look like no known protocol"},
  });
}

TEST_CASE("what is not known is described as far as that goes") {
  constexpr auto kKind = StrayKind::unknown;
  std::string all_values;
  for (unsigned byte = 0; byte < 256; ++byte) all_values += static_cast<char>((byte * 7 + 3) & 255);
  check({
      {"nothing", "", 0, kKind, "no bytes"},
      {"one byte", "H", 1, kKind, "1 byte that looks like no known protocol"},
      {"two", "HT", 2, kKind, "2 bytes that look like no known protocol"},
      {"evenly spread",
       all_values,
       {},
       kKind,
       "at least 256 bytes that look compressed or encrypted"},
      {"zeros", std::string(64, '\0'), 64, kKind, "64 bytes, all zero"},
      {"ones", std::string(64, '\xFF'), 64, kKind, "64 bytes, all of one value"},
  });
}

// Byte for byte what section 5.2 of RFC 6455 makes impossible without extensions: each of these is
// seen where a frame should begin, and ends the trust in its direction.
TEST_CASE("whatever breaks a stream in practice is recognised by its first bytes") {
  struct Seen {
    std::string_view bytes;
    std::string_view kind;
  };
  constexpr auto kSeen = std::to_array<Seen>({
      {"HTTP/1.1 400 Bad Request\r\n", "http_response"},
      {"GET / HTTP/1.1\r\n", "http_request"},
      {"POST / HTTP/1.1\r\n", "http_request"},
      {"PRI * HTTP/2.0\r\n", "http2"},
      {"PROXY TCP4 1", "proxy_header"},
      {"<html>", "html"},
      {"<!doctype html>", "html"},
      {"1f\r\n\x81\x1d", "chunk_size"},
      {"a\r\n\x81\x08", "chunk_size"},
      {"42[\"a\"]", "json"},
      {"{\"a\":1}", "json"},
      {"[\"a\",1]", "json"},
      {"\x16\x03\x01\x01\x10\x01", "tls_record"},
      {"\x15\x03\x03", "tls_record"},
      {"\x17\x03\x03", "tls_record"},
      {"\r\n\x81\x01", "line_end"},
      {"\x1F\x8B\x08", "gzip"},
      {"\x78\x9C\xCB\x48\xCD", "zlib"},
      {"\xEF\xBB\xBF{\"a\":1}", "json"},
  });
  for (const Seen& row : kSeen) {
    CAPTURE(row.bytes);
    CHECK(name(recognise(as_bytes(row.bytes), {}).kind) == row.kind);
    std::string header(row.bytes);
    header.resize(14);
    const FrameHeader decoded = decode_frame_header(as_bytes(header).data());
    CHECK((decoded.rsv != 0 || is_reserved(decoded.opcode)));
  }
}

TEST_CASE("each kind has a name of its own") {
  std::vector<std::string_view> names;
  for (const StrayKind kind : kStrayKinds) names.push_back(name(kind));
  CHECK(names.size() == 14);
  CHECK(names.front() == "http_response");
  CHECK(names.back() == "unknown");
  std::ranges::sort(names);
  CHECK(std::ranges::adjacent_find(names) == names.end());
}

bool is_printable_text(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
}

void check_shape(std::string_view bytes) {
  for (const std::optional<std::uint64_t> length :
       {std::optional<std::uint64_t>(), std::optional<std::uint64_t>(bytes.size())}) {
    const StrayBytes found = recognise(as_bytes(bytes), length);
    const bool is_right = !found.summary.empty() && found.summary.size() <= kLongestStrayText &&
                          found.shown.size() <= kLongestStrayText &&
                          is_printable_text(found.summary) && is_printable_text(found.shown);
    if (!is_right) FAIL_CHECK(found.summary, " / ", found.shown);
  }
}

TEST_CASE("property: what is said is short and printable, at each cut of what is recognised") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto samples = std::to_array<std::string>(
      {"HTTP/1.1 502 Bad\xC3\xA9\r\nServer: ng\x01nx\r\nVia: \xFF\r\nContent-Length: "
       "99\r\n\r\n<h1>",
       "GET /a HTTP/1.1\r\nUser-Agent: \x1b[31m\\\r\n\r\n",
       "\r\n2a;x=y\r\n\x81\x28" + std::string(40, 'x') + "\r\n0\r\n\r\n",
       test::hex("16 03 01 02 00 01 00 01 fc 03 03"), test::hex("15 03 03 00 02 02 28"),
       "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n",
       test::hex("0d 0a 0d 0a 00 0d 0a 51 55 49 54 0a 21 11 00 0c c0 00 02 01"),
       test::hex("00 00 12 04 00 00 00 00 00 00 03 00 00 00 64 00 04 00 10 00 00"),
       "\xEF\xBB\xBF{\"a\":[1,2,{\"b\":\"\\\"\"}]}", "42/x,1[\"a\"]",
       "<!DOCTYPE html><title>502 Bad Gateway</title><hr><center>nginx</center></html>"});
  for (const std::string& sample : samples) {
    for (std::size_t begin = 0; begin < sample.size(); ++begin) {
      for (std::size_t size = 0; begin + size <= sample.size(); ++size) {
        check_shape(std::string_view(sample).substr(begin, size));
      }
    }
    for (int run = 0; run < 300; ++run) {
      std::string bent = sample;
      bent[test::below(random, static_cast<unsigned>(bent.size()))] =
          static_cast<char>(random() & 0xFF);
      check_shape(bent);
    }
  }
}

TEST_CASE("property: of noise less than one string in 500 is called anything") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (const std::size_t size : {2u, 4u, 8u, 64u, 512u}) {
    CAPTURE(size);
    constexpr int kRuns = 20000;
    int named = 0;
    for (int run = 0; run < kRuns; ++run) {
      const std::string bytes = test::random_bytes(random, size);
      if (recognise(as_bytes(bytes), {}).kind != StrayKind::unknown) ++named;
    }
    CHECK(named * 500 < kRuns);
  }
}

TEST_CASE("fewer than two bytes are unknown, whichever they are") {
  for (unsigned byte = 0; byte < 256; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    CHECK(recognise(as_bytes(text), 1).kind == StrayKind::unknown);
  }
  CHECK(recognise({}, {}).kind == StrayKind::unknown);
}

TEST_CASE("no more than the window is looked at, and a length that is too small is mended") {
  std::string bytes = "{\"a\":\"" + std::string(600, 'x') + "\"}";
  const StrayBytes found = recognise(as_bytes(bytes), 608);
  CHECK(found == recognise(as_bytes(bytes).first(kStrayWindow), 608));
  CHECK(recognise(as_bytes(bytes), 3) == recognise(as_bytes(bytes), bytes.size()));
}

}  // namespace
}  // namespace lastframe::ws
