// What was recorded of a session, and is given to another one, gives the same report: over every
// scenario there is.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "capture/flight_recording.h"
#include "capture/reader.h"
#include "capture/recording_format.h"
#include "capture/replay.h"
#include "core/verdict/diagnosis.h"
#include "settings/catalogue_file.h"
#include "support/flight_deck.h"
#include "support/scenario_player.h"

namespace lastframe::capture {
namespace {

// Flaws are remembered, the rest goes on to the replay.
class Listening final : public InputSink {
 public:
  explicit Listening(InputSink& next) : next_(next) {}
  void on_start(const ConnectionStart& start) override { next_.on_start(start); }
  void on_input(std::uint64_t connection, Moment now, const session::Input& input) override {
    next_.on_input(connection, now, input);
  }
  void on_flaw(const Flaw& flaw) override { flaws.push_back(flaw); }
  void on_record(std::uint64_t, std::string_view json) override { records.emplace_back(json); }

  std::vector<Flaw> flaws;
  std::vector<std::string> records;

 private:
  InputSink& next_;
};

FlightOptions keeping_all() {
  FlightOptions options;
  options.keeps_payload = true;
  options.redaction.keeps_bodies = true;
  options.frames = 100'000;
  options.bytes = std::size_t{1} << 19;
  return options;
}

// The records of what stands in `file`.
std::vector<std::vector<std::string>> replayed(const std::string& file,
                                               const test::Knowledge& knowledge,
                                               std::size_t part = 1 << 20) {
  test::RecordingObserver observer;
  observer.judge = [&](session::SessionReport& report) {
    report.verdict = knowledge.classify(report, *knowledge.catalogue);
  };
  const session::SessionOptions options{.listener = {},
                                        .upstream = {},
                                        .privacy = {},
                                        .interest = test::kEverything,
                                        .catalogue = knowledge.catalogue,
                                        .recognition = knowledge.recognition};
  Replay replay(options, observer);
  Listening listening(replay);
  const auto reader = make_recording_reader(listening);
  for (std::size_t at = 0; at < file.size(); at += part) {
    reader->feed(as_bytes(std::string_view(file).substr(at, part)));
  }
  reader->finish();
  for (const Flaw& flaw : listening.flaws) {
    INFO(flaw.text);
    CHECK(flaw.kind != FlawKind::damaged);
    CHECK(flaw.kind != FlawKind::cut_off);
  }
  return observer.records;
}

struct Played {
  std::vector<std::string> live;
  std::string file;
};

// A scenario's last record, and the recording that came with it.
std::optional<Played> played(const test::Scenario& scenario, test::Knowledge knowledge,
                             const FlightOptions& options) {
  test::Deck deck(options);
  knowledge.record = [&](const session::RecordingStart& start) {
    return std::make_shared<FlightRecording>(start, deck.deck);
  };
  const auto observer = test::play(
      scenario, scenario.steps,
      [](std::size_t, std::string_view bytes) { return test::whole(bytes); }, knowledge);
  if (observer.reports.empty() || !observer.reports.back().recording) return std::nullopt;
  const auto& report = observer.reports.back();
  const auto& recording = static_cast<const FlightRecording&>(*report.recording);
  return Played{.live = observer.records.back(),
                .file = recording_head("", "test") + deck.handed_out +
                        recording.last_blocks("{}", &report.texts)};
}

template <typename Check>
std::size_t for_each_scenario(Check check) {
  std::size_t count = 0;
  for (const char* const folder : {"tests/scenarios", "tests/scenarios/causes"}) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::path(LASTFRAME_ROOT) / folder)) {
      if (entry.path().extension() == ".txt") files.push_back(entry.path());
    }
    std::ranges::sort(files);
    for (const auto& path : files) {
      CAPTURE(path.filename().string());
      std::ifstream file(path);
      const test::Scenario scenario = test::parse_scenario(file);
      REQUIRE(scenario.mistake == "");
      count += check(scenario) ? 1 : 0;
    }
  }
  return count;
}

TEST_CASE("a replay of what was recorded gives the report that was given live") {
  const auto catalogue = settings::load_catalogue({});
  REQUIRE(catalogue);
  const test::Knowledge knowledge(*catalogue, verdict::classify);
  FlightOptions whole = keeping_all();
  whole.is_whole = true;
  for (const FlightOptions& options : {keeping_all(), whole}) {
    CAPTURE(options.is_whole);
    const std::size_t count = for_each_scenario([&](const test::Scenario& scenario) {
      const auto scene = played(scenario, knowledge, options);
      if (!scene) return false;
      const auto again = replayed(scene->file, knowledge);
      REQUIRE_FALSE(again.empty());
      CHECK(test::joined(again.back()) == test::joined(scene->live));
      CHECK(replayed(scene->file, knowledge, 61) == again);
      return true;
    });
    CHECK(count > 400);
  }
}

}  // namespace
}  // namespace lastframe::capture
