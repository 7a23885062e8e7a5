#include "core/ws/handshake_rules.h"

#include <doctest/doctest.h>

#include <array>
#include <random>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/http/head_reader.h"
#include "core/ws/rule_table.h"
#include "support/handshake.h"
#include "support/seeds.h"
#include "support/splits.h"

namespace lastframe::ws {
namespace {

// RFC 6455 section 1.2, with an offer of everything that this file is about.
constexpr std::string_view kRequest =
    "GET /chat HTTP/1.1\r\n"
    "Host: server.example.com\r\n"
    "Upgrade: websocket\r\n"
    "Connection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Origin: http://example.com\r\n"
    "Sec-WebSocket-Protocol: chat, superchat\r\n"
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/130.0.0.0 Safari/537.36\r\n"
    "Sec-WebSocket-Version: 13\r\n"
    "\r\n";

constexpr std::string_view kResponse =
    "HTTP/1.1 101 Switching Protocols\r\n"
    "Upgrade: websocket\r\n"
    "Connection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
    "Sec-WebSocket-Protocol: chat\r\n"
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=12\r\n"
    "\r\n";

// `head` with `lines` in the place of the line that begins with `name` (of all lines that `name`
// reaches into); at the end where there is none.
std::string with(std::string_view head, std::string_view name, std::string_view lines) {
  std::string text(head);
  std::size_t begin = text.find(name);
  if (begin == std::string::npos) begin = text.size() - 2;
  const std::size_t end =
      text.compare(begin, 2, "\r\n") == 0 ? begin : text.find('\n', begin + name.size()) + 1;
  return text.replace(begin, end - begin, lines);
}

// "HS-05 <Sec-WebSocket-Key: a> detail" for each fault, one a line: between the brackets the line
// at the offset, nothing for the start line.
std::string shape(const std::vector<HandshakeFault>& faults, std::string_view head) {
  std::string text;
  for (const auto& [rule, offset, detail] : faults) {
    if (!text.empty()) text += '\n';
    REQUIRE(offset < head.size());
    std::string_view line = offset == 0 ? "" : head.substr(offset);
    line = line.substr(0, line.find_first_of("\r\n"));
    text.append(row_of(rule).id).append(" <").append(line).append("> ").append(detail);
  }
  return text;
}

std::vector<HandshakeFault> faults_of_request(std::string_view head) {
  const auto request = http::parse_request_head(head);
  REQUIRE(request);
  return request_faults(*request, head);
}

HandshakeOffer offered_by(std::string_view request_head) {
  const auto request = http::parse_request_head(request_head);
  REQUIRE(request);
  return offer_of(*request);
}

std::vector<HandshakeFault> faults_of_response(std::string_view head,
                                               std::string_view request_head = kRequest) {
  const auto response = http::parse_response_head(head);
  REQUIRE(response);
  return response_faults(*response, head, offered_by(request_head));
}

struct Row {
  std::string_view name;
  std::string_view replaced;  // the name of a line of the good head
  std::string_view lines;     // what stands in its place
  std::string_view faults;
};

TEST_CASE("the handshake of RFC 6455 section 1.2 breaks no rule") {
  CHECK(shape(faults_of_request(test::kUpgradeRequest), test::kUpgradeRequest).empty());
  CHECK(shape(faults_of_response(test::kAcceptingResponse, test::kUpgradeRequest),
              test::kAcceptingResponse)
            .empty());
  CHECK(shape(faults_of_request(kRequest), kRequest).empty());
  CHECK(shape(faults_of_response(kResponse), kResponse).empty());
}

TEST_CASE("a request obeys RFC 6455 section 4.1, and what it breaks is found where it stands") {
  constexpr auto kRows = std::to_array<Row>({
      {"HS-01: POST", "GET", "POST / HTTP/1.1\r\n", "HS-01 <> the method is POST"},
      {"HS-01: methods have a case (RFC 9110 section 9.1)", "GET", "get / HTTP/1.1\r\n",
       "HS-01 <> the method is get"},
      {"HS-01: HTTP/1.0", "GET", "GET / HTTP/1.0\r\n", "HS-01 <> HTTP/1.0"},
      {"HS-01: HTTP/1.2 is later", "GET", "GET / HTTP/1.2\r\n", ""},
      {"HS-01: both", "GET", "PUT / HTTP/0.9\r\n", "HS-01 <> the method is PUT; HTTP/0.9"},

      {"HS-02: no Host", "Host", "", "HS-02 <> missing"},
      {"HS-02: two", "Host", "Host: a\r\nHost: b\r\n", "HS-02 <Host: b> two fields"},
      {"HS-02: three, the same", "Host", "Host: a\r\nhost: a\r\nHOST: a\r\n",
       "HS-02 <host: a> 3 fields"},
      {"HS-02: with a port", "Host", "Host: [::1]:8080\r\n", ""},

      {"HS-03: in any case", "Upgrade", "upgrade: WebSocket\r\n", ""},
      {"HS-03: in a list", "Upgrade", "Upgrade: h2c, websocket\r\n", ""},
      {"HS-03: in a list of two fields", "Upgrade", "Upgrade: h2c\r\nUpgrade: websocket\r\n", ""},
      {"HS-03: to something else", "Upgrade", "Upgrade: h2c\r\n", "HS-03 <Upgrade: h2c> is h2c"},
      {"HS-03: part of a word", "Upgrade", "Upgrade: websockets\r\n",
       "HS-03 <Upgrade: websockets> is websockets"},
      {"HS-03: empty", "Upgrade", "Upgrade:\r\n", "HS-03 <Upgrade:> is empty"},
      {"HS-25: taken off", "Upgrade", "", "HS-03 <> missing\nHS-25 <> "},
      {"HS-25: with the token of Connection", "Upgrade: websocket\r\nConnection", "",
       "HS-03 <> missing\nHS-04 <> missing\nHS-25 <> "},

      {"HS-04: keep-alive, Upgrade", "Connection", "Connection: keep-alive, Upgrade\r\n", ""},
      {"HS-04: in any case, in two fields", "Connection",
       "Connection: keep-alive\r\nconnection: uPGRADE\r\n", ""},
      {"HS-04: no Connection", "Connection", "", "HS-04 <> missing"},
      {"HS-04: without the token", "Connection", "Connection: keep-alive\r\n",
       "HS-04 <Connection: keep-alive> does not name upgrade"},
      {"HS-04: part of a word", "Connection", "Connection: upgraded\r\n",
       "HS-04 <Connection: upgraded> does not name upgrade"},
      {"HS-04: close", "Connection", "Connection: close\r\nConnection: te\r\n",
       "HS-04 <Connection: close> does not name upgrade"},

      {"HS-05: no key", "Sec-WebSocket-Key", "", "HS-05 <> missing"},
      {"HS-05: two keys", "Sec-WebSocket-Key",
       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Key: a\r\n",
       "HS-05 <Sec-WebSocket-Key: a> two fields"},
      {"HS-05: an empty key", "Sec-WebSocket-Key", "Sec-WebSocket-Key:\r\n",
       "HS-05 <Sec-WebSocket-Key:> is empty"},
      {"HS-05: white space around it", "Sec-WebSocket-Key",
       "Sec-WebSocket-Key: \tdGhlIHNhbXBsZSBub25jZQ== \r\n", ""},
      {"HS-05: 15 bytes", "Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j\r\n",
       "HS-05 <Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j> decodes to 15 bytes"},
      {"HS-05: 17 bytes", "Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZWU=\r\n",
       "HS-05 <Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZWU=> decodes to 17 bytes"},
      {"HS-05: no padding", "Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ\r\n",
       "HS-05 <Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ> is not base64 (22 characters)"},
      {"HS-05: too much padding", "Sec-WebSocket-Key",
       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ===\r\n",
       "HS-05 <Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ===> is not base64 (24 characters)"},
      {"HS-05: the alphabet of URLs", "Sec-WebSocket-Key",
       "Sec-WebSocket-Key: dGhlIHNhbXBsZS-ub25j_Q==\r\n",
       "HS-05 <Sec-WebSocket-Key: dGhlIHNhbXBsZS-ub25j_Q==> is not base64 (24 characters)"},
      {"HS-05: bits behind the last byte (RFC 4648 section 3.5)", "Sec-WebSocket-Key",
       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZR==\r\n",
       "HS-05 <Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZR==> has bits behind its 16 bytes"},
      {"HS-05: text", "Sec-WebSocket-Key", "Sec-WebSocket-Key: secret\r\n",
       "HS-05 <Sec-WebSocket-Key: secret> is not base64 (6 characters)"},

      {"HS-07: no version", "Sec-WebSocket-Version", "", "HS-07 <> missing"},
      {"HS-07: two fields, both 13", "Sec-WebSocket-Version",
       "Sec-WebSocket-Version: 13\r\nsec-websocket-version: 13\r\n",
       "HS-07 <sec-websocket-version: 13> two fields"},
      {"HS-07: an early draft", "Sec-WebSocket-Version", "Sec-WebSocket-Version: 8\r\n",
       "HS-07 <Sec-WebSocket-Version: 8> is 8"},
      {"HS-07: a leading zero", "Sec-WebSocket-Version", "Sec-WebSocket-Version: 013\r\n",
       "HS-07 <Sec-WebSocket-Version: 013> is 013"},
      {"HS-07: a list", "Sec-WebSocket-Version", "Sec-WebSocket-Version: 13, 8\r\n",
       "HS-07 <Sec-WebSocket-Version: 13, 8> is no short number"},
      {"HS-07: a long number", "Sec-WebSocket-Version", "Sec-WebSocket-Version: 1313\r\n",
       "HS-07 <Sec-WebSocket-Version: 1313> is no short number"},
      {"HS-07: empty", "Sec-WebSocket-Version", "Sec-WebSocket-Version:\r\n",
       "HS-07 <Sec-WebSocket-Version:> is empty"},

      {"HS-08: Chrome without Origin", "Origin", "", "HS-08 <> User-Agent names Chrome"},
      {"HS-08: an empty Origin is one", "Origin", "Origin:\r\n", ""},
      {"HS-08: the Origin of a sandbox", "Origin", "Origin: null\r\n", ""},

      {"HS-09: no subprotocols", "Sec-WebSocket-Protocol", "", ""},
      {"HS-09: in two fields", "Sec-WebSocket-Protocol",
       "Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: superchat\r\n", ""},
      {"HS-09: every mark that a token may have", "Sec-WebSocket-Protocol",
       "Sec-WebSocket-Protocol: !#$%&'*+-.^_`|~,v10.stomp,wamp.2.json\r\n", ""},
      {"HS-09: another case is another one", "Sec-WebSocket-Protocol",
       "Sec-WebSocket-Protocol: chat, Chat\r\n", ""},
      {"HS-09: nothing", "Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol:\r\n",
       "HS-09 <Sec-WebSocket-Protocol:> element 1 is empty"},
      {"HS-09: an empty element", "Sec-WebSocket-Protocol",
       "Sec-WebSocket-Protocol: chat,, superchat\r\n",
       "HS-09 <Sec-WebSocket-Protocol: chat,, superchat> element 2 is empty"},
      {"HS-09: a comma at the end", "Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol: chat,\r\n",
       "HS-09 <Sec-WebSocket-Protocol: chat,> element 2 is empty"},
      {"HS-09: a space within", "Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol: my chat\r\n",
       "HS-09 <Sec-WebSocket-Protocol: my chat> element 1 is no token"},
      {"HS-09: quotes do not hold a list together", "Sec-WebSocket-Protocol",
       "Sec-WebSocket-Protocol: a, \"b,c\"\r\n",
       "HS-09 <Sec-WebSocket-Protocol: a, \"b,c\"> element 2 is no token"},
      {"HS-09: named twice", "Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol: a, b, c, b, b\r\n",
       "HS-09 <Sec-WebSocket-Protocol: a, b, c, b, b> element 4 repeats element 2"},
      {"HS-09: named again in another field", "Sec-WebSocket-Protocol",
       "Sec-WebSocket-Protocol: a, b\r\nSec-WebSocket-Protocol: c, b\r\n",
       "HS-09 <Sec-WebSocket-Protocol: c, b> element 4 repeats element 2"},
      {"HS-09: one fault for each field", "Sec-WebSocket-Protocol",
       "Sec-WebSocket-Protocol: /, /\r\nSec-WebSocket-Protocol: ,,\r\n",
       "HS-09 <Sec-WebSocket-Protocol: /, /> element 1 is no token\n"
       "HS-09 <Sec-WebSocket-Protocol: ,,> element 3 is empty"},

      {"PD: several alternatives", "Sec-WebSocket-Extensions",
       "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10, "
       "permessage-deflate\r\n",
       ""},
      {"PD: other extensions may have any parameters", "Sec-WebSocket-Extensions",
       "Sec-WebSocket-Extensions: x-webkit-deflate-frame; no_context_takeover=1, "
       "permessage-bzip2; server_max_window_bits=1\r\n",
       ""},
      {"PD-02: an unknown parameter", "Sec-WebSocket-Extensions",
       "Sec-WebSocket-Extensions: permessage-deflate; x\r\n",
       "PD-02 <Sec-WebSocket-Extensions: permessage-deflate; x> unknown parameter: x"},
      {"PD-03: a window of 7, in the second field", "Sec-WebSocket-Extensions",
       "Sec-WebSocket-Extensions: permessage-deflate\r\n"
       "sec-websocket-extensions: permessage-deflate;server_max_window_bits=7\r\n",
       "PD-03 <sec-websocket-extensions: permessage-deflate;server_max_window_bits=7> "
       "server_max_window_bits is 7"},
      {"PD: one fault for each rule and field", "Sec-WebSocket-Extensions",
       "Sec-WebSocket-Extensions: permessage-deflate; a; server_max_window_bits, "
       "permessage-deflate; b; server_max_window_bits=16\r\n",
       "PD-02 <Sec-WebSocket-Extensions: permessage-deflate; a; server_max_window_bits, "
       "permessage-deflate; b; server_max_window_bits=16> unknown parameter: a\n"
       "PD-03 <Sec-WebSocket-Extensions: permessage-deflate; a; server_max_window_bits, "
       "permessage-deflate; b; server_max_window_bits=16> server_max_window_bits has no value"},

      {"HS-19: folded", "Host", "Host: server\r\n .example.com\r\n",
       "HS-19 <Host: server> a folded field"},
      {"HS-19: a folded list is read all the same", "Connection",
       "Connection: keep-alive,\r\n\tUpgrade\r\n",
       "HS-19 <Connection: keep-alive,> a folded field"},
      {"HS-19: white space before the colon", "Upgrade", "Upgrade : websocket\r\n",
       "HS-19 <Upgrade : websocket> white space before a colon"},
      {"HS-19: LF alone", "Origin", "Origin: http://a.example\n",
       "HS-19 <Origin: http://a.example> a line ends in LF alone"},

      {"faults of several lines, as the lines stand", "Sec-WebSocket-Protocol",
       "Sec-WebSocket-Protocol: ,\r\nOrigin : a\r\nHost: b\r\n",
       "HS-09 <Sec-WebSocket-Protocol: ,> element 1 is empty\n"
       "HS-19 <Origin : a> white space before a colon\n"
       "HS-02 <Host: b> two fields"},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    const std::string head = with(kRequest, row.replaced, row.lines);
    CHECK(shape(faults_of_request(head), head) == row.faults);
  }
}

TEST_CASE("a request that is no handshake at all breaks every rule on what is missing") {
  constexpr std::string_view kHead = "GET / HTTP/1.1\r\n\r\n";
  CHECK(shape(faults_of_request(kHead), kHead) ==
        "HS-02 <> missing\nHS-03 <> missing\nHS-04 <> missing\nHS-05 <> missing\n"
        "HS-07 <> missing");
}

TEST_CASE("an Origin is missed from browsers only, and they say what they are") {
  struct Agent {
    std::string_view line;
    std::string_view detail;  // empty: no browser
  };
  constexpr auto kAgents = std::to_array<Agent>({
      {"Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox"},
      {"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36", "Chrome"},
      {"Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15", "Safari"},
      {"Mozilla/5.0 (compatible; MyBot/1.0)", ""},
      {"Mozilla/4.0 (compatible) Firefox/1.0", ""},
      {"python-websockets/13.1 Chrome/130", ""},
      {"Python/3.11 websockets/10.4", ""},
      {"", ""},
  });
  for (const Agent& agent : kAgents) {
    CAPTURE(agent.line);
    const std::string line = "User-Agent: " + std::string(agent.line) + "\r\n";
    const std::string head = with(with(kRequest, "User-Agent", line), "Origin", "");
    const std::string expected =
        agent.detail.empty() ? "" : "HS-08 <> User-Agent names " + std::string(agent.detail);
    CHECK(shape(faults_of_request(head), head) == expected);
    CHECK(faults_of_request(with(kRequest, "User-Agent", line)).empty());
  }
  const std::string neither = with(with(kRequest, "User-Agent", ""), "Origin", "");
  CHECK(faults_of_request(neither).empty());
}

TEST_CASE("every character is legal in a subprotocol or not, as RFC 6455 section 4.1 says") {
  // "characters in the range U+0021 to U+007E not including separator characters as defined in
  // [RFC2616]": section 2.2 there.
  constexpr std::string_view kSeparators = "()<>@,;:\\\"/[]?={} \t";
  for (int value = 0; value < 256; ++value) {
    CAPTURE(value);
    const char c = static_cast<char>(value);
    if (c == '\n' || c == ',') continue;
    const bool is_legal =
        value >= 0x21 && value <= 0x7E && kSeparators.find(c) == std::string_view::npos;
    const std::string line = std::string("Sec-WebSocket-Protocol: a") + c + "b\r\n";
    const std::string head = with(kRequest, "Sec-WebSocket-Protocol", line);
    bool is_found = false;
    for (const HandshakeFault& fault : faults_of_request(head))
      is_found = is_found || fault.rule == Rule::subprotocol_list_invalid;
    CHECK(is_found == !is_legal);
  }
}

// RFC 4648 section 4, by the letter.
std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bits;
  for (const char byte : bytes) {
    for (int bit = 7; bit >= 0; --bit)
      bits += (static_cast<unsigned char>(byte) >> bit & 1) != 0 ? '1' : '0';
  }
  std::string text;
  for (std::size_t at = 0; at < bits.size(); at += 6) {
    std::string sextet = bits.substr(at, 6);
    sextet.resize(6, '0');
    text += kDigits[std::stoul(sextet, nullptr, 2)];
  }
  while (text.size() % 4 != 0) text += '=';
  return text;
}

std::string key_detail(const std::string& key) {
  const std::string head =
      with(kRequest, "Sec-WebSocket-Key", "Sec-WebSocket-Key: " + key + "\r\n");
  const auto faults = faults_of_request(head);
  REQUIRE(faults.size() <= 1);
  return faults.empty() ? "" : faults.front().detail;
}

TEST_CASE("a key of 16 bytes is one, whatever the bytes, and a key of another size is none") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int run = 0; run < 500; ++run)
    CHECK(key_detail(base64(test::random_bytes(random, 16))) == "");
  for (std::size_t size = 1; size < 80; ++size) {
    CAPTURE(size);
    const std::string detail = key_detail(base64(test::random_bytes(random, size)));
    CHECK(detail == (size == 16 ? "" : "decodes to " + std::to_string(size) + " bytes"));
  }
}

