#include "core/http2/demultiplexer.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "support/hex.h"
#include "support/http2_bytes.h"
#include "support/splits.h"

using namespace lastframe;
using namespace lastframe::http2;

namespace {

constexpr auto kClient = Direction::client_to_server;
constexpr auto kServer = Direction::server_to_client;

// Writes down what is told, data of one stream and direction in one line.
class Notes final : public StreamEvents {
 public:
  void on_request(std::uint32_t stream, std::string_view head) override {
    note(stream, "asks " + std::string(head.substr(0, head.find('\r'))));
  }
  void on_response(std::uint32_t stream, std::string_view head) override {
    note(stream, "answered " + std::string(head.substr(0, head.find('\r'))));
  }
  void on_data(std::uint32_t stream, Direction direction, ByteView data) override {
    CHECK_FALSE(data.empty());
    const std::string begin =
        std::to_string(stream) + " " + std::string(name(direction)) + " data ";
    if (lines.empty() || !lines.back().starts_with(begin)) lines.push_back(begin);
    lines.back() += as_text(data);
  }
  void on_missed(std::uint32_t stream, Direction direction, std::uint64_t count) override {
    note(stream, std::string(name(direction)) + " missed " + std::to_string(count));
  }
  void on_end(std::uint32_t stream, Endpoint sender, bool is_over) override {
    note(stream, std::string(name(sender)) + (is_over ? " ends it" : " ends"));
  }
  void on_reset(std::uint32_t stream, Endpoint sender, std::uint32_t code) override {
    note(stream, std::string(name(sender)) + " resets " + std::to_string(code));
  }
  void on_passed_over(std::uint32_t stream, std::string_view why) override {
    note(stream, "passed over: " + std::string(why));
  }

  std::vector<std::string> lines;

 private:
  void note(std::uint32_t stream, const std::string& text) {
    lines.push_back(std::to_string(stream) + " " + text);
  }
};

using Lines = std::vector<std::string>;

struct Said {
  Direction direction;
  std::string bytes;
};

struct Run {
  Demultiplexer demultiplexer;
  Notes notes;

  Run& say(Direction direction, std::string_view bytes) {
    const std::vector<std::byte> copy(as_bytes(bytes).begin(), as_bytes(bytes).end());
    demultiplexer.take(direction, copy, notes);
    return *this;
  }
  Run& begin() {
    return say(kClient, test::http2_client_start()).say(kServer, test::http2_server_start());
  }
  Run& miss(Direction direction, std::uint64_t count) {
    demultiplexer.miss(direction, count, notes);
    return *this;
  }
};

// The same is told wherever what one side says in one go is cut.
void check(const std::vector<Said>& dialogue, const Lines& expected) {
  std::size_t longest = 0;
  for (const Said& said : dialogue) longest = std::max(longest, said.bytes.size());
  for (std::size_t size = 1; size <= longest; ++size) {
    CAPTURE(size);
    Run run;
    for (const Said& said : dialogue) {
      for (const std::string_view part : test::in_parts_of(said.bytes, size).parts) {
        run.say(said.direction, part);
      }
    }
    REQUIRE(run.demultiplexer.obstacle() == "");
    REQUIRE(run.notes.lines == expected);
  }
}

const std::string kAsks = "asks CONNECT /chat HTTP/2.0";
const std::string kAnswered = "answered HTTP/2.0 200";

}  // namespace

TEST_CASE("a stream that carries a WebSocket, from its request to its ends") {
  check({{kClient, test::http2_client_start()},
         {kServer, test::http2_server_start()},
         {kClient, test::http2_acknowledgement() + test::http2_request(1)},
         {kServer, test::http2_answer(1) + test::http2_data(1, "hello")},
         {kClient, test::http2_data(1, "answer") + test::http2_data(1, "", kEndStream)},
         {kServer, test::http2_data(1, "last", kEndStream)}},
        {"1 " + kAsks, "1 " + kAnswered, "1 server_to_client data hello",
         "1 client_to_server data answer", "1 client ends", "1 server_to_client data last",
         "1 server ends it"});
}

TEST_CASE("a server may say its settings before the client begins") {
  check({{kServer, test::http2_settings()},
         {kClient, test::http2_client_start() + test::http2_request(1)},
         {kServer, test::http2_acknowledgement() + test::http2_answer(1)}},
        {"1 " + kAsks, "1 " + kAnswered});
}

