#include "output/record_text.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "support/sample_report.h"

using namespace lastframe;
using namespace lastframe::output;
using namespace std::chrono_literals;
using session::Ending;
using session::HandshakeOutcome;
using session::Initiator;
using session::RecordKind;
using session::Text;

namespace {

// A connection to /chat that was open for 1.5 s and ended at 19:00:01.234.
session::SessionReport report_of(std::uint16_t code, Initiator initiator, Ending ending) {
  session::SessionReport report;
  report.listener = "chat";
  report.upstream = "chat-a";
  report.accepted_wall = WallTime(std::chrono::sys_days{std::chrono::year{2026} / 11 / 20}) + 18h +
                         59min + 59s + 734'567us;
  report.ended = report.accepted + 1'500'000us;
  report.texts.set(Text::client, "203.0.113.9:50122");
  report.texts.set(Text::server, "10.0.0.7:9000");
  report.texts.set(Text::path, "/chat");
  report.handshake = {.outcome = HandshakeOutcome::accepted, .status = 101, .duration_s = 0.002};
  report.code = ws::CloseCode{code};
  report.initiator = initiator;
  report.ending = ending;
  report.clean = ending == Ending::closing_handshake;
  report.traffic[index(Direction::client_to_server)].messages = 3;
  report.traffic[index(Direction::server_to_client)].messages = 4;
  return report;
}

session::CloseSeen close_seen(std::uint16_t code, std::string reason, Moment at) {
  session::CloseSeen close;
  close.code = code;
  close.reported = ws::CloseCode{code};
  close.reason = std::move(reason);
  close.frame = 1;
  close.at = at;
  return close;
}

// What stands between the columns and the numbers.
std::string said(const session::SessionReport& report) {
  const std::string line = record_text(report, Colour::off);
  const std::size_t columns = std::string(
                                  "19:00:01.234  1006 Abnormal Closure            server  "
                                  "reset              chat /chat            ")
                                  .size();
  const std::size_t numbers = line.find("1.5 s, 3 up, 4 down, from ");
  REQUIRE(numbers != std::string::npos);
  std::string text = line.substr(columns, numbers - columns);
  while (!text.empty() && text.back() == ' ') text.pop_back();
  while (!text.empty() && text.front() == ' ') text.erase(0, 1);
  return text;
}

}  // namespace

TEST_CASE("when, code and name, who, how and where stand in columns, the numbers come last") {
  CHECK(record_text(report_of(1006, Initiator::server, Ending::reset), Colour::off) ==
        "19:00:01.234  1006 Abnormal Closure            server  reset              "
        "chat /chat              1.5 s, 3 up, 4 down, from 203.0.113.9:50122");
  CHECK(record_text(report_of(1007, Initiator::none, Ending::fin_without_close), Colour::off) ==
        "19:00:01.234  1007 Invalid Frame Payload Data  none    fin_without_close  "
        "chat /chat              1.5 s, 3 up, 4 down, from 203.0.113.9:50122");
  CHECK(record_text(report_of(999, Initiator::client, Ending::closing_handshake), Colour::off)
            .starts_with("19:00:01.234   999 Not Used"));
}

TEST_CASE("the reason of the first Close is quoted, an echo of it is left out") {
  auto report = report_of(1008, Initiator::server, Ending::closing_handshake);
  const Moment at = report.accepted + 1s;
  report.close_frames[index(Endpoint::server)] = close_seen(1008, "no \"links\"", at);
  for (const char* echoed : {"", "no \"links\""}) {
    report.close_frames[index(Endpoint::client)] = close_seen(1008, echoed, at + 1ms);
    CHECK(said(report) == R"("no \"links\"")");
  }
}

TEST_CASE("an answer that says something else is named") {
  auto report = report_of(1000, Initiator::client, Ending::closing_handshake);
  const Moment at = report.accepted + 1s;
  report.close_frames[index(Endpoint::client)] = close_seen(1000, "", at);
  report.close_frames[index(Endpoint::server)] = close_seen(1011, "boom", at + 1ms);
  CHECK(said(report) == R"(server answered 1011 "boom")");
}