TEST_CASE("of all last digits of a key, the four with no bits behind the last byte are legal") {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (int value = 0; value < 256; ++value) {
    CAPTURE(value);
    const char c = static_cast<char>(value);
    if (c == '\n' || c == '\r') continue;
    const std::string detail = key_detail(std::string("dGhlIHNhbXBsZSBub25jZ") + c + "==");
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) {
      CHECK(detail == "is not base64 (24 characters)");
    } else {
      CHECK(detail == (digit % 16 == 0 ? "" : "has bits behind its 16 bytes"));
    }
  }
}

TEST_CASE("a version is 13 and no other number") {
  for (int version = 0; version <= 255; ++version) {
    CAPTURE(version);
    const std::string line = "Sec-WebSocket-Version: " + std::to_string(version);
    const std::string head = with(kRequest, "Sec-WebSocket-Version", line + "\r\n");
    const std::string expected =
        version == 13 ? "" : "HS-07 <" + line + "> is " + std::to_string(version);
    CHECK(shape(faults_of_request(head), head) == expected);
  }
}

struct AnswerRow {
  std::string_view name;
  std::string_view replaced;
  std::string_view lines;
  std::string_view faults;
  bool is_taken;  // by a conforming client
};

// RFC 6455 section 4.1, the numbered steps of "Once the client's opening handshake has been sent".
TEST_CASE("a 101 obeys every step of RFC 6455 section 4.1, or a client does not take it") {
  constexpr auto kRows = std::to_array<AnswerRow>({
      {"step 2: no Upgrade", "Upgrade", "", "HS-11 <> missing", false},
      {"step 2: in any case", "Upgrade", "upgrade: WebSocket\r\n", "", true},
      {"step 2: something else", "Upgrade", "Upgrade: h2c\r\n", "HS-11 <Upgrade: h2c> is h2c",
       false},
      {"step 2: the value is to match websocket, not to contain it", "Upgrade",
       "Upgrade: websocket, h2c\r\n", "HS-11 <Upgrade: websocket, h2c> is no short token", false},
      {"step 2: twice", "Upgrade", "Upgrade: websocket\r\nUPGRADE: websocket\r\n",
       "HS-11 <UPGRADE: websocket> two fields", false},
      {"step 2: empty", "Upgrade", "Upgrade:\r\n", "HS-11 <Upgrade:> is empty", false},

      {"step 3: no Connection", "Connection", "", "HS-12 <> missing", false},
      {"step 3: the token in a list", "Connection", "Connection: keep-alive, uPgRaDe\r\n", "",
       true},
      {"step 3: the token in the second field", "Connection",
       "Connection: keep-alive\r\nConnection: Upgrade\r\n", "", true},
      {"step 3: without the token", "Connection", "Connection: keep-alive\r\n",
       "HS-12 <Connection: keep-alive> does not name upgrade", false},

      {"step 4: no Accept", "Sec-WebSocket-Accept", "", "HS-13 <> missing", false},
      {"step 4: two, both right", "Sec-WebSocket-Accept",
       "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
       "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
       "HS-13 <sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=> two fields", false},
      {"step 4: of another key", "Sec-WebSocket-Accept",
       "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n",
       "HS-13 <Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=> is that of another key", false},
      {"step 4: in another case it is another value", "Sec-WebSocket-Accept",
       "Sec-WebSocket-Accept: S3PPLMBITXAQ9KYGZZHZRBK+XOo=\r\n",
       "HS-13 <Sec-WebSocket-Accept: S3PPLMBITXAQ9KYGZZHZRBK+XOo=> is that of another key", false},
      {"step 4: the key itself", "Sec-WebSocket-Accept",
       "Sec-WebSocket-Accept: dGhlIHNhbXBsZSBub25jZQ==\r\n",
       "HS-13 <Sec-WebSocket-Accept: dGhlIHNhbXBsZSBub25jZQ==> is not 20 bytes in base64", false},
      {"step 4: the digest in hexadecimal", "Sec-WebSocket-Accept",
       "Sec-WebSocket-Accept: b37a4f2cc0624f1690f64606cf385945b2bec4ea\r\n",
       "HS-13 <Sec-WebSocket-Accept: b37a4f2cc0624f1690f64606cf385945b2bec4ea> is not 20 bytes in "
       "base64",
       false},
      {"step 4: without padding", "Sec-WebSocket-Accept",
       "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo\r\n",
       "HS-13 <Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo> is not 20 bytes in base64",
       false},
      {"step 4: empty", "Sec-WebSocket-Accept", "Sec-WebSocket-Accept: \r\n",
       "HS-13 <Sec-WebSocket-Accept: > is empty", false},
      {"step 4: white space around it counts for nothing", "Sec-WebSocket-Accept",
       "Sec-WebSocket-Accept: \t s3pPLMBiTxaQ9kYGzzhZRbK+xOo= \t\r\n", "", true},

      {"step 5: no extension", "Sec-WebSocket-Extensions", "", "", true},
      {"step 5: an empty list", "Sec-WebSocket-Extensions", "Sec-WebSocket-Extensions:\r\n", "",
       true},
      {"step 5: not offered", "Sec-WebSocket-Extensions",
       "Sec-WebSocket-Extensions: x-webkit-deflate-frame\r\n",
       "HS-14 <Sec-WebSocket-Extensions: x-webkit-deflate-frame> x-webkit-deflate-frame\n"
       "EX-01 <Sec-WebSocket-Extensions: x-webkit-deflate-frame> x-webkit-deflate-frame",
       false},
      {"step 5: an offered one and another", "Sec-WebSocket-Extensions",
       "Sec-WebSocket-Extensions: Permessage-Deflate, x-other, x-third\r\n",
       "HS-14 <Sec-WebSocket-Extensions: Permessage-Deflate, x-other, x-third> x-other\n"
       "EX-01 <Sec-WebSocket-Extensions: Permessage-Deflate, x-other, x-third> x-other",
       false},
      {"step 5: a name that cannot be shown", "Sec-WebSocket-Extensions",
       "Sec-WebSocket-Extensions: \x1B[31m\r\n",
       "HS-14 <Sec-WebSocket-Extensions: \x1B[31m> a name that is no token\n"
       "EX-01 <Sec-WebSocket-Extensions: \x1B[31m> a name that is no token",
       false},

      {"PD-01: accepted twice", "Sec-WebSocket-Extensions",
       "Sec-WebSocket-Extensions: permessage-deflate, permessage-deflate\r\n",
       "PD-01 <Sec-WebSocket-Extensions: permessage-deflate, permessage-deflate> ", false},
      {"PD-01: accepted twice, in two fields", "Sec-WebSocket-Extensions",
       "Sec-WebSocket-Extensions: permessage-deflate\r\n"
       "sec-websocket-extensions: permessage-deflate\r\n",
       "PD-01 <sec-websocket-extensions: permessage-deflate> ", false},
      {"PD-02: an unknown parameter", "Sec-WebSocket-Extensions",
       "Sec-WebSocket-Extensions: permessage-deflate; level=9\r\n",
       "PD-02 <Sec-WebSocket-Extensions: permessage-deflate; level=9> unknown parameter: level",
       false},
      {"PD-03: a bare window", "Sec-WebSocket-Extensions",
       "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n",
       "PD-03 <Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits> "
       "client_max_window_bits has no value",
       false},
      {"PD: what a server may add unasked", "Sec-WebSocket-Extensions",
       "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
       "client_no_context_takeover; server_max_window_bits=\"8\"\r\n",
       "", true},

      {"step 6: none chosen", "Sec-WebSocket-Protocol", "", "", true},
      {"step 6: another offered one", "Sec-WebSocket-Protocol",
       "Sec-WebSocket-Protocol: superchat\r\n", "", true},
      {"step 6: one that was not offered", "Sec-WebSocket-Protocol",
       "Sec-WebSocket-Protocol: mqtt\r\n", "HS-15 <Sec-WebSocket-Protocol: mqtt> was not offered",
       false},
      {"step 6: in another case it is another one", "Sec-WebSocket-Protocol",
       "Sec-WebSocket-Protocol: Chat\r\n", "HS-15 <Sec-WebSocket-Protocol: Chat> was not offered",
       false},
      {"step 6: the whole offer", "Sec-WebSocket-Protocol",
       "Sec-WebSocket-Protocol: chat, superchat\r\n",
       "HS-15 <Sec-WebSocket-Protocol: chat, superchat> is a list", false},
      {"step 6: two fields", "Sec-WebSocket-Protocol",
       "Sec-WebSocket-Protocol: chat\r\nSec-websocket-protocol: chat\r\n",
       "HS-15 <Sec-websocket-protocol: chat> two fields", false},
      {"step 6: empty (section 4.2.2)", "Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol:\r\n",
       "HS-15 <Sec-WebSocket-Protocol:> is empty", false},

      {"HS-16: Content-Length", "none", "Content-Length: 0\r\n",
       "HS-16 <Content-Length: 0> Content-Length is 0", true},
      {"HS-16: Transfer-Encoding", "none", "transfer-encoding: chunked\r\n",
       "HS-16 <transfer-encoding: chunked> Transfer-Encoding is chunked", true},
      {"HS-16: both, and again", "none",
       "Content-Length: 1\r\nContent-Length: 2\r\nTransfer-Encoding: gzip, chunked\r\n",
       "HS-16 <Content-Length: 1> Content-Length is 1\n"
       "HS-16 <Transfer-Encoding: gzip, chunked> Transfer-Encoding is no short token",
       true},

      {"HS-19: folded", "none", "X: a,\r\n b\r\n", "HS-19 <X: a,> a folded field", true},
      {"HS-19: white space before the colon", "Upgrade", "Upgrade : websocket\r\n",
       "HS-19 <Upgrade : websocket> white space before a colon", true},
      {"HS-19: LF alone", "HTTP", "HTTP/1.1 101\n", "HS-19 <> a line ends in LF alone", true},
  });
  for (const AnswerRow& row : kRows) {
    CAPTURE(row.name);
    const std::string head = with(kResponse, row.replaced, row.lines);
    const auto faults = faults_of_response(head);
    CHECK(shape(faults, head) == row.faults);
    CHECK(is_acceptable(faults) == row.is_taken);
  }
}