TEST_CASE("streams are told apart, also where their frames alternate") {
  check({{kClient,
          test::http2_client_start() + test::http2_request(1) + test::http2_request(3, "/b")},
         {kServer, test::http2_server_start() + test::http2_answer(3) + test::http2_answer(1) +
                       test::http2_data(1, "one") + test::http2_data(3, "two") +
                       test::http2_data(1, "three")}},
        {"1 " + kAsks, "3 asks CONNECT /b HTTP/2.0", "3 " + kAnswered, "1 " + kAnswered,
         "1 server_to_client data one", "3 server_to_client data two",
         "1 server_to_client data three"});
}

TEST_CASE("padding, priorities and sections in parts") {
  const std::string section =
      test::hpack({{":method", "CONNECT"}, {":protocol", "websocket"}, {":path", "/chat"}});
  check({{kClient,
          test::http2_client_start() +
              test::http2_frame(FrameType::headers, kPadded | kHasPriority, 1,
                                std::string(1, '\3') + std::string("\0\0\0\0\x10", 5) +
                                    section.substr(0, 9) + std::string(3, '\0')) +
              test::http2_frame(FrameType::continuation, 0, 1, section.substr(9, 4)) +
              test::http2_frame(FrameType::continuation, kEndHeaders, 1, section.substr(13))},
         {kServer,
          test::http2_server_start() + test::http2_answer(1) +
              test::http2_frame(FrameType::data, kPadded, 1,
                                std::string(1, '\2') + "data" + std::string(2, '\0')) +
              test::http2_frame(FrameType::data, kPadded | kEndStream, 1, std::string(1, '\0'))}},
        {"1 " + kAsks, "1 " + kAnswered, "1 server_to_client data data", "1 server ends"});
}

TEST_CASE("frames that change nothing, and those that nobody knows, are passed over") {
  check({{kClient,
          test::http2_client_start() + test::http2_frame(FrameType::priority, 0, 1, "12345") +
              test::http2_frame(FrameType::ping, 0, 0, "12345678") + test::http2_request(1) +
              test::http2_frame(FrameType::window_update, 0, 1, "1234") +
              test::http2_frame(static_cast<FrameType>(0x10), 0xFF, 1, "what is this") +
              test::http2_data(1, "x")}},
        {"1 " + kAsks, "1 client_to_server data x"});
}

TEST_CASE("what is read of other streams counts for the fields of later ones") {
  const std::string get = test::hpack({{":method", "GET"}, {":path", "/page"}}) +
                          test::hpack_literal("user-agent", "Browser", true);
  const std::string push = test::big(2, 4) + test::hpack_literal("x-pushed", "yes", true);
  Run run;
  run.begin();
  run.say(kClient, test::http2_frame(FrameType::headers, kEndHeaders | kEndStream, 1, get));
  run.say(kServer, test::http2_frame(FrameType::push_promise, kEndHeaders, 1, push));
  run.say(kServer, test::http2_answer(1) + test::http2_data(1, "a page", kEndStream));
  // Index 62 is the newest entry of a table.
  run.say(kClient, test::http2_frame(
                       FrameType::headers, kEndHeaders, 3,
                       test::hpack({{":method", "CONNECT"}, {":protocol", "websocket"}}) + "\xBE"));
  run.say(kServer, test::http2_frame(FrameType::headers, kEndHeaders, 3, "\x88\xBE"));
  CHECK(run.demultiplexer.obstacle() == "");
  CHECK(run.notes.lines == Lines{"3 asks CONNECT / HTTP/2.0", "3 " + kAnswered});
}

TEST_CASE("a header table is as large as was acknowledged") {
  Run run;
  run.say(kClient, test::http2_client_start());
  // The server asks for 8,192 bytes; the client's table grows when it has said so (RFC 7541 4.2).
  run.say(kServer, test::http2_settings(test::big(1, 2) + test::big(8192, 4)) +
                       test::http2_acknowledgement());
  run.say(kClient, test::http2_acknowledgement());
  const std::string grown("\x3F\xE1\x3F", 3);
  run.say(kClient, test::http2_frame(
                       FrameType::headers, kEndHeaders, 1,
                       grown + test::hpack({{":method", "CONNECT"}, {":protocol", "websocket"}})));
  CHECK(run.demultiplexer.obstacle() == "");
  CHECK(run.notes.lines == Lines{"1 asks CONNECT / HTTP/2.0"});
  Run early;
  early.say(kClient, test::http2_client_start());
  early.say(kClient, test::http2_frame(FrameType::headers, kEndHeaders, 1, grown));
  CHECK(early.demultiplexer.obstacle() == "its compressed header fields (HPACK) cannot be read");
}

