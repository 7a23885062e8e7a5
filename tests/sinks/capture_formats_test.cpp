#include "sinks/capture_formats.h"

#include <doctest/doctest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>

#include "capture/input_codec.h"
#include "capture/reader.h"
#include "capture/recording_format.h"
#include "support/frames.h"
#include "support/handshake.h"
#include "support/temporary_folder.h"

namespace lastframe::sinks {
namespace {

namespace fs = std::filesystem;

// What a reader tells of relayed bytes, and how many connections ended.
class Told final : public capture::InputSink {
 public:
  void on_start(const capture::ConnectionStart&) override {}
  void on_input(std::uint64_t, Moment, const session::Input& input) override {
    if (const auto* relayed = std::get_if<session::BytesRelayed>(&input)) {
      bytes[index(relayed->direction)] += as_text(relayed->bytes);
    }
    if (std::holds_alternative<session::Finished>(input)) ++ended;
  }
  void on_flaw(const capture::Flaw&) override {}
  void on_record(std::uint64_t, std::string_view) override {}

  std::array<std::string, 2> bytes;
  int ended = 0;
};

std::string connection(std::uint64_t id, const std::string& text) {
  std::string entries;
  const auto say = [&](const session::Input& input) {
    std::string body;
    capture::append_input(input, body);
    capture::write_entry(body, 10, entries);
  };
  const auto bytes = [&](Endpoint from, std::string_view what) {
    say(session::BytesRelayed{direction_from(from), as_bytes(what)});
  };
  bytes(Endpoint::client, test::kUpgradeRequest);
  bytes(Endpoint::server, test::kAcceptingResponse);
  bytes(Endpoint::server,
        test::frame(test::header_of(Endpoint::server, ws::Opcode::text, text.size()), text));
  say(session::StreamEnded{Endpoint::server, session::EndKind::fin});
  say(session::StreamEnded{Endpoint::client, session::EndKind::fin});
  return capture::start_block({.id = id, .client = "192.0.2.1:50122", .server = "192.0.2.7:9000"}) +
         capture::inputs_block(id, 0, entries) + capture::end_block(id, 60);
}

CaptureOptions all_formats(const std::string& folder, std::uint64_t file_size) {
  CaptureOptions options;
  options.version = "1";
  options.files = {.folder = folder,
                   .writes_pcapng = true,
                   .writes_har = true,
                   .file_size = file_size,
                   .keep = 1 << 30};
  return options;
}

std::map<std::string, int> files_by_ending(const std::string& folder) {
  std::map<std::string, int> count;
  for (const auto& entry : fs::directory_iterator(folder)) {
    ++count[entry.path().extension().string()];
  }
  return count;
}

Told read(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  const std::string bytes = text.str();
  Told told;
  std::unique_ptr<capture::Reader> reader;
  switch (capture::kind_of(as_bytes(bytes))) {
    case capture::FileKind::recording:
      reader = capture::make_recording_reader(told);
      break;
    case capture::FileKind::pcapng:
      reader = capture::make_packet_reader(told);
      break;
    case capture::FileKind::har:
      reader = capture::make_har_reader(told);
      break;
    default:
      FAIL("of no known kind: ", path.string());
  }
  reader->feed(as_bytes(bytes));
  reader->finish();
  return told;
}

TEST_CASE("each format holds the connections that were written") {
  const test::TemporaryFolder folder;
  const CaptureOptions options = all_formats(folder.file(""), 1 << 20);
  {
    CaptureFormats formats(options, "test");
    REQUIRE(formats.write(connection(1, "first message")).has_value());
    REQUIRE(formats.write(connection(2, "second message")).has_value());
    REQUIRE(formats.finish().has_value());
  }
  CHECK(files_by_ending(folder.file("")) ==
        std::map<std::string, int>{{".lfr", 1}, {".pcapng", 1}, {".har", 1}});
  for (const auto& entry : fs::directory_iterator(folder.file(""))) {
    CAPTURE(entry.path().string());
    const Told told = read(entry.path());
    CHECK(told.ended == 2);
    const std::string& from_server = told.bytes[index(Direction::server_to_client)];
    CHECK(from_server.find("first message") != std::string::npos);
    CHECK(from_server.find("second message") != std::string::npos);
  }
}

TEST_CASE("a file that is full ends whole, and a connection stands in one file") {
  const test::TemporaryFolder folder;
  const CaptureOptions options = all_formats(folder.file(""), 1);
  {
    CaptureFormats formats(options, "test");
    for (std::uint64_t id = 1; id <= 3; ++id) {
      REQUIRE(formats.write(connection(id, "hello")).has_value());
    }
    REQUIRE(formats.finish().has_value());
  }
  CHECK(files_by_ending(folder.file("")) ==
        std::map<std::string, int>{{".lfr", 3}, {".pcapng", 3}, {".har", 3}});
  for (const auto& entry : fs::directory_iterator(folder.file(""))) {
    CAPTURE(entry.path().string());
    CHECK(read(entry.path()).ended == 1);
  }
}

}  // namespace
}  // namespace lastframe::sinks