TEST_CASE("why a connection never opened") {
  struct Row {
    HandshakeOutcome outcome;
    std::optional<unsigned> status;
    std::string_view text;
  };
  for (const Row& row :
       {Row{HandshakeOutcome::rejected, 403, "rejected with 403"},
        Row{HandshakeOutcome::failed, 101, "failed: the 101 is not for this request"},
        Row{HandshakeOutcome::failed, {}, "failed: the answer is no HTTP"},
        Row{HandshakeOutcome::unanswered, {}, "unanswered"},
        Row{HandshakeOutcome::abandoned, {}, "abandoned before the answer"}}) {
    CAPTURE(row.text);
    auto report = report_of(1006, Initiator::server, Ending::handshake_failed);
    report.kind = RecordKind::handshake_failed;
    report.handshake = {.outcome = row.outcome, .status = row.status, .duration_s = {}};
    CHECK(said(report) == row.text);
  }
  auto report = report_of(1006, Initiator::none, Ending::connect_failed);
  report.kind = RecordKind::connect_failed;
  report.connect_error = "ECONNREFUSED";
  CHECK(said(report) == "upstream 10.0.0.7:9000: ECONNREFUSED");
}

TEST_CASE("why TLS failed, and what came in its place") {
  auto report = report_of(1015, Initiator::client, Ending::tls_failed);
  report.kind = RecordKind::tls_failed;
  report.tls_failure.emplace().facts.fault = session::TlsFault::plain_http;
  CHECK(said(report) == "the client speaks HTTP without TLS");
  report.tls_failure->facts.detail = "http request";
  CHECK(said(report) == "the client speaks HTTP without TLS (http request)");
  report.tls_failure->facts.first_bytes = "GET /chat HTTP/1.1\n";
  CHECK(said(report) == "the client speaks HTTP without TLS (GET /chat HTTP/1.1\\n)");
  CHECK(record_text(report, Colour::off).contains("  1015 TLS Handshake Failure  "));
  report.connect_error = "ECONNREFUSED";
  CHECK(said(report) == "upstream 10.0.0.7:9000: ECONNREFUSED");
}

TEST_CASE("TLS that breaks an open connection is told") {
  auto report = report_of(1006, Initiator::server, Ending::reset);
  report.tls_failure.emplace().peer = Endpoint::server;
  report.tls_failure->facts.detail = "bad record mac";
  CHECK(said(report) == "TLS with the server failed (bad record mac)");
}

TEST_CASE("a connection that passed sealed has no code") {
  auto report = report_of(1006, Initiator::server, Ending::fin_without_close);
  report.is_sealed = true;
  CHECK(record_text(report, Colour::off)
            .starts_with("19:00:01.234     - Sealed by TLS               server  "));
}

TEST_CASE("the first broken rule is named, and how many more there are") {
  auto report = report_of(1006, Initiator::server, Ending::reset);
  report.violations = {
      {.rule = ws::Rule::server_frame_masked, .side = Endpoint::server, .frame = 7, .offset = 90}};
  report.violation_count = 1;
  CHECK(said(report) == "FR-02 server_frame_masked by server in frame 7");
  report.violation_count = 12;
  CHECK(said(report) == "FR-02 server_frame_masked by server in frame 7 and 11 more");
  report.violations = {{.rule = ws::Rule::accept_wrong, .side = Endpoint::server}};
  report.violation_count = 1;
  CHECK(said(report) == "HS-13 accept_wrong by server in the handshake");
}

TEST_CASE("the verdict stands below, indented: cause, evidence, what else it may be, the fix") {
  auto report = report_of(1006, Initiator::server, Ending::fin_without_close);
  const std::string line = record_text(report, Colour::off);
  report.verdict = sample_verdict();
  CHECK(record_text(report, Colour::off) ==
        line +
            "\n    cause  idle_timeout (likely), hop_behind has to act: An idle time-out on the "
            "server's side ended the connection."
            "\n           No byte passed for 60.0 s."
            "\n           nginx answered the upgrade."
            "\n    or     lifetime_limit"
            "\n           server_crashed"
            "\n    fix    Send a Ping more often than that.");
}

TEST_CASE("what a verdict does not have takes no line") {
  auto report = report_of(1006, Initiator::server, Ending::fin_without_close);
  const std::string line = record_text(report, Colour::off);
  report.verdict.emplace();
  report.verdict->cause = "unknown";
  report.verdict->summary = "Nothing tells.";
  CHECK(record_text(report, Colour::off) ==
        line + "\n    cause  unknown (unknown), who has to act is unknown: Nothing tells.");
}