TEST_CASE("a 101 is judged against what its own request offered") {
  struct Pair {
    std::string_view name;
    std::string_view request_line;   // in the place of both lists
    std::string_view response_line;  // likewise
    std::string_view faults;
  };
  constexpr auto kPairs = std::to_array<Pair>({
      {"nothing and nothing", "", "", ""},
      {"nothing offered, a subprotocol chosen", "", "Sec-WebSocket-Protocol: chat\r\n",
       "HS-15 <Sec-WebSocket-Protocol: chat> none was offered"},
      {"nothing offered, an extension accepted", "",
       "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=9\r\n",
       "HS-14 <Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=9> "
       "permessage-deflate"},
      {"another extension, offered and accepted", "Sec-WebSocket-Extensions: x-mux, a; b=1\r\n",
       "Sec-WebSocket-Extensions: X-Mux\r\n", "EX-01 <Sec-WebSocket-Extensions: X-Mux> X-Mux"},
      {"PD-04: a window that was not offered", "Sec-WebSocket-Extensions: permessage-deflate\r\n",
       "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=15\r\n",
       "PD-04 <Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=15> "
       "client_max_window_bits was not offered"},
      {"PD-04: offered in the second field",
       "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9\r\n"
       "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n",
       "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=15\r\n", ""},
      {"PD-05: a demand that is dropped",
       "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n",
       "Sec-WebSocket-Extensions: permessage-deflate\r\n",
       "PD-05 <Sec-WebSocket-Extensions: permessage-deflate> "
       "server_no_context_takeover is left out"},
      {"PD-05: the second answer is not judged against the offer",
       "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n",
       "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover, "
       "permessage-deflate\r\n",
       "PD-01 <Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover, "
       "permessage-deflate> "},
      {"a subprotocol offered in the second field",
       "Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: b, c\r\n",
       "Sec-WebSocket-Protocol: b\r\n", ""},
      {"a list offered as one is two", "Sec-WebSocket-Protocol: \"a\r\n",
       "Sec-WebSocket-Protocol: \"a\r\n", ""},
  });
  for (const Pair& pair : kPairs) {
    CAPTURE(pair.name);
    const std::string request = with(with(kRequest, "Sec-WebSocket-Protocol", ""),
                                     "Sec-WebSocket-Extensions", pair.request_line);
    const std::string response = with(with(kResponse, "Sec-WebSocket-Protocol", ""),
                                      "Sec-WebSocket-Extensions", pair.response_line);
    CHECK(shape(faults_of_response(response, request), response) == pair.faults);
  }
}

