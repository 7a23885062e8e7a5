#include "probe/request.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/http/head.h"
#include "core/ws/handshake_rules.h"

using namespace lastframe;
using namespace lastframe::probe;

namespace {

// Gives the text in parts of `size`, then says that nothing more comes.
Receive parts_of(std::string text, std::size_t size, Wire::Got last = Wire::Got::end) {
  return [text = std::move(text), size, last, at = std::size_t{0}](std::string& into) mutable {
    if (at >= text.size()) return last;
    into += text.substr(at, size);
    at += size;
    return Wire::Got::bytes;
  };
}

}  // namespace

TEST_CASE("a request breaks no rule, whatever it offers") {
  RequestDraft draft{.target = "/chat?a=1", .host = "a.example", .key = drawn_key()};
  draft.subprotocols = {"a.1", "b.2"};
  draft.extensions = "permessage-deflate; client_max_window_bits";
  draft.origin = "https://a.example";
  draft.fields = {{"X-Trace", "7"}};
  const std::string head = request_head(draft);
  const auto request = http::parse_request_head(head);
  REQUIRE(request.has_value());
  CHECK(ws::request_faults(*request, head).empty());
  CHECK(request->target == "/chat?a=1");
  CHECK(request->fields.first("Sec-WebSocket-Protocol") == "a.1, b.2");
  CHECK(request->fields.first("X-Trace") == "7");
}

TEST_CASE("a field of the user's stands in place of the request's own") {
  const std::string head = request_head({.host = "a.example",
                                         .key = drawn_key(),
                                         .fields = {{"host", "b.example"}, {"User-agent", "me"}}});
  const auto request = http::parse_request_head(head);
  REQUIRE(request.has_value());
  CHECK(request->fields.joined("Host") == "b.example");
  CHECK(request->fields.joined("User-Agent") == "me");
}

TEST_CASE("keys are sixteen bytes in base64, a new one each time") {
  const std::string key = drawn_key();
  CHECK(key.size() == 24);
  CHECK(key.ends_with("=="));
  CHECK(key != drawn_key());
}

TEST_CASE("fields are read as they are written on a command line") {
  CHECK(parse_field("Name: value") == Field{"Name", "value"});
  CHECK(parse_field("Name:value: more ") == Field{"Name", "value: more"});
  CHECK(parse_field("Name:") == Field{"Name", ""});
  for (const char* text : {"", "Name", ": value", "Na me: v", "Name: a\r\nB: c", "Name : v"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_field(text).has_value());
  }
}

TEST_CASE("an answer is its head, and what came behind it, at every cut") {
  const std::string head = "HTTP/1.1 101 Switching Protocols\r\nA: b\r\n\r\n";
  for (std::size_t size = 1; size <= head.size() + 2; ++size) {
    CAPTURE(size);
    const Answer answer = read_answer(parts_of(head + "\x81", size));
    CHECK(answer.is_complete);
    CHECK(answer.head == head);
    CHECK((answer.rest == "\x81" || answer.rest.empty()));
  }
}

TEST_CASE("informational answers are passed over") {
  const Answer answer = read_answer(
      parts_of("HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\n\r\nhi", 1000));
  CHECK(answer.is_complete);
  CHECK(answer.head == "HTTP/1.1 200 OK\r\n\r\n");
  CHECK(answer.rest == "hi");
}

TEST_CASE("no answer, half of one, and what is no HTTP are told apart") {
  const Answer none = read_answer(parts_of("", 1, Wire::Got::nothing_in_time));
  CHECK_FALSE(none.is_complete);
  CHECK(none.stopped_by == Wire::Got::nothing_in_time);
  CHECK(none.head.empty());
  const Answer half = read_answer(parts_of("HTTP/1.1 101 S", 3));
  CHECK(half.stopped_by == Wire::Got::end);
  CHECK(half.head == "HTTP/1.1 101 S");
  const Answer other = read_answer(parts_of("SSH-2.0-OpenSSH\r\n", 100));
  CHECK_FALSE(other.is_complete);
  CHECK_FALSE(other.stopped_by.has_value());
  CHECK(other.head.starts_with("SSH-2.0"));
  const Answer endless = read_answer(
      parts_of("HTTP/1.1 200 OK\r\nA: " + std::string(2 * kLongestAnswerHead, 'x'), 1000));
  CHECK_FALSE(endless.is_complete);
}