TEST_CASE("what comes from the wire breaks neither the line nor the terminal") {
  for (const Colour colour : {Colour::off, Colour::on}) {
    auto report = report_of(1000, Initiator::server, Ending::closing_handshake);
    report.texts = {};
    report.texts.set(Text::path, "/a\nb\x1b[2Jc\r");
    report.texts.set(Text::client, "203.0.113.9:50122");
    report.close_frames[index(Endpoint::server)] =
        close_seen(1000, "x\n\x1b]0;title\x07\xFF\xC2\x9B", report.accepted);
    const std::string line = record_text(report, colour);
    CHECK(line.find('\n') == std::string::npos);
    CHECK(line.find('\r') == std::string::npos);
    CHECK(line.find("\x1b[2J") == std::string::npos);
    CHECK(line.find("\x1b]") == std::string::npos);
    CHECK(line.find('\x07') == std::string::npos);
    CHECK(line.find("\xC2\x9B") == std::string::npos);
    if (colour == Colour::off) CHECK(line.find('\x1b') == std::string::npos);
  }
}

// Control characters, a turn of the writing direction, a line separator and a byte that is no
// UTF-8.
const std::string kHostile =
    "a\r\nb\x1b[31m\x07\x7f\xC2\x9B"
    "2J\xE2\x80\xAE\xE2\x80\xA8\xff" +
    std::string(1, '\0');

bool is_harmless(std::string_view line) {
  const auto acts = [](char byte) {
    return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F;
  };
  const std::array<std::string_view, 4> sequences{"\xC2\x9B", "\xE2\x80\xAE", "\xE2\x80\xA8",
                                                  "\xff"};
  return std::ranges::none_of(line, acts) &&
         std::ranges::none_of(sequences, [&](auto each) { return line.contains(each); });
}

// The address of a unix socket's client is a path that the client chose.
TEST_CASE("whatever text is hostile and however it ended, the line is one line") {
  for (const RecordKind kind : {RecordKind::session_end, RecordKind::handshake_failed,
                                RecordKind::tls_failed, RecordKind::connect_failed}) {
    for (unsigned ending = 0; ending <= static_cast<unsigned>(Ending::fin_without_close);
         ++ending) {
      session::SessionReport report;
      report.kind = kind;
      report.ending = static_cast<Ending>(ending);
      report.listener = kHostile;
      for (const Text text : {Text::client, Text::server, Text::host, Text::path}) {
        report.texts.set(text, kHostile);
      }
      if (kind == RecordKind::connect_failed) report.connect_error = kHostile;
      if (kind == RecordKind::tls_failed) {
        report.tls_failure.emplace().facts.detail = kHostile;
        CHECK(is_harmless(record_text(report, Colour::off)));
        report.tls_failure->facts.first_bytes = kHostile;
      }
      CHECK(is_harmless(record_text(report, Colour::off)));
      report.close_frames = {close_seen(1000, kHostile, {}), close_seen(4001, kHostile, {})};
      CHECK(is_harmless(record_text(report, Colour::off)));
      CHECK(is_harmless(start_text(report, Colour::off)));
    }
  }
}

TEST_CASE("hostile text in a verdict adds no line and moves no cursor") {
  auto report = report_of(1006, Initiator::server, Ending::fin_without_close);
  report.verdict.emplace();
  report.verdict->cause = kHostile;
  report.verdict->summary = kHostile;
  report.verdict->evidence = {kHostile, kHostile};
  report.verdict->candidates = {kHostile};
  report.verdict->fix = kHostile;
  const std::string text = record_text(report, Colour::off);
  CHECK(std::ranges::count(text, '\n') == 5);
  std::string without_line_ends = text;
  std::erase(without_line_ends, '\n');
  CHECK(is_harmless(without_line_ends));
}

TEST_CASE("colours change nothing but the colour") {
  session::SessionReport report = report_of(1000, Initiator::client, Ending::closing_handshake);
  report.verdict = sample_verdict();
  std::string coloured = record_text(report, Colour::on);
  CHECK(coloured.contains('\x1b'));
  while (coloured.contains('\x1b')) {
    const std::size_t begin = coloured.find('\x1b');
    coloured.erase(begin, coloured.find('m', begin) - begin + 1);
  }
  CHECK(coloured == record_text(report, Colour::off));
}

TEST_CASE("a broken MUST is red, although both Closes came") {
  auto report = report_of(1000, Initiator::server, Ending::closing_handshake);
  CHECK(record_text(report, Colour::on).find("\x1b[32m1000 Normal Closure") != std::string::npos);
  report.violations = {{.rule = ws::Rule::close_reason_not_utf8, .side = Endpoint::server}};
  report.violation_count = 1;
  CHECK(record_text(report, Colour::on).find("\x1b[31m1000 Normal Closure") != std::string::npos);
}
