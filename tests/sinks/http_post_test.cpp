#include "sinks/http_post.h"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <fstream>
#include <string>
#include <string_view>

#include "support/http_receiver.h"
#include "support/temporary_folder.h"
#include "support/waiting.h"

namespace lastframe::sinks {
namespace {

using namespace std::chrono_literals;
using test::HttpReceiver;

HttpAnswer post(HttpPost& post, const std::string& url, const std::string& body = "body\n") {
  post.start({.url = url, .content_type = "text/plain", .batch = "0123", .body = body});
  std::optional<HttpAnswer> answer;
  test::wait_until("an answer", [&] {
    post.wait(10ms);
    answer = post.take_answer();
    return answer.has_value();
  });
  return *answer;
}

TEST_CASE("a body arrives as it is, with its type and the batch's id, and the answer comes back") {
  const HttpReceiver receiver([](std::size_t) {
    return HttpReceiver::answer("429 Too Many Requests", "slow down", "Retry-After: 7\r\n");
  });
  SinkOptions options;
  HttpPost poster(options);
  const std::string body(300'000, 'x');
  const HttpAnswer answer = post(poster, receiver.url("/in?query=INSERT%20INTO%20t"), body);
  CHECK(answer.status == 429);
  CHECK(answer.body == "slow down");
  CHECK(answer.retry_after == 7s);
  const std::string request = receiver.requests().at(0);
  CHECK(request.starts_with("POST /in?query=INSERT%20INTO%20t HTTP/1.1\r\n"));
  CHECK(request.contains("\r\nContent-Type: text/plain\r\n"));
  CHECK(request.contains("\r\nIdempotency-Key: 0123\r\n"));
  CHECK_FALSE(request.contains("Authorization"));
  CHECK_FALSE(request.contains("Expect"));
  CHECK(request.ends_with("\r\n\r\n" + body));
}

TEST_CASE("secrets come from files, anew for each request, and never come back in an answer") {
  const test::TemporaryFolder folder;
  std::ofstream(folder.file("secret")) << "first-secret\n";
  const HttpReceiver receiver([](std::size_t) {
    return HttpReceiver::answer("403 Forbidden", "token first-secret is not known");
  });
  SinkOptions options;
  SUBCASE("a token") {
    options.token_file = folder.file("secret");
    HttpPost poster(options);
    CHECK(post(poster, receiver.url()).body == "token  is not known");
    std::ofstream(folder.file("secret")) << "second";
    post(poster, receiver.url());
    CHECK(receiver.requests().at(0).contains("\r\nAuthorization: Bearer first-secret\r\n"));
    CHECK(receiver.requests().at(1).contains("\r\nAuthorization: Bearer second\r\n"));
  }
  SUBCASE("a password") {
    options.user = "writer";
    options.password_file = folder.file("secret");
    HttpPost poster(options);
    CHECK(post(poster, receiver.url()).body == "token  is not known");
    // base64 of writer:first-secret
    CHECK(receiver.requests().at(0).contains("Authorization: Basic d3JpdGVyOmZpcnN0LXNlY3JldA=="));
  }
}

TEST_CASE("what brings no answer says why") {
  SinkOptions options;
  options.timeout = 200ms;
  HttpPost poster(options);
  SUBCASE("nobody listens") {
    std::string url;
    {
      url = HttpReceiver([](std::size_t) { return ""; }).url();
    }
    const HttpAnswer answer = post(poster, url);
    CHECK(answer.status == 0);
    CHECK(answer.failure.contains("connect"));
  }
  SUBCASE("the connection ends") {
    const HttpReceiver receiver([](std::size_t) { return ""; });
    CHECK_FALSE(post(poster, receiver.url()).failure.empty());
  }
  SUBCASE("too late") {
    test::Gate gate;
    const HttpReceiver receiver([&](std::size_t) {
      gate.pass();
      return HttpReceiver::answer("200 OK");
    });
    CHECK(post(poster, receiver.url()).failure.contains("timed out"));
    gate.open();
  }
}

TEST_CASE("a redirect is an answer, not a way") {
  const HttpReceiver receiver([](std::size_t) {
    return HttpReceiver::answer("307 Temporary Redirect", "", "Location: /other\r\n");
  });
  SinkOptions options;
  HttpPost poster(options);
  CHECK(post(poster, receiver.url()).status == 307);
  CHECK(receiver.requests().size() == 1);
}

TEST_CASE("a request can be given up, and the next one goes its way") {
  test::Gate gate;
  const HttpReceiver receiver([&](std::size_t n) {
    if (n == 0) gate.pass();
    return HttpReceiver::answer("200 OK");
  });
  SinkOptions options;
  HttpPost poster(options);
  poster.start({.url = receiver.url(), .content_type = "text/plain", .batch = "", .body = "a"});
  test::wait_until("the request", [&] {
    poster.wait(10ms);
    CHECK_FALSE(poster.take_answer().has_value());
    return receiver.requests().size() == 1;
  });
  poster.cancel();
  gate.open();
  CHECK(post(poster, receiver.url()).status == 200);
}

TEST_CASE("a url is http or https and tells no secret") {
  struct Row {
    std::string_view url;
    std::string_view said;  // "": it is good
  };
  for (const Row& row : std::to_array<Row>({
           {"http://127.0.0.1:8123/?query=INSERT%20INTO%20t%20FORMAT%20JSONEachRow", ""},
           {"https://logs.example/loki/api/v1/push", ""},
           {"http://h/?token={batch}", ""},
           {"http://[::1]:1/", ""},
           {"ftp://h/", "ftp is not how a sink is reached"},
           {"h:80", "this is no url"},
           {"", "this is no url"},
           {"http://h h/", "this is no url"},
           {"http://", "this is no url"},
           {"http://h:99999/", "this is no url"},
           {"http://user:secret@h/", "a user or a password stands in the url"},
           {"http://h/#part", "a fragment stands in the url"},
       })) {
    CAPTURE(row.url);
    const auto checked = check_sink_url(std::string(row.url));
    CHECK((checked ? std::string() : checked.error().what) == row.said);
    if (!checked) CHECK_FALSE(to_text(checked.error()).contains("secret"));
  }
  CHECK(shown_url("https://h:8443/a/b?password=secret&x={batch}") == "https://h:8443/a/b");
  CHECK(shown_url("http://[::1]/") == "http://[::1]/");
}

}  // namespace
}  // namespace lastframe::sinks