TEST_CASE("in HTTP/2 the upgrade, the key and its answer have no place (RFC 8441 section 5)") {
  constexpr std::string_view kStream =
      "CONNECT /chat HTTP/2.0\r\nhost: server.example.com\r\nsec-websocket-version: 13\r\n"
      "sec-websocket-protocol: chat\r\n\r\n";
  const auto request = http::parse_request_head(kStream);
  REQUIRE(request);
  CHECK(request_faults(*request, kStream).empty());
  const HandshakeOffer offer = offer_of(*request);
  CHECK(offer.is_http2);
  const auto judged = [&](std::string_view text) {
    const auto head = http::parse_response_head(text);
    REQUIRE(head);
    return shape(response_faults(*head, text, offer), text);
  };
  CHECK(judged("HTTP/2.0 200\r\nsec-websocket-protocol: chat\r\n\r\n") == "");
  CHECK(judged("HTTP/2.0 200\r\nsec-websocket-protocol: other\r\n\r\n") ==
        "HS-15 <sec-websocket-protocol: other> was not offered");
  CHECK(judged("HTTP/2.0 200\r\nconnection: upgrade\r\n\r\n") ==
        "HS-19 <connection: upgrade> connection, which HTTP/2 has no place for (RFC 9113 section "
        "8.2.2)");

  const std::string wrong(
      "CONNECT /chat HTTP/2.0\r\nhost: a\r\nUser-Agent: b\r\nsec-websocket-version: 8\r\n\r\n");
  const auto head = http::parse_request_head(wrong);
  REQUIRE(head);
  CHECK(shape(request_faults(*head, wrong), wrong) ==
        "HS-19 <User-Agent: b> upper-case letters in a name (RFC 9113 section 8.2.1)\n"
        "HS-07 <sec-websocket-version: 8> is 8");
  // A status line alone makes no HTTP/2 of an answer to an HTTP/1.1 request.
  const auto first = http::parse_request_head(kRequest);
  const std::string answer =
      with(with(kResponse, "HTTP/1.1 101", "HTTP/2.0 101 x\r\n"), "Sec-WebSocket-Accept", "");
  const auto odd = http::parse_response_head(answer);
  REQUIRE(first);
  REQUIRE(odd);
  CHECK_FALSE(is_acceptable(response_faults(*odd, answer, offer_of(*first))));
}

