// What a session allocates for data frames once it has seen some: nothing.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/session/session.h"
#include "core/ws/inflate_pool.h"
#include "core/ws/rule_table.h"
#include "support/counted_new.h"
#include "support/deflater.h"
#include "support/frames.h"
#include "support/handshake.h"
#include "support/recording_observer.h"

namespace lastframe::session {
namespace {

using test::frame;
using ws::Opcode;

constexpr int kWarmUp = 16;  // messages; the first masking keys are compared, too
constexpr int kCounted = 64;

enum class Deflate { none, takes_over, stands_alone };

struct Row {
  std::string_view name;
  Opcode opcode;
  std::string_view piece;  // of the text, repeated
  std::size_t size;        // of a message, bytes before compression
  std::size_t fragments;
  Deflate deflate;
};

constexpr std::string_view kJson = "{\"price\":101.25,\"symbol\":\"ABC\"},";
constexpr std::string_view kDense = "ws\xe7\xb6\xb2";
constexpr std::string_view kBytes{"\x00\xff\x80HTTP/1.", 10};

constexpr auto kRows = std::to_array<Row>({
    {"an empty message", Opcode::text, kJson, 0, 1, Deflate::none},
    {"short text", Opcode::text, kJson, 64, 1, Deflate::none},
    {"short text that is not ASCII", Opcode::text, kDense, 65, 1, Deflate::none},
    {"text", Opcode::text, kJson, 5000, 1, Deflate::none},
    {"text that is not ASCII", Opcode::text, kDense, 20000, 1, Deflate::none},
    {"long text", Opcode::text, kJson, 70000, 1, Deflate::none},
    {"short binary", Opcode::binary, kBytes, 100, 1, Deflate::none},
    {"long binary", Opcode::binary, kBytes, 70000, 1, Deflate::none},
    {"text in fragments", Opcode::text, kDense, 1000, 3, Deflate::none},
    {"binary in many fragments", Opcode::binary, kBytes, 2000, 20, Deflate::none},
    {"compressed short text", Opcode::text, kJson, 64, 1, Deflate::takes_over},
    {"compressed text", Opcode::text, kDense, 20000, 1, Deflate::takes_over},
    {"compressed binary in fragments", Opcode::binary, kBytes, 20000, 3, Deflate::takes_over},
    {"compressed text, each on its own", Opcode::text, kJson, 5000, 1, Deflate::stands_alone},
});

std::string text_of(const Row& row) {
  std::string text;
  while (text.size() + row.piece.size() <= row.size) text += row.piece;
  text.resize(row.size, '.');
  return text;
}

// The frames of one message whose payload is `payload`.
std::string frames_of(const Row& row, Endpoint from, std::string_view payload) {
  std::string frames;
  for (std::size_t i = 0; i < row.fragments; ++i) {
    const std::size_t begin = payload.size() * i / row.fragments;
    const std::size_t end = payload.size() * (i + 1) / row.fragments;
    ws::FrameHeader header = test::header_of(from, i == 0 ? row.opcode : Opcode::continuation,
                                             end - begin, i + 1 == row.fragments);
    if (i == 0 && row.deflate != Deflate::none) header.rsv = ws::kRsv1;
    frames += frame(header, payload.substr(begin, end - begin));
  }
  return frames;
}

// An opened connection with permessage-deflate; messages may all the same not be compressed.
struct Opened {
  explicit Opened(Deflate deflate) {
    std::string request(test::kUpgradeRequest);
    std::string response(test::kAcceptingResponse);
    const std::string extensions =
        deflate == Deflate::stands_alone
            ? "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover; "
              "server_no_context_takeover\r\n\r\n"
            : "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
    for (std::string* head : {&request, &response}) head->replace(head->size() - 2, 2, extensions);
    say(Endpoint::client, request);
    say(Endpoint::server, response);
  }

  void say(Endpoint from, std::string_view bytes) {
    session.handle(now, BytesRelayed{direction_from(from), as_bytes(bytes)});
  }

  Moment now{std::chrono::seconds(100)};
  SessionOptions options{.listener = "chat", .upstream = "chat-a", .privacy = {}, .interest = {}};
  test::RecordingObserver observer;
  ws::InflatePool inflaters{ws::InflateLimits{}};
  Session session{{.id = 7,
                   .client = "192.0.2.1:1",
                   .is_client_trusted = false,
                   .accepted = now,
                   .accepted_wall = WallTime{},
                   .inflaters = &inflaters},
                  options,
                  observer};
};

TEST_CASE("the counter of these tests counts what a session allocates") {
  Opened opened(Deflate::takes_over);
  const std::string ping = frame(Endpoint::server, Opcode::ping, "the first one is kept");
  const std::size_t before = allocations;
  opened.say(Endpoint::server, ping);
  CHECK(allocations > before);
}

TEST_CASE("in a steady state nothing is allocated for a data frame, however it is cut") {
  for (const Row& row : kRows) {
    for (const Endpoint from : kEndpoints) {
      for (const std::size_t part :
           {std::size_t{1}, std::size_t{7}, std::size_t{1448}, std::size_t{1} << 20}) {
        CAPTURE(row.name);
        CAPTURE(name(from));
        CAPTURE(part);
        const std::string text = text_of(row);
        test::Deflater deflater(15);
        std::vector<std::string> messages;
        for (int i = 0; i < kWarmUp + kCounted; ++i) {
          const bool is_compressed = row.deflate != Deflate::none;
          messages.push_back(frames_of(row, from, is_compressed ? deflater.message(text) : text));
          if (row.deflate == Deflate::stands_alone) deflater.forget();
        }
        Opened opened(row.deflate);
        std::size_t before = 0;
        for (int i = 0; i < kWarmUp + kCounted; ++i) {
          if (i == kWarmUp) before = allocations;
          std::string_view rest = messages[static_cast<std::size_t>(i)];
          while (!rest.empty()) {
            opened.say(from, rest.substr(0, part));
            rest.remove_prefix(std::min(part, rest.size()));
          }
        }
        const std::size_t counted = allocations - before;
        CHECK(counted == 0);

        // All of it was looked into, and was good.
        opened.session.handle(opened.now, Finished{});
        REQUIRE(opened.observer.reports.size() == 1);
        const SessionReport& report = opened.observer.reports.front();
        CHECK(report.traffic[index(direction_from(from))].messages == kWarmUp + kCounted);
        for (const ws::Violation& found : report.violations)
          CHECK(ws::row_of(found.rule).severity != ws::Severity::violation);
        const auto& compression = report.compression[index(direction_from(from))];
        REQUIRE(compression);
        const bool is_compressed = row.deflate != Deflate::none;
        CHECK(compression->messages == (is_compressed ? kWarmUp + kCounted : 0));
        CHECK(compression->inflated == compression->messages * row.size);
        CHECK(compression->not_inflated == 0);
      }
    }
  }
}

}  // namespace
}  // namespace lastframe::session