TEST_CASE("answers: interim ones, refusals with their body, trailers") {
  check({{kClient, test::http2_client_start() + test::http2_request(1)},
         {kServer, test::http2_server_start() + test::http2_answer(1, "103") +
                       test::http2_answer(1, "403") + test::http2_data(1, "no") +
                       test::http2_headers(1, {{"x-trailer", "y"}}, kEndHeaders | kEndStream)}},
        {"1 " + kAsks, "1 answered HTTP/2.0 103", "1 answered HTTP/2.0 403",
         "1 server_to_client data no", "1 server ends"});
}

TEST_CASE("a reset is the end of a stream, whatever comes behind it") {
  check({{kClient, test::http2_client_start() + test::http2_request(1)},
         {kServer, test::http2_server_start() + test::http2_answer(1)},
         {kClient, test::http2_reset(1, 8)},
         {kServer, test::http2_data(1, "late", kEndStream) + test::http2_reset(1, 0)}},
        {"1 " + kAsks, "1 " + kAnswered, "1 client resets 8"});
}

TEST_CASE("what a side says behind its own end is nothing") {
  check({{kClient, test::http2_client_start() + test::http2_request(1)},
         {kServer, test::http2_server_start() + test::http2_answer(1)},
         {kClient, test::http2_data(1, "last", kEndStream) + test::http2_data(1, "more") +
                       test::http2_data(1, "", kEndStream)},
         {kServer, test::http2_data(1, "answer")}},
        {"1 " + kAsks, "1 " + kAnswered, "1 client_to_server data last", "1 client ends",
         "1 server_to_client data answer"});
}

TEST_CASE("a side's goodbye has its code") {
  Run run;
  run.begin();
  CHECK_FALSE(run.demultiplexer.goodbye(Endpoint::server));
  run.say(kServer, test::http2_frame(FrameType::goaway, 0, 0,
                                     test::big(3, 4) + test::big(11, 4) + "why not"));
  CHECK(run.demultiplexer.goodbye(Endpoint::server) == 11);
  CHECK_FALSE(run.demultiplexer.goodbye(Endpoint::client));
}

TEST_CASE("bytes that nobody saw are one stream's loss within its data, and its end stays") {
  Run run;
  run.begin().say(kClient, test::http2_request(1));
  run.say(kServer, test::http2_answer(1));
  const std::string data =
      test::http2_frame(FrameType::data, kPadded | kEndStream, 1,
                        std::string(1, '\3') + "0123456789" + std::string(3, '\0'));
  run.say(kServer, data.substr(0, kFrameHeaderSize + 1 + 4));
  run.miss(kServer, 6 + 3);
  CHECK(run.demultiplexer.obstacle() == "");
  CHECK(run.notes.lines == Lines{"1 " + kAsks, "1 " + kAnswered, "1 server_to_client data 0123",
                                 "1 server_to_client missed 6", "1 server ends"});
  run.say(kClient, test::http2_data(1, "still here"));
  CHECK(run.notes.lines.back() == "1 client_to_server data still here");
}

TEST_CASE("the same right behind a frame's header, and in frames of no account") {
  Run run;
  run.begin().say(kClient,
                  test::http2_request(1) + test::http2_data(1, "abcd").substr(0, kFrameHeaderSize));
  run.miss(kClient, 4);
  const std::string ping = test::http2_frame(FrameType::ping, 0, 0, "12345678");
  run.say(kClient, ping.substr(0, kFrameHeaderSize + 2)).miss(kClient, 6);
  run.say(kClient, test::http2_data(1, "more"));
  CHECK(run.demultiplexer.obstacle() == "");
  CHECK(run.notes.lines ==
        Lines{"1 " + kAsks, "1 client_to_server missed 4", "1 client_to_server data more"});
}