TEST_CASE("without a key there is no right Accept but that of an empty one") {
  const std::string request = with(kRequest, "Sec-WebSocket-Key", "");
  CHECK(shape(faults_of_response(kResponse, request), kResponse).starts_with("HS-13"));
}

TEST_CASE("what fails a handshake is what RFC 6455 section 4.1 and RFC 7692 section 7.1 say") {
  for (const RuleRow& row : kRules) {
    CAPTURE(row.id);
    constexpr std::array<std::string_view, 10> kFatal{"HS-11", "HS-12", "HS-13", "HS-14", "HS-15",
                                                      "PD-01", "PD-02", "PD-03", "PD-04", "PD-05"};
    bool is_fatal = false;
    for (const std::string_view id : kFatal) is_fatal = is_fatal || id == row.id;
    CHECK(is_acceptable({{.rule = row.rule, .offset = 0, .detail = ""}}) == !is_fatal);
  }
  CHECK(is_acceptable({}));
}

TEST_CASE("no key, cookie or subprotocol comes into a detail") {
  const std::string request = with(
      with(with(kRequest, "Sec-WebSocket-Key", "Sec-WebSocket-Key: hunter2\r\nCookie: hunter2\r\n"),
           "Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol: hunter2, hunter2\r\n"),
      "Origin", "Authorization: hunter2\r\n");
  const std::string response =
      with(with(kResponse, "Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol: hunter2\r\n"),
           "Sec-WebSocket-Accept", "Sec-WebSocket-Accept: hunter2\r\nSet-Cookie: hunter2\r\n");
  const auto of_request = faults_of_request(request);
  const auto of_response = faults_of_response(response);
  CHECK(of_request.size() == 3);
  CHECK(of_response.size() == 2);
  for (const auto& faults : {of_request, of_response}) {
    for (const HandshakeFault& fault : faults)
      CHECK(fault.detail.find("hunter2") == std::string::npos);
  }
}

