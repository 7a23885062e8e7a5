#include "core/session/ending_findings.h"

#include <doctest/doctest.h>

#include <string>

#include "core/ws/rule_table.h"

namespace lastframe::session {
namespace {

using namespace std::chrono_literals;

// Open for 100 s, with 3 frames of 30 bytes from the client and 5 of 50 bytes from the server.
SessionReport open_report() {
  SessionReport report;
  report.ended = report.accepted + 100s;
  report.traffic[0] = {.bytes = 30, .frames = 3, .messages = 3};
  report.traffic[1] = {.bytes = 50, .frames = 5, .messages = 5};
  return report;
}

void close(SessionReport& report, Endpoint sender, std::uint16_t code, Moment at) {
  if (first_close(report) == nullptr) {
    report.initiator = sender == Endpoint::client ? Initiator::client : Initiator::server;
  }
  report.close_frames[index(sender)] =
      CloseSeen{.code = code, .reported = ws::CloseCode{code}, .reason = {}, .frame = 1, .at = at};
}

// "CL-08 server frame 5 offset 50; ..."
std::string text_of(const SessionReport& report) {
  std::string text;
  for (const ws::Violation& found : ending_findings(report)) {
    text.append(text.empty() ? "" : "; ")
        .append(row_of(found.rule).id)
        .append(" ")
        .append(name(found.side))
        .append(" frame ")
        .append(std::to_string(found.frame))
        .append(" offset ")
        .append(std::to_string(found.offset));
  }
  return text;
}

TEST_CASE("a stream that ended without any Close is noted on the side that ended first") {
  for (const EndKind how : {EndKind::fin, EndKind::reset, EndKind::tls_truncated}) {
    SessionReport report = open_report();
    report.stream_ends = {{Endpoint::server, how, report.ended},
                          {Endpoint::client, EndKind::fin, report.ended}};
    const std::string truncation =
        how == EndKind::tls_truncated ? "; CL-12 server frame 5 offset 50" : "";
    CHECK(text_of(report) == "CL-08 server frame 5 offset 50" + truncation);
  }
  for (const EndKind how : {EndKind::proxy_shutdown, EndKind::timeout}) {
    SessionReport report = open_report();
    report.stream_ends = {{Endpoint::client, how, report.ended}};
    CHECK(text_of(report).empty());
  }
  CHECK(text_of(open_report()).empty());
}

TEST_CASE("a Close that its receiver did not answer before it left in order is noted") {
  for (const Endpoint closer : kEndpoints) {
    SessionReport report = open_report();
    close(report, closer, 1000, report.accepted + 10s);
    report.stream_ends = {{other(closer), EndKind::fin, report.accepted + 11s}};
    CHECK(text_of(report).starts_with("CL-06 " + std::string(name(other(closer)))));
    // Who left before the Close came, or by a reset, or not at all, has not seen it for certain.
    report.stream_ends = {{other(closer), EndKind::fin, report.accepted + 9s}};
    CHECK(text_of(report).empty());
    report.stream_ends = {{other(closer), EndKind::reset, report.accepted + 11s}};
    CHECK(text_of(report).empty());
    report.stream_ends = {{closer, EndKind::fin, report.accepted + 11s}};
    CHECK(text_of(report).empty());
  }
}

TEST_CASE("a closing handshake that the server ends is nothing to note") {
  SessionReport report = open_report();
  close(report, Endpoint::client, 1000, report.accepted + 10s);
  close(report, Endpoint::server, 1000, report.accepted + 11s);
  report.stream_ends = {{Endpoint::server, EndKind::fin, report.accepted + 11s},
                        {Endpoint::client, EndKind::fin, report.accepted + 12s}};
  CHECK(text_of(report).empty());
  report.stream_ends.front().endpoint = Endpoint::client;
  CHECK(text_of(report) == "CL-07 client frame 3 offset 30");
}

TEST_CASE("an answer with another code is noted on the side that answered") {
  for (const Endpoint first : kEndpoints) {
    SessionReport report = open_report();
    close(report, first, 1001, report.accepted + 10s);
    close(report, other(first), 1000, report.accepted + 11s);
    CHECK(text_of(report).starts_with("CL-11 " + std::string(name(other(first)))));
    CHECK(ending_findings(report).front().detail == "1000 after 1001");
  }
}

TEST_CASE("two Closes closer to each other than half a round trip crossed on their way") {
  for (const Endpoint first : kEndpoints) {
    SessionReport report = open_report();
    close(report, first, 1000, report.accepted + 10s);
    close(report, other(first), 1000, report.accepted + 10s + 20ms);
    CHECK(text_of(report).empty());  // the round trip is not known
    report.transport[index(other(first))] = TransportFacts{.rtt_ms = 100, .error = {}};
    CHECK(text_of(report).starts_with("CL-10 " + std::string(name(other(first)))));
    report.transport[index(other(first))]->rtt_ms = 30;
    CHECK(text_of(report).empty());
  }
}

// RFC 8446 section 6.1: without a close_notify an end may be an attacker's cut.
TEST_CASE("an end of TCP without close_notify is noted on each side that ended so") {
  for (const Endpoint closer : kEndpoints) {
    SessionReport report = open_report();
    close(report, closer, 1000, report.accepted + 10s);
    close(report, other(closer), 1000, report.accepted + 11s);
    report.stream_ends = {{Endpoint::server, EndKind::tls_truncated, report.accepted + 11s},
                          {Endpoint::client, EndKind::fin, report.accepted + 12s}};
    CHECK(text_of(report) == "CL-12 server frame 5 offset 50");
    report.stream_ends.back().how = EndKind::tls_truncated;
    CHECK(text_of(report) == "CL-12 server frame 5 offset 50; CL-12 client frame 3 offset 30");
    report.stream_ends.front().how = EndKind::fin;
    CHECK(text_of(report) == "CL-12 client frame 3 offset 30");
  }
}

TEST_CASE("a Ping that had waited ten seconds at the first end was not answered") {
  for (const Endpoint pinger : kEndpoints) {
    SessionReport report = open_report();
    report.stream_ends = {{pinger, EndKind::timeout, report.accepted + 50s}};
    report.pings[index(pinger)] =
        PingCounts{.sent = 2, .answered = 1, .unanswered_since = report.accepted + 40s};
    CHECK(text_of(report).starts_with("CT-01 " + std::string(name(other(pinger)))));
    CHECK(ending_findings(report).front().detail == "a Ping had waited 10.0 s for its Pong");
    report.pings[index(pinger)]->unanswered_since = report.accepted + 40s + 1ms;
    CHECK(text_of(report).empty());
    report.pings[index(pinger)]->unanswered_since.reset();
    CHECK(text_of(report).empty());
  }
}

TEST_CASE("bytes that stand where frames should are noted where they were recognised") {
  SessionReport report = open_report();
  report.stray_bytes.push_back({.side = Endpoint::server,
                                .frame = 2,
                                .offset = 9,
                                .kind = "html",
                                .summary = "an HTML page",
                                .shown = {}});
  CHECK(text_of(report) == "FR-15 server frame 2 offset 9");
  CHECK(ending_findings(report).front().detail == "an HTML page");
  report.stray_bytes.front().kind = "unknown";
  CHECK(text_of(report).empty());
}

TEST_CASE("a side that compressed none of its messages is noted, one that had none is not") {
  SessionReport report = open_report();
  report.compression[0] = ws::CompressionCounts{};
  report.compression[1] = ws::CompressionCounts{.messages = 1};
  CHECK(text_of(report) == "PD-07 client frame 3 offset 30");
  report.traffic[0].messages = 0;
  CHECK(text_of(report).empty());
}

}  // namespace
}  // namespace lastframe::session