TEST_CASE("behind other losses nothing is followed") {
  for (const std::size_t come : {0, 3, 9, 12}) {
    CAPTURE(come);
    Run run;
    run.begin().say(kClient, test::http2_request(1).substr(0, come)).miss(kClient, 5);
    CHECK(run.demultiplexer.obstacle() ==
          "bytes are missing from the capture outside the data of a stream");
    run.say(kClient, test::http2_request(1)).say(kServer, test::http2_answer(1));
    CHECK(run.notes.lines.empty());
  }
  Run beyond;
  beyond.begin().say(kClient, test::http2_request(1) + test::http2_data(1, "abcd").substr(0, 11));
  beyond.miss(kClient, 3);
  CHECK_FALSE(beyond.demultiplexer.obstacle().empty());
}

TEST_CASE("what cannot be HTTP/2 is said, and nothing is told behind it") {
  struct Row {
    std::string client;
    std::string_view obstacle;
  };
  const std::string start = test::http2_client_start();
  const std::string section = test::hpack({{":method", "CONNECT"}});
  for (const Row& row :
       {Row{"GET / HTTP/1.1\r\n\r\n", "the client does not begin as HTTP/2 does"},
        Row{std::string(kClientPreface) + test::http2_data(1, "x"),
            "a side does not begin with its settings, as HTTP/2 does"},
        Row{std::string(kClientPreface) + test::http2_acknowledgement(),
            "a side does not begin with its settings, as HTTP/2 does"},
        Row{start + test::http2_frame(FrameType::headers, 0, 1, section) + test::http2_data(1, "x"),
            "a field section is interrupted, or goes on without having begun"},
        Row{start + test::http2_frame(FrameType::headers, 0, 1, section) +
                test::http2_frame(FrameType::continuation, kEndHeaders, 3, section),
            "a field section is interrupted, or goes on without having begun"},
        Row{start + test::http2_frame(FrameType::continuation, kEndHeaders, 1, section),
            "a field section is interrupted, or goes on without having begun"},
        Row{start + test::http2_frame(FrameType::headers, kEndHeaders | kPadded, 1,
                                      "\x05"
                                      "abcd"),
            "a frame has more padding than it is long"},
        Row{start + test::http2_frame(FrameType::headers, kEndHeaders | kHasPriority, 1, "abcd"),
            "a frame is shorter than what it has to hold"},
        Row{start + test::http2_frame(FrameType::headers, kEndHeaders, 1,
                                      "\xFF\xFF\xFF\xFF\xFF\xFF\xFF"),
            "its compressed header fields (HPACK) cannot be read"}}) {
    Run run;
    run.say(kClient, row.client);
    CHECK(run.demultiplexer.obstacle() == row.obstacle);
    run.say(kClient, test::http2_request(5));
    CHECK(run.notes.lines.empty());
  }
}

TEST_CASE("hostile: settings that are never acknowledged, streams without end, heads without end") {
  Run settings;
  settings.begin();
  for (int i = 0; i < 2000; ++i) settings.say(kServer, test::http2_settings());
  CHECK(settings.demultiplexer.obstacle() == "its settings are never acknowledged");

  Run streams;
  streams.begin();
  for (std::uint32_t i = 0; i <= Demultiplexer::kMostStreams; ++i) {
    streams.say(kClient, test::http2_request(2 * i + 1));
  }
  CHECK(streams.notes.lines.back() == "20001 passed over: too many streams are open at once");
  CHECK(streams.demultiplexer.memory() < 1024 * 1024);

  // Each byte is a field of 4 KiB: an entry of the table.
  Run bomb;
  bomb.begin();
  std::string section = test::hpack({{":method", "CONNECT"}, {":protocol", "websocket"}});
  section += std::string("\x40\x01x\x7F\xA1\x1E", 6) + std::string(4000, 'y');
  section += std::string(10'000, '\xBE');
  bomb.say(kClient, test::http2_frame(FrameType::headers, kEndHeaders, 1, section));
  CHECK(bomb.demultiplexer.obstacle() == "");
  CHECK(bomb.notes.lines == Lines{"1 passed over: its request is too long"});
  CHECK(bomb.demultiplexer.memory() < 128 * 1024);
}