TEST_CASE("without the text of the head all offsets are 0, and its lines are not judged") {
  const std::string head = with(kRequest, "Host", "Host : a\r\nHost: b\r\n");
  const auto request = http::parse_request_head(head);
  REQUIRE(request);
  CHECK(request_faults(*request, {}) ==
        std::vector<HandshakeFault>{{Rule::host_missing, 0, "two fields"}});
}

TEST_CASE("a head that comes in parts has the same faults, at every split") {
  const std::string head = with(with(kRequest, "Host", "Host : a\r\nhost: b\r\n"),
                                "Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol: a,\r\n\ta\n");
  const std::string expected = shape(faults_of_request(head), head);
  CHECK(expected ==
        "HS-19 <Host : a> white space before a colon\n"
        "HS-02 <host: b> two fields\n"
        "HS-09 <Sec-WebSocket-Protocol: a,> element 2 repeats element 1\n"
        "HS-19 <Sec-WebSocket-Protocol: a,> a line ends in LF alone; a folded field");
  test::at_every_split(head, [&](const test::Split& split) {
    CAPTURE(split.name);
    http::HeadReader reader(http::MessageKind::request, 4096);
    std::string found;
    test::feed_parts(split, [&](std::string_view part) {
      ByteView input = as_bytes(part);
      const auto result = reader.read(input);
      if (const auto* complete = std::get_if<http::CompleteHead>(&result))
        found = shape(faults_of_request(complete->text), complete->text);
    });
    CHECK(found == expected);
  });
}

