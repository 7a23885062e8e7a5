#include "report/html_page.h"

#include <doctest/doctest.h>

#include <string>

#include "support/log_lines.h"
#include "support/sample_catalogue.h"

namespace lastframe::report {
namespace {

using test::LogLine;
using test::ParsedLines;

std::string page_of(const Tally& tally) {
  const catalogue::Catalogue rows = test::sample_catalogue();
  return html_page(summarise(tally, {}, rows, 10), {rows, catalogue::Language::en});
}

TEST_CASE("the page says first whether closes are normal, and needs nothing from outside") {
  Tally tally;
  ParsedLines lines;
  for (int i = 0; i < 20; ++i) {
    LogLine line = test::silent_end(60.0, 100 + 50 * i);
    line.time = fmt::format("2026-11-20T19:{:02}:00Z", i);
    lines.count(tally, line);
  }
  const std::string page = page_of(tally);
  CHECK(page.starts_with("<!DOCTYPE html>"));
  CHECK(page.contains("<h1>Closes are not normal: 20 of 20 connections (100 %)"));
  CHECK(page.contains("<code>idle_timeout</code> Idle time-out"));
  CHECK(page.contains("60.0 s without a byte"));
  CHECK(page.contains("<svg viewBox"));
  CHECK(page.contains("prefers-color-scheme: dark"));
  for (const char* outside : {"http:", "https:", "//", "src=", "href=", "url(", "@import",
                              "<script", "<link", "<img", "<iframe"}) {
    CAPTURE(outside);
    CHECK_FALSE(page.contains(outside));
  }
}

TEST_CASE("texts of a log are text") {
  Tally tally;
  ParsedLines lines;
  LogLine line = test::silent_end(60);
  const std::string hostile = R"(</code><script>alert(1)</script>\u001b[31m\" onload=\"x)";
  line.path = line.agent = line.listener = line.upstream = line.client = hostile;
  line.ending = line.initiator = hostile;
  line.cause =
      R"({"id":")" + hostile + R"(","party":")" + hostile + R"(","fix":")" + hostile + "\"}";
  line.violations = R"([{"id":")" + hostile + R"(","side":")" + hostile + "\"}]";
  lines.count(tally, line);
  line.event = "tls_failed";
  line.more = R"(,"tls":{"failure":{"leg":")" + hostile + R"(","fault":")" + hostile + "\"}}";
  lines.count(tally, line);
  line.event = "connect_failed";
  line.more = R"(,"connect_error":")" + hostile + "\"";
  lines.count(tally, line);
  line.event = "handshake_failed";
  line.handshake = R"({"outcome":")" + hostile + "\"}";
  line.more = "";
  lines.count(tally, line);
  tally.add(*lines.parse(R"({"event":"mass_close","closes":40,"began":")" + hostile +
                         R"(","summary":")" + hostile + R"(","listener":")" + hostile + "\"}"));
  tally.end_source();
  const std::string page = page_of(tally);
  CHECK(page.contains("&lt;script&gt;"));
  CHECK_FALSE(page.contains("<script"));
  CHECK_FALSE(page.contains("\" onload"));
  CHECK_FALSE(page.contains('\x1b'));
}

TEST_CASE("an empty tally is a page") {
  CHECK(page_of(Tally{}).contains("<h1>No connection ended in these logs.</h1>"));
}

}  // namespace
}  // namespace lastframe::report
