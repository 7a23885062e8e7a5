#include "capture/flight_recording.h"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/flight_deck.h"
#include "support/frames.h"
#include "support/handshake.h"
#include "support/recorded_sink.h"

namespace lastframe::capture {
namespace {

using namespace std::chrono_literals;
using test::Deck;
using ws::Opcode;

constexpr Direction kToServer = Direction::client_to_server;
constexpr Direction kToClient = Direction::server_to_client;

void say(FlightRecording& recording, Direction direction, std::string_view bytes,
         Moment::duration at = 0s) {
  recording.take_bytes(Moment{at}, {.direction = direction, .bytes = as_bytes(bytes)});
}

std::string payload_of(std::size_t number, std::size_t size = 10) {
  std::string payload = std::to_string(number);
  payload.resize(size, '.');
  return payload;
}

FlightOptions keeping_payload() {
  FlightOptions options;
  options.keeps_payload = true;
  options.bytes = 256 * 1024;
  return options;
}

TEST_CASE("the last frames of each direction are kept, and the others are told as missed") {
  FlightOptions options = keeping_payload();
  options.frames = 3;
  Deck deck(options);
  FlightRecording recording(test::recording_start(1), deck.deck);
  recording.note_opened({0, 0});
  std::vector<std::string> expected;
  for (std::size_t i = 0; i < 10; ++i) {
    say(recording, kToServer, test::frame(Endpoint::client, Opcode::text, payload_of(i)));
    if (i < 5) say(recording, kToClient, test::frame(Endpoint::server, Opcode::ping, "p"));
  }
  recording.note_over(Moment{1s}, true);
  const test::RecordedSink sink = test::read_blocks(recording.last_blocks("{}", nullptr));
  for (const Direction direction : kDirections) {
    std::vector<std::string> said;
    for (const std::string& input : sink.inputs_of(1)) {
      const std::string prefix = "at 0 " + std::string(name(direction)) + " ";
      if (input.starts_with(prefix)) said.push_back(input.substr(prefix.size()));
    }
    REQUIRE(said.size() == 4);
    if (direction == kToClient) {
      CHECK(said[0] == "missed 6 frame next");
      CHECK(said[3] == test::frame(Endpoint::server, Opcode::ping, "p"));
      continue;
    }
    CHECK(said[0] == "missed 112 frame next");
    for (std::size_t i = 0; i < 3; ++i) {
      CHECK(said[i + 1] == test::frame(Endpoint::client, Opcode::text, payload_of(7 + i)));
    }
  }
  std::uint64_t told = 0;
  for (const Flaw& flaw : sink.flaws) told += flaw.bytes;
  CHECK(told == 112 + 6);
  CHECK(sink.inputs.back() == "1 at 1000000 finished");
}

TEST_CASE("without payload, headers and sizes are all that is there") {
  Deck deck;
  FlightRecording recording(test::recording_start(1), deck.deck);
  recording.note_opened({0, 0});
  const std::string frame = test::frame(Endpoint::client, Opcode::text, "hunter2");
  say(recording, kToServer, frame);
  say(recording, kToServer, frame.substr(0, 3));
  say(recording, kToServer, frame.substr(3));
  recording.note_over(Moment{}, true);
  const std::string blocks = recording.blocks();
  const test::RecordedSink sink = test::read_blocks(blocks);
  const std::string header = "at 0 client_to_server " + frame.substr(0, 6);
  const std::string gap = "at 0 client_to_server missed 7 frame next";
  CHECK(sink.inputs_of(1) == std::vector<std::string>{header, gap, header, gap});
  CHECK(blocks.find(frame.substr(6)) == std::string::npos);
}

TEST_CASE("a read that ends the head and begins the frames is cut there, and secrets are gone") {
  Deck deck(keeping_payload());
  FlightRecording recording(test::recording_start(1), deck.deck);
  const std::string head = "GET / HTTP/1.1\r\nCookie: hunter2\r\n\r\n";
  const std::string frame = test::frame(Endpoint::client, Opcode::text, "Cookie: stays");
  say(recording, kToServer, head.substr(0, 20), 1us);
  say(recording, kToServer, head.substr(20) + frame, 2us);
  recording.note_opened({head.size(), 0});
  recording.note_over(Moment{3us}, true);
  CHECK(test::read_blocks(recording.blocks()).inputs_of(1) ==
        std::vector<std::string>{"at 1 client_to_server GET / HTTP/1.1\r\nCook",
                                 "at 2 client_to_server ie: xxxxxxx\r\n\r\n",
                                 "at 2 client_to_server " + frame});
}

TEST_CASE("what is kept of a direction stays within its limit, whatever passes") {
  for (const bool keeps_payload : {false, true}) {
    FlightOptions options;
    options.keeps_payload = keeps_payload;
    options.frames = 100'000;
    options.bytes = 8 * 1024;
    Deck deck(options);
    FlightRecording recording(test::recording_start(1), deck.deck);
    const std::size_t empty = deck.budget->memory;
    recording.note_opened({0, 0});
    for (std::size_t i = 0; i < 3000; ++i) {
      const std::string payload = payload_of(i, (i * 37) % 9000);
      say(recording, kToServer, test::frame(Endpoint::client, Opcode::binary, payload));
      say(recording, kToClient, test::frame(Endpoint::server, Opcode::binary, payload));
    }
    recording.note_over(Moment{}, true);
    CHECK(recording.blocks().size() < 2 * options.bytes + 1024);
    // The store of a ring is up to four times what it holds.
    CHECK(deck.budget->memory - empty <= 8 * options.bytes);
  }
}

TEST_CASE("a beginning that is too long is not kept, and that is told") {
  for (const bool is_whole : {false, true}) {
    CAPTURE(is_whole);
    FlightOptions options = keeping_payload();
    options.is_whole = is_whole;
    Deck deck(options);
    FlightRecording recording(test::recording_start(1), deck.deck);
    const std::string head =
        "GET / HTTP/1.1\r\nA: " + std::string(FlightRecording::kLongestHttp, 'a') + "\r\n\r\n";
    say(recording, kToServer, head);
    recording.note_opened({head.size(), 0});
    say(recording, kToServer, test::frame(Endpoint::client, Opcode::text, "hi"));
    recording.note_over(Moment{}, true);
    const test::RecordedSink sink =
        test::read_blocks(deck.handed_out + recording.last_blocks("{}", nullptr));
    bool is_told = false;
    for (const Flaw& flaw : sink.flaws) {
      is_told |= flaw.kind == FlawKind::not_kept && flaw.connection == 1 &&
                 flaw.text == "the beginning of the connection was not kept";
    }
    CHECK(is_told);
    REQUIRE(sink.inputs_of(1).size() == 2);
    CHECK(sink.inputs_of(1)[0].ends_with(test::frame(Endpoint::client, Opcode::text, "hi")));
  }
}

TEST_CASE("over the budget, the one that has been quiet for longest gives up first") {
  Deck deck(keeping_payload());
  {
    // Made in another order than they were active in.
    FlightRecording active(test::recording_start(1), deck.deck);
    FlightRecording quiet(test::recording_start(2), deck.deck);
    FlightRecording last(test::recording_start(3), deck.deck);
    const std::string frame = test::frame(Endpoint::client, Opcode::text, payload_of(1, 1000));
    for (FlightRecording* recording : {&active, &quiet, &last}) recording->note_opened({0, 0});
    for (int i = 0; i < 50; ++i) {
      say(quiet, kToServer, frame, 5s);
      say(active, kToServer, frame, 20s);
    }
    deck.budget->options.memory = deck.budget->memory + 1000;
    CHECK(deck.budget->given_up == 0);
    for (int i = 0; i < 10; ++i) say(last, kToServer, frame, 30s);
    CHECK(deck.budget->given_up == 1);
    CHECK(deck.budget->memory <= deck.budget->options.memory);
    for (FlightRecording* recording : {&active, &quiet, &last}) {
      recording->note_over(Moment{40s}, true);
    }
    CHECK(test::read_blocks(active.blocks()).inputs.size() == 50);
    CHECK(test::read_blocks(last.blocks()).inputs.size() == 10);
    const test::RecordedSink given_up = test::read_blocks(quiet.blocks());
    CHECK(given_up.inputs.empty());
    REQUIRE(given_up.flaws.size() == 2);  // and it is still open: blocks() writes no end
    CHECK(given_up.flaws[0].kind == FlawKind::not_kept);
    CHECK(given_up.flaws[0].bytes == 50 * frame.size());
  }
  CHECK(deck.budget->memory == 0);
  CHECK(deck.deck.by_age.empty());
}

TEST_CASE("a whole recording hands out every byte as it comes") {
  FlightOptions options = keeping_payload();
  options.is_whole = true;
  options.frames = 1;
  Deck deck(options);
  auto recording = std::make_unique<FlightRecording>(test::recording_start(1), deck.deck);
  recording->note_opened({0, 0});
  std::string sent;
  for (std::size_t i = 0; i < 200; ++i) {
    sent += test::frame(Endpoint::client, Opcode::text, payload_of(i, 1000));
  }
  say(*recording, kToServer, sent);
  CHECK(deck.handed_out.size() > 100'000);
  recording->note_over(Moment{1s}, true);
  const test::RecordedSink sink =
      test::read_blocks(deck.handed_out + recording->last_blocks("{}", nullptr));
  std::string all;
  for (const std::string& input : sink.inputs_of(1)) {
    constexpr std::string_view kPrefix = "at 0 client_to_server ";
    if (input.starts_with(kPrefix)) all += input.substr(kPrefix.size());
  }
  CHECK(all == sent);
  CHECK(sink.flaws.empty());
  CHECK(sink.inputs.back() == "1 at 1000000 finished");
  recording.reset();
  CHECK(deck.budget->memory == 0);
}

TEST_CASE("what a whole recording gave up for others is told once") {
  FlightOptions options = keeping_payload();
  options.is_whole = true;
  Deck deck(options);
  FlightRecording recording(test::recording_start(1), deck.deck);
  FlightRecording other(test::recording_start(2), deck.deck);
  for (FlightRecording* one : {&recording, &other}) one->note_opened({0, 0});
  const std::string frame = test::frame(Endpoint::client, Opcode::text, payload_of(1, 1000));
  for (int i = 0; i < 5; ++i) say(recording, kToServer, frame);
  deck.budget->options.memory = 1;
  say(other, kToServer, frame);
  deck.budget->options.memory = 1 << 26;
  REQUIRE(deck.budget->given_up >= 1);
  for (int i = 0; i < 100; ++i) say(recording, kToServer, frame);
  recording.note_over(Moment{}, true);
  other.note_over(Moment{}, false);
  const test::RecordedSink sink =
      test::read_blocks(deck.handed_out + recording.last_blocks("{}", nullptr));
  std::vector<std::string> gaps;
  std::size_t frames = 0;
  for (const std::string& input : sink.inputs) {
    if (!input.starts_with("1 ")) continue;
    if (input.find(" missed ") != std::string::npos) gaps.push_back(input);
    if (input.ends_with(frame)) ++frames;
  }
  CHECK(gaps == std::vector<std::string>{"1 at 0 client_to_server missed 5040 frame next"});
  CHECK(frames == 100);
  CHECK(sink.has_flaw(FlawKind::not_kept));
}

TEST_CASE("blocks that found no room are told at the end") {
  FlightOptions options = keeping_payload();
  options.is_whole = true;
  Deck deck(options);
  deck.has_room = false;
  FlightRecording recording(test::recording_start(1), deck.deck);
  recording.note_opened({0, 0});
  say(recording, kToServer, test::frame(Endpoint::client, Opcode::text, "hi"));
  recording.note_over(Moment{}, true);
  const std::string last = recording.last_blocks("{}", nullptr);
  CHECK(last.find("parts of the recording found no room") != std::string::npos);
}

}  // namespace
}  // namespace lastframe::capture