TEST_CASE("heads full of hostile lists cost no more than their length") {
  // The square of these lengths would take minutes at -O0.
  constexpr std::size_t kSize = 1 << 18;
  struct List {
    std::string_view name;
    std::string_view begin;
    std::string_view element;
  };
  constexpr auto kLists = std::to_array<List>({
      {"subprotocols, all the same", "Sec-WebSocket-Protocol: ", "a,"},
      {"empty subprotocols", "Sec-WebSocket-Protocol: ", ","},
      {"a field for each subprotocol", "X: \r\n", "Sec-WebSocket-Protocol:a\r\n"},
      {"extensions", "Sec-WebSocket-Extensions: ", "x,"},
      {"alternatives",
       "Sec-WebSocket-Extensions: ", "permessage-deflate;server_max_window_bits=9,"},
      {"parameters", "Sec-WebSocket-Extensions: permessage-deflate", ";a"},
      {"windows", "Sec-WebSocket-Extensions: permessage-deflate", ";server_max_window_bits"},
      {"quotes", "Sec-WebSocket-Extensions: a;b=", "\"\\\""},
      {"a field for each extension", "X: \r\n", "Sec-WebSocket-Extensions:permessage-deflate\r\n"},
      {"tokens of Connection", "Connection: ", "upgrad,"},
      {"folded lines", "Connection: a", "\r\n "},
      {"fields", "X: a\r\n", "X : a\n"},
      {"lines without a colon", "X: a\r\n", "X\r\n"},
  });
  for (const List& list : kLists) {
    CAPTURE(list.name);
    std::string lines(list.begin);
    while (lines.size() < kSize) lines += list.element;
    if (!lines.ends_with('\n')) lines += "\r\n";
    const std::string request = with(kRequest, "none", lines);
    const std::string response = with(kResponse, "none", lines);
    CHECK(faults_of_request(request).size() < request.size());
    CHECK(faults_of_response(response, request).size() < response.size());
  }
}

