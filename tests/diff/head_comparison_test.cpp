#include "diff/head_comparison.h"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <string_view>

#include "core/ws/opening_handshake.h"
#include "support/handshake.h"
#include "support/two_taps.h"

namespace lastframe::diff {
namespace {

using test::replaced;
using test::Seen;
using test::with_header;

Findings findings_of(const Seen& before, const Seen& after) {
  Findings findings;
  compare_heads(test::trace_of(before), test::trace_of(after), findings);
  return findings;
}

std::string names_of(const Findings& findings) {
  std::string text;
  for (const Finding& finding : findings.all()) text += std::string(row(finding.kind).name) + " ";
  return text;
}

struct Change {
  std::string_view name;
  Kind kind;
  Severity severity;
  Direction direction;
  std::function<void(Seen& before, Seen& after)> change;
};

constexpr Direction kRequest = Direction::client_to_server;
constexpr Direction kAnswer = Direction::server_to_client;
constexpr std::string_view kDeflate = "Sec-WebSocket-Extensions: permessage-deflate";
constexpr std::string_view kOtherKey = "x3JJHMbDL1EzLkh9GBhXDw==";

const std::vector<Change>& changes() {
  static const std::vector<Change> rows{
      {"target", Kind::request_target_changed, Severity::altered, kRequest,
       [](Seen&, Seen& after) { after.request = replaced(after.request, "/chat", "/app/chat"); }},
      {"query", Kind::request_target_changed, Severity::altered, kRequest,
       [](Seen& before, Seen&) {
         before.request = replaced(before.request, "/chat", "/chat?token=secret");
       }},
      {"field added", Kind::header_added, Severity::reframed, kRequest,
       [](Seen&, Seen& after) { after.request = with_header(after.request, "Via: 1.1 hop"); }},
      {"field removed", Kind::header_removed, Severity::altered, kRequest,
       [](Seen& before, Seen&) { before.request = with_header(before.request, "Cookie: a=b"); }},
      {"field changed", Kind::header_changed, Severity::altered, kRequest,
       [](Seen&, Seen& after) {
         after.request = replaced(after.request, "server.example.com", "internal");
       }},
      {"hop-by-hop field removed", Kind::hop_by_hop_removed, Severity::reframed, kRequest,
       [](Seen& before, Seen&) {
         before.request = with_header(before.request, "Keep-Alive: timeout=5");
       }},
      {"upgrade removed", Kind::upgrade_removed, Severity::corrupted, kAnswer,
       [](Seen& before, Seen& after) {
         // RFC 6455 section 4.1: a client fails the connection without it.
         static_cast<void>(after);
         before.response = replaced(before.response, "Upgrade: websocket\r\n", "");
       }},
      {"names in lower case", Kind::header_case_changed, Severity::reframed, kRequest,
       [](Seen&, Seen& after) { after.request = replaced(after.request, "Host", "host"); }},
      {"order", Kind::header_order_changed, Severity::reframed, kRequest,
       [](Seen&, Seen& after) {
         after.request = replaced(after.request, "Origin: http://example.com\r\n", "");
         after.request = replaced(after.request, "Host:", "Origin: http://example.com\r\nHost:");
       }},
      {"white space", Kind::head_respelled, Severity::reframed, kRequest,
       [](Seen&, Seen& after) { after.request = replaced(after.request, "Host: ", "Host:   "); }},
      {"reason phrase", Kind::head_respelled, Severity::reframed, kAnswer,
       [](Seen& before, Seen&) {
         before.response = replaced(before.response, "Switching Protocols", "Upgrade");
       }},
      {"key replaced", Kind::key_replaced, Severity::reframed, kRequest,
       [](Seen&, Seen& after) {
         after.request = replaced(after.request, "dGhlIHNhbXBsZSBub25jZQ==", kOtherKey);
         after.response =
             replaced(after.response, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", ws::accept_value(kOtherKey));
       }},
      {"accept wrong", Kind::accept_wrong, Severity::corrupted, kAnswer,
       [](Seen& before, Seen&) { before.response = replaced(before.response, "s3pP", "S3pP"); }},
      {"offer removed", Kind::extension_offer_removed, Severity::altered, kRequest,
       [](Seen& before, Seen&) { before.request = with_header(before.request, kDeflate); }},
      {"offer added", Kind::extension_offer_added, Severity::altered, kRequest,
       [](Seen&, Seen& after) { after.request = with_header(after.request, kDeflate); }},
      {"offer changed", Kind::extension_offer_changed, Severity::altered, kRequest,
       [](Seen& before, Seen& after) {
         before.request = with_header(before.request, kDeflate);
         after.request =
             with_header(after.request, std::string(kDeflate) + "; client_max_window_bits");
       }},
      {"acceptance removed", Kind::extension_answer_changed, Severity::altered, kAnswer,
       [](Seen& before, Seen& after) {
         before.request = with_header(before.request, kDeflate);
         after.request = with_header(after.request, kDeflate);
         after.response = with_header(after.response, kDeflate);
       }},
      {"subprotocol", Kind::subprotocol_changed, Severity::altered, kAnswer,
       [](Seen& before, Seen&) {
         before.response = replaced(before.response, "Protocol: chat", "Protocol: superchat");
       }},
      {"subprotocols offered", Kind::subprotocol_offer_changed, Severity::altered, kRequest,
       [](Seen&, Seen& after) { after.request = replaced(after.request, ", superchat", ""); }},
      {"status", Kind::status_changed, Severity::altered, kAnswer,
       [](Seen& before, Seen&) {
         before.response = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n";
       }},
      {"answered by the hop", Kind::answered_by_hop, Severity::altered, kAnswer,
       [](Seen& before, Seen& after) {
         before.response = "HTTP/1.1 504 Gateway Timeout\r\nContent-Length: 0\r\n\r\n";
         after.response.clear();
       }},
      {"HTTP/1.0 towards the client", Kind::http_version_changed, Severity::corrupted, kAnswer,
       [](Seen& before, Seen& after) {
         before.response = "HTTP/1.0 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
         after.response = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
       }},
  };
  return rows;
}

TEST_CASE("each change of a head is found, named and weighed") {
  for (const Change& change : changes()) {
    Seen before;
    Seen after;
    change.change(before, after);
    const Findings findings = findings_of(before, after);
    CAPTURE(change.name);
    CAPTURE(names_of(findings));
    const auto found = std::ranges::find(findings.all(), change.kind, &Finding::kind);
    REQUIRE(found != findings.all().end());
    CHECK(found->severity == change.severity);
    CHECK(found->direction == change.direction);
  }
}

TEST_CASE("how names are written and ordered is told beside what was added or changed") {
  Seen before;
  Seen after;
  after.request = with_header(after.request, "Via: 1.1 hop");
  after.request = replaced(after.request, "Sec-WebSocket-Key", "Sec-Websocket-Key");
  after.request = replaced(after.request, "Origin: http://example.com\r\n", "");
  after.request = replaced(after.request, "Host:", "Origin: http://example.com\r\nHost:");
  const Findings findings = findings_of(before, after);
  CAPTURE(names_of(findings));
  for (const Kind kind :
       {Kind::header_added, Kind::header_case_changed, Kind::header_order_changed}) {
    CHECK(std::ranges::find(findings.all(), kind, &Finding::kind) != findings.all().end());
  }
  CHECK(findings.all().size() == 3);
}

TEST_CASE("a field that came or went changes no order") {
  Seen before;
  Seen after;
  after.request =
      replaced(after.request, "Host:", "Via: 1.1 hop\r\nX-Forwarded-For: 192.0.2.9\r\nHost:");
  before.request = with_header(before.request, "Origin: http://again.example");
  const Findings findings = findings_of(before, after);
  CAPTURE(names_of(findings));
  CHECK(std::ranges::find(findings.all(), Kind::header_order_changed, &Finding::kind) ==
        findings.all().end());
  CHECK(std::ranges::find(findings.all(), Kind::header_case_changed, &Finding::kind) ==
        findings.all().end());
}

// As the hop speaks on its side in HTTP/2 (RFC 8441).
constexpr std::string_view kStreamRequest =
    "CONNECT /chat HTTP/2.0\r\nhost: server.example.com\r\norigin: http://example.com\r\n"
    "sec-websocket-protocol: chat, superchat\r\nsec-websocket-version: 13\r\n\r\n";
constexpr std::string_view kStreamAnswer = "HTTP/2.0 200\r\nsec-websocket-protocol: chat\r\n\r\n";

TEST_CASE("a hop that speaks HTTP/2 on one side has changed the version, and nothing else") {
  for (const bool is_before : {true, false}) {
    CAPTURE(is_before);
    Seen before;
    Seen after;
    Seen& stream = is_before ? before : after;
    stream.request = kStreamRequest;
    stream.response = kStreamAnswer;
    const Findings findings = findings_of(before, after);
    CAPTURE(names_of(findings));
    REQUIRE(findings.all().size() == 2);
    for (const Finding& finding : findings.all()) {
      CHECK(finding.kind == Kind::http_version_changed);
      CHECK(finding.severity == Severity::reframed);
      CHECK((is_before ? finding.before : finding.after).text == "HTTP/2");
      CHECK((is_before ? finding.after : finding.before).text == "HTTP/1.1");
    }
  }
}

TEST_CASE("what such a hop changes besides is found") {
  struct Row {
    std::string_view name;
    Kind kind;
    std::function<void(Seen& before, Seen& after)> change;
  };
  const std::vector<Row> rows{
      {"target", Kind::request_target_changed,
       [](Seen&, Seen& after) { after.request = replaced(after.request, "/chat", "/app"); }},
      {"field", Kind::header_removed,
       [](Seen& before, Seen&) { before.request = with_header(before.request, "cookie: a=b"); }},
      {"extension", Kind::extension_offer_removed,
       [](Seen& before, Seen&) {
         before.request = with_header(before.request, std::string(kDeflate));
       }},
      {"status", Kind::status_changed,
       [](Seen& before, Seen&) { before.response = "HTTP/2.0 502\r\n\r\n"; }},
      {"upgrade", Kind::upgrade_removed, [](Seen&, Seen& after) {
         after.request = replaced(after.request, "Upgrade: websocket\r\n", "");
       }}};
  for (const Row& row : rows) {
    CAPTURE(row.name);
    Seen before;
    Seen after;
    before.request = kStreamRequest;
    before.response = kStreamAnswer;
    row.change(before, after);
    const Findings findings = findings_of(before, after);
    CAPTURE(names_of(findings));
    CHECK(std::ranges::find(findings.all(), row.kind, &Finding::kind) != findings.all().end());
  }
}

TEST_CASE("streams on both sides are compared as streams") {
  Seen before;
  before.request = kStreamRequest;
  before.response = kStreamAnswer;
  Seen after = before;
  CHECK(findings_of(before, after).all().empty());
  after.request = with_header(after.request, "via: 2 hop");
  CHECK(names_of(findings_of(before, after)) == "header_added ");
}

TEST_CASE("a refusal is the same in both versions") {
  Seen before;
  before.request = kStreamRequest;
  before.response = "HTTP/2.0 403\r\n\r\n";
  Seen after;
  after.response = "HTTP/1.1 403 Forbidden\r\n\r\n";
  CHECK(names_of(findings_of(before, after)) == "http_version_changed http_version_changed ");
}

TEST_CASE("heads that are the same have no finding") { CHECK(findings_of({}, {}).all().empty()); }

TEST_CASE("what may be a secret is never shown") {
  Seen before;
  before.request = with_header(before.request, "Authorization: Bearer abcdefgh");
  before.request = with_header(before.request, "User-Agent: bot (+http://bob:hunter2@bot.example)");
  before.request = replaced(before.request, "/chat", "http://bob:hunter2@h/chat?token=hunter2");
  before.request = replaced(before.request, "Host: ", "Host: bob:hunter2@");
  const Findings findings = findings_of(before, {});
  CHECK(findings.all().size() >= 3);
  for (const Finding& finding : findings.all()) {
    const std::string text = finding.before.text + finding.after.text + finding.detail;
    CHECK(text.find("abcdefgh") == std::string::npos);
    CHECK(text.find("hunter2") == std::string::npos);
  }
}

TEST_CASE("a path that differs only in what is hidden is not taken for a query that does") {
  Seen before;
  Seen after;
  before.request = replaced(before.request, "/chat", "http://bob@h/chat");
  after.request = replaced(after.request, "/chat", "http://ann@h/chat");
  const Findings findings = findings_of(before, after);
  REQUIRE(findings.all().size() == 1);
  CHECK(findings.all().front().before.text == "http://[redacted, 3 bytes]@h/chat");
  CHECK(findings.all().front().after.text == "http://[redacted, 3 bytes]@h/chat");
}

}  // namespace
}  // namespace lastframe::diff
