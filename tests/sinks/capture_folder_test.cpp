#include "sinks/capture_folder.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "capture/reader.h"
#include "capture/recording_format.h"
#include "support/flight_deck.h"
#include "support/recorded_sink.h"
#include "support/temporary_folder.h"

namespace lastframe::sinks {
namespace {

namespace fs = std::filesystem;

// What a folder says, from its own thread.
struct Said {
  std::mutex mutex;
  std::vector<std::string> lines;

  Say say() {
    return [this](const std::string& line) {
      const std::lock_guard lock(mutex);
      lines.push_back(line);
    };
  }
};

CaptureOptions options_for(const std::string& folder) {
  CaptureOptions options;
  options.files.folder = folder;
  options.tap = "before";
  return options;
}

// The report of a connection that was recorded.
session::SessionReport recorded(test::Deck& deck, std::uint64_t id) {
  session::SessionReport report;
  report.id = id;
  auto recording = std::make_shared<capture::FlightRecording>(test::recording_start(id), deck.deck);
  recording->note_over(Moment{}, true);
  report.recording = recording;
  return report;
}

test::RecordedSink read_all(const std::string& folder) {
  test::RecordedSink sink;
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::ostringstream text;
    text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    const auto reader = capture::make_recording_reader(sink);
    reader->feed(as_bytes(text.view()));
    reader->finish();
  }
  return sink;
}

TEST_CASE("recordings are written with their records into a folder of the owner's") {
  const test::TemporaryFolder place;
  Said said;
  test::Deck deck;
  const std::string path = place.file("new/caps");
  {
    auto folder = CaptureFolder::start(options_for(path), "test", said.say());
    REQUIRE(folder.has_value());
    struct stat facts{};
    REQUIRE(stat(path.c_str(), &facts) == 0);
    CHECK((facts.st_mode & 07777) == 0700);
    for (const std::uint64_t id : {7, 8}) {
      const auto report = recorded(deck, id);
      (*folder)->on_record(&report, "{\"event\":\"session_end\"}");
    }
    const session::SessionReport without;
    (*folder)->on_record(&without, "{}");
    (*folder)->on_record(nullptr, "{}");
    (*folder)->finish();
    CHECK((*folder)->written() == 2);
    CHECK((*folder)->dropped() == 0);
  }
  const test::RecordedSink sink = read_all(path);
  CHECK(sink.starts.size() == 2);
  CHECK(sink.starts[0].find("tap before") != std::string::npos);
  CHECK(sink.records ==
        std::vector<std::string>{"1 {\"event\":\"session_end\"}", "2 {\"event\":\"session_end\"}"});
  CHECK(said.lines.empty());
  CHECK(deck.budget->memory == 0);
}

TEST_CASE("a folder that is there keeps its rights, and one that cannot be made is an error") {
  const test::TemporaryFolder place;
  fs::create_directory(place.file("mine"));
  fs::permissions(place.file("mine"), fs::perms(0755));
  CHECK(CaptureFolder::start(options_for(place.file("mine")), "test", {}).has_value());
  CHECK(fs::status(place.file("mine")).permissions() == fs::perms(0755));
  std::ofstream(place.file("file")) << "x";
  for (const std::string& path :
       {place.file("file"), place.file("file/in"), std::string("/proc/nothing/here")}) {
    CAPTURE(path);
    const auto folder = CaptureFolder::start(options_for(path), "test", {});
    REQUIRE_FALSE(folder.has_value());
    CHECK(folder.error().where == "capture: folder: " + path);
    CHECK(folder.error().remedy == "name a folder that this user may write");
  }
}

TEST_CASE("a folder that fails is told once, what is lost is counted, and its return is used") {
  const test::TemporaryFolder place;
  Said said;
  test::Deck deck;
  const std::string path = place.file("caps");
  auto folder = CaptureFolder::start(options_for(path), "test", said.say());
  REQUIRE(folder.has_value());
  fs::remove_all(path);
  for (const std::uint64_t id : {1, 2, 3}) {
    const auto report = recorded(deck, id);
    (*folder)->on_record(&report, "{}");
  }
  while ((*folder)->dropped() < 3) std::this_thread::yield();
  {
    fs::create_directory(path);
    const auto report = recorded(deck, 4);
    (*folder)->on_record(&report, "{}");
  }
  (*folder)->finish();
  CHECK((*folder)->written() == 1);
  CHECK((*folder)->dropped() == 3);
  REQUIRE(said.lines.size() == 1);
  CHECK(said.lines[0].find("No such file or directory") != std::string::npos);
  CHECK(read_all(path).starts.size() == 1);
}

TEST_CASE("behind its end a folder takes nothing more") {
  const test::TemporaryFolder place;
  auto folder = CaptureFolder::start(options_for(place.file("caps")), "test", {});
  REQUIRE(folder.has_value());
  CHECK((*folder)->take(capture::recording_head("", "")));
  (*folder)->finish();
  CHECK_FALSE((*folder)->take("more"));
}

}  // namespace
}  // namespace lastframe::sinks