// As many lines of two good heads, and of crooked ones, in any order.
std::string random_head(std::mt19937& random, std::string_view start_line) {
  constexpr auto kLines = std::to_array<std::string_view>({
      "Host: a\r\n",
      "Host : b\r\n",
      "Upgrade: websocket\r\n",
      "upgrade: h2c\r\n",
      "Connection: Upgrade\r\n",
      "connection: close\n",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
      "Sec-WebSocket-Key: short\r\n",
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
      "Sec-WebSocket-Version: 13\r\n",
      "Sec-WebSocket-Protocol: chat, chat\r\n",
      "Sec-WebSocket-Protocol: chat\r\n",
      "Sec-WebSocket-Extensions: permessage-deflate; x; server_max_window_bits=7\r\n",
      "Sec-WebSocket-Extensions: permessage-deflate, x-other\r\n",
      "User-Agent: Mozilla/5.0 Firefox/132.0\r\n",
      "Content-Length: 0\r\n",
      " folded\r\n",
      "no colon\r\n",
  });
  std::string head(start_line);
  for (unsigned lines = test::below(random, 12); lines > 0; --lines)
    head += kLines[test::below(random, kLines.size())];
  return head + "\r\n";
}

// The letters of all field names in the other case.
std::string in_other_case(std::string_view head, const http::Fields& fields) {
  std::string text(head);
  for (const http::Field& field : fields.all()) {
    const auto at = static_cast<std::size_t>(field.name.data() - head.data());
    for (std::size_t i = at; i < at + field.name.size(); ++i) {
      const bool is_letter = (text[i] | 0x20) >= 'a' && (text[i] | 0x20) <= 'z';
      if (is_letter) text[i] = static_cast<char>(text[i] ^ 0x20);
    }
  }
  return text;
}

void check_order(const std::vector<HandshakeFault>& faults, std::string_view head) {
  for (std::size_t i = 0; i < faults.size(); ++i) {
    CHECK(faults[i].offset < head.size());
    if (i == 0) continue;
    const bool is_ascending = std::pair(faults[i - 1].offset, faults[i - 1].rule) <
                              std::pair(faults[i].offset, faults[i].rule);
    CHECK(is_ascending);
  }
}

TEST_CASE("property: faults come in order, once for each field, and names have no case") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int run = 0; run < 3000; ++run) {
    CAPTURE(run);
    const std::string request = random_head(random, "GET / HTTP/1.1\r\n");
    const auto of_request = faults_of_request(request);
    check_order(of_request, request);
    CHECK(of_request ==
          faults_of_request(in_other_case(request, http::parse_request_head(request)->fields)));

    const std::string response = random_head(random, "HTTP/1.1 101 x\r\n");
    const auto of_response = faults_of_response(response, request);
    check_order(of_response, response);
    CHECK(of_response ==
          faults_of_response(in_other_case(response, http::parse_response_head(response)->fields),
                             request));
  }
}

}  // namespace
}  // namespace lastframe::ws
