#include "sinks/answer.h"

#include <doctest/doctest.h>

#include <string>

namespace lastframe::sinks {
namespace {

using namespace std::chrono_literals;

SinkVerdict verdict(unsigned status, std::string body = "") {
  return judge({.status = status, .failure = "", .body = std::move(body)}, SinkFormat::json_lines,
               10);
}

TEST_CASE("every status is taken, tried again or refused") {
  for (unsigned status = 100; status < 600; ++status) {
    CAPTURE(status);
    const SinkVerdict found = verdict(status);
    const bool is_success = status >= 200 && status < 300;
    if (status == 413) continue;  // below
    const bool is_settings = (status >= 300 && status < 400) || status == 401 || status == 403 ||
                             status == 404 || status == 405 || status == 407 || status == 410 ||
                             status == 421;
    const bool is_passing =
        status == 408 || status == 425 || status == 429 || status >= 500 || is_settings;
    CHECK(std::holds_alternative<Taken>(found) == is_success);
    CHECK(std::holds_alternative<Again>(found) == is_passing);
    CHECK(std::holds_alternative<Refused>(found) == (!is_success && !is_passing));
  }
}

TEST_CASE("what is too large goes in pieces, until it is a single record") {
  const HttpAnswer answer{.status = 413, .failure = "", .body = ""};
  CHECK(judge(answer, SinkFormat::otlp, 2) == SinkVerdict(TooLarge{"answered 413"}));
  CHECK(judge(answer, SinkFormat::otlp, 1) == SinkVerdict(Refused{"answered 413"}));
}

TEST_CASE("no answer is tried again, in libcurl's words") {
  const SinkVerdict found =
      judge({.status = 0, .failure = "Connection refused", .body = ""}, SinkFormat::otlp, 1);
  CHECK(std::get<Again>(found).why == "Connection refused");
}

TEST_CASE("what is said of an answer is short, printable and on one line") {
  const std::string why =
      std::get<Refused>(verdict(400, "line\r\n\x1b[31m" + std::string(999, 'x') + "\n")).why;
  CHECK(why.starts_with("answered 400: line"));
  CHECK_FALSE(why.contains('\n'));
  CHECK_FALSE(why.contains('\x1b'));
  CHECK(why.size() < 300);
  CHECK(std::get<Refused>(verdict(422)).why == "answered 422");
  CHECK(std::get<Again>(verdict(404)).why == "answered 404; look at the sink's url and headers");
  CHECK(std::get<Again>(verdict(301)).why.contains("redirects are not followed"));
}

TEST_CASE("a 2xx may say that a part was not taken") {
  const auto taken = [](const char* body, SinkFormat format, std::size_t count) {
    return judge({.status = 200, .failure = "", .body = body}, format, count);
  };
  CHECK(std::get<Taken>(taken(R"({"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"x"}})",
                              SinkFormat::otlp, 10)) == Taken{.refused = 3, .why = "x"});
  const char* const some =
      R"({"errors":true,"items":[{"create":{"status":201}},{"create":{"status":429}},)"
      R"({"create":{"status":400}}]})";
  CHECK(std::get<Taken>(taken(some, SinkFormat::elasticsearch, 3)) ==
        Taken{.again = {1}, .refused = 1, .why = "an item was answered 429"});
  CHECK(std::get<Taken>(taken("{\"errors\":false}", SinkFormat::elasticsearch, 3)) == Taken{});
  // A page of something in between.
  CHECK(std::holds_alternative<Again>(taken("<html>", SinkFormat::elasticsearch, 3)));
  CHECK(std::get<Taken>(taken("<html>", SinkFormat::json_lines, 3)) == Taken{});
}

TEST_CASE("a receiver may say when to come back, but not for ever") {
  HttpAnswer busy{.status = 503, .failure = "", .body = "", .retry_after = 7s};
  CHECK(std::get<Again>(judge(busy, SinkFormat::loki, 1)).after == 7s);
  busy.retry_after = 24h;
  CHECK(std::get<Again>(judge(busy, SinkFormat::loki, 1)).after == 300s);
}

}  // namespace
}  // namespace lastframe::sinks
