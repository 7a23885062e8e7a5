#include "admin/recordings.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

#include "capture/flight_recording.h"
#include "capture/reader.h"
#include "support/flight_deck.h"
#include "support/frames.h"
#include "support/handshake.h"
#include "support/recorded_sink.h"

namespace lastframe::admin {
namespace {

constexpr Direction kToServer = Direction::client_to_server;
constexpr Direction kToClient = Direction::server_to_client;

// What is kept of a session that has had its handshake and a message.
std::string blocks_of_a_session() {
  test::Deck deck;
  capture::FlightRecording recording(test::recording_start(7), deck.deck);
  recording.take_bytes(Moment{},
                       {.direction = kToServer, .bytes = as_bytes(test::kUpgradeRequest)});
  recording.take_bytes(Moment{},
                       {.direction = kToClient, .bytes = as_bytes(test::kAcceptingResponse)});
  recording.note_opened({test::kUpgradeRequest.size(), test::kAcceptingResponse.size()});
  const std::string frame = test::frame(Endpoint::server, ws::Opcode::text, "hello");
  recording.take_bytes(Moment{}, {.direction = kToClient, .bytes = as_bytes(frame)});
  return recording.blocks();
}

std::string_view field(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.fields) {
    if (key == name) return value;
  }
  return "";
}

test::RecordedSink read(std::string_view file, capture::FileKind kind) {
  test::RecordedSink sink;
  const auto reader = capture::make_reader(kind, sink);
  reader->feed(as_bytes(file));
  reader->finish();
  return sink;
}

TEST_CASE("a recording is a file to save, in each format, and reads back") {
  struct Row {
    RecordingFormat format;
    capture::FileKind kind;
    std::string_view file_name;
    std::string_view content_type;
  };
  const auto rows = std::to_array<Row>({
      {RecordingFormat::lastframe, capture::FileKind::recording, "lastframe-00ff.lfr",
       "application/octet-stream"},
      {RecordingFormat::pcapng, capture::FileKind::pcapng, "lastframe-00ff.pcapng",
       "application/vnd.tcpdump.pcap"},
      {RecordingFormat::har, capture::FileKind::har, "lastframe-00ff.har", "application/json"},
  });
  const std::string blocks = blocks_of_a_session();
  for (const Row& row : rows) {
    CAPTURE(row.file_name);
    const Response response =
        recording_file("00ff", blocks, row.format, {.version = "1.2.3", .tap = "edge"});
    CHECK(response.status == 200);
    CHECK(response.content_type == row.content_type);
    CHECK(field(response, "content-disposition:") ==
          "attachment; filename=\"" + std::string(row.file_name) + "\"");
    const test::RecordedSink sink = read(response.body, row.kind);
    REQUIRE(sink.starts.size() == 1);
    CHECK_FALSE(sink.inputs.empty());
    CHECK_FALSE(sink.has_flaw(capture::FlawKind::damaged));
  }
}

TEST_CASE("a format is asked for by its name; anything else is told with what there is") {
  CHECK(parse_recording_format({}) == RecordingFormat::lastframe);
  const std::vector<std::string> har = {"format=har"};
  CHECK(parse_recording_format(har) == RecordingFormat::har);
  for (const std::vector<std::string>& parts : {std::vector<std::string>{"format=pcap"},
                                                {"format="},
                                                {"Format=har"},
                                                {"har"},
                                                {"format=har", "format=har"},
                                                {"limit=1"}}) {
    CAPTURE(parts.front());
    const auto format = parse_recording_format(parts);
    REQUIRE_FALSE(format);
    CHECK(format.error().status == 400);
    CHECK(format.error().body.contains("lastframe, pcapng, har"));
  }
}

}  // namespace
}  // namespace lastframe::admin
