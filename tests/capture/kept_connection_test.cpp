#include "capture/kept_connection.h"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "capture/input_codec.h"
#include "capture/recording_format.h"
#include "support/flight_deck.h"
#include "support/recorded_sink.h"

namespace lastframe::capture {
namespace {

using namespace std::chrono_literals;

constexpr Direction kToServer = Direction::client_to_server;
constexpr Direction kToClient = Direction::server_to_client;

std::string entry_of(const session::Input& input) {
  std::string body;
  append_input(input, body);
  return body;
}

void put_frame(KeptConnection& kept, Direction direction, std::uint64_t sequence,
               std::string_view bytes) {
  const std::string body =
      entry_of(session::BytesRelayed{.direction = direction, .bytes = as_bytes(bytes)});
  kept.rings[index(direction)].append({.sequence = sequence,
                                       .microseconds = sequence,
                                       .is_frame_start = true,
                                       .stream_bytes = bytes.size(),
                                       .body = body});
}

TEST_CASE("what is kept in several places is written in the order in which it came") {
  KeptConnection kept(test::recording_start(1));
  kept.http[index(kToServer)] = "GET / HTTP/1.1\r\nCookie: id=secret\r\n\r\n";
  const auto size = static_cast<std::uint32_t>(kept.http[index(kToServer)].size());
  kept.chunks = {{.sequence = 0, .at = Moment{}, .direction = kToServer, .size = 10},
                 {.sequence = 2, .at = Moment{2us}, .direction = kToServer, .size = size - 10}};
  kept.others = {{.sequence = 1,
                  .at = Moment{1us},
                  .body = entry_of(session::UpstreamConnected{.address = "192.0.2.9:80"})}};
  put_frame(kept, kToClient, 3, "second");
  put_frame(kept, kToServer, 4, "third");
  put_frame(kept, kToClient, 5, "fourth");

  const InputBlocks inputs = input_blocks(kept, {});
  CHECK_FALSE(inputs.blocks.contains("secret"));
  const test::RecordedSink sink = test::read_blocks(start_blocks(kept, {}) + inputs.blocks);
  const std::vector<std::string> inputs_read = sink.inputs_of(1);
  REQUIRE(inputs_read.size() == 6);
  const auto wanted = std::to_array<std::string_view>(
      {"client_to_server GET / HTTP", "as written", "/1.1\r\nCookie: xxxxxxxxx\r\n\r\n",
       "server_to_client second", "client_to_server third", "server_to_client fourth"});
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    CAPTURE(inputs_read[i]);
    CHECK(inputs_read[i].contains(wanted[i]));
  }
}

TEST_CASE("frames that give way are counted until a frame of their direction tells of them") {
  KeptConnection kept(test::recording_start(1));
  put_frame(kept, kToServer, 0, "four");
  put_frame(kept, kToClient, 1, "three");
  kept.drop_frames();
  CHECK(kept.dropped == std::array<std::uint64_t, 2>{4, 5});
  put_frame(kept, kToServer, 2, "new");
  CHECK(input_blocks(kept, {}).untold == std::array<std::uint64_t, 2>{0, 5});
  CHECK_FALSE(dropped_blocks(kept, kToServer).empty());
}

TEST_CASE("memory grows with whatever is kept") {
  KeptConnection kept(test::recording_start(1));
  const std::size_t empty = kept.memory();
  put_frame(kept, kToServer, 0, std::string(5000, 'x'));
  const std::size_t framed = kept.memory();
  CHECK(framed >= empty + 5000);
  kept.others = {{.sequence = 1, .at = Moment{}, .body = std::string(3000, 'x')}};
  CHECK(kept.memory() >= framed + 3000);
}

}  // namespace
}  // namespace lastframe::capture
