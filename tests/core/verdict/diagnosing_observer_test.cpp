#include "core/verdict/diagnosing_observer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace lastframe;

namespace {

// Writes down what it is told, where it outlives the observer.
struct Told {
  std::vector<std::string> events;
  std::vector<session::SessionReport> reports;
};

class TellingObserver final : public session::Observer {
 public:
  explicit TellingObserver(Told& told) : told_(told) {}

  void on_session_start(const session::SessionReport& so_far) override {
    told_.events.push_back("start of " + so_far.listener);
  }
  void on_frame(const session::SessionLabel& session, Moment,
                const session::FrameSeen& frame) override {
    told_.events.push_back("frame " + std::to_string(frame.frame) + " of " +
                           std::to_string(session.id));
  }
  void on_message(const session::SessionLabel& session, Moment,
                  const session::MessageSeen& message) override {
    told_.events.push_back("message " + std::to_string(message.message) + " of " +
                           std::to_string(session.id));
  }
  void on_violation(const session::SessionLabel& session, Moment,
                    const ws::Violation& violation) override {
    told_.events.push_back("violation in " + std::to_string(violation.frame) + " of " +
                           std::to_string(session.id));
  }
  void on_mass_close(const session::MassCloseSeen&) override {
    told_.events.push_back("mass close");
  }
  void on_session_end(session::SessionReport report) override {
    told_.reports.push_back(std::move(report));
  }

 private:
  Told& told_;
};

std::shared_ptr<const catalogue::Catalogue> catalogue_of_every_cause() {
  catalogue::Catalogue rows;
  for (std::size_t i = 0; i < catalogue::kCauseCount; ++i) {
    catalogue::CauseRow row;
    row.id = name(static_cast<catalogue::Cause>(i));
    rows.causes.push_back(row);
  }
  std::ranges::sort(rows.causes, {}, &catalogue::CauseRow::id);
  return std::make_shared<const catalogue::Catalogue>(std::move(rows));
}

struct Diagnosing {
  Told told;
  verdict::DiagnosingObserver observer{std::make_unique<TellingObserver>(told)};
};

}  // namespace

TEST_CASE("a report with a catalogue gets its verdict, and lets the catalogue go") {
  Diagnosing diagnosing;
  const auto catalogue = catalogue_of_every_cause();
  session::SessionReport report;
  report.listener = "chat";
  report.catalogue = catalogue;
  diagnosing.observer.on_session_end(report);
  report = {};
  REQUIRE(diagnosing.told.reports.size() == 1);
  const session::SessionReport& told = diagnosing.told.reports.front();
  CHECK(told.listener == "chat");
  REQUIRE(told.verdict.has_value());
  CHECK(catalogue->cause(told.verdict->cause) != nullptr);
  CHECK(told.catalogue == nullptr);
  CHECK(catalogue.use_count() == 1);
}

TEST_CASE("a report without a catalogue passes without a verdict") {
  Diagnosing diagnosing;
  session::SessionReport report;
  report.listener = "chat";
  diagnosing.observer.on_session_end(report);
  REQUIRE(diagnosing.told.reports.size() == 1);
  CHECK(diagnosing.told.reports.front().listener == "chat");
  CHECK_FALSE(diagnosing.told.reports.front().verdict.has_value());
}

TEST_CASE("everything else passes as it is") {
  Diagnosing diagnosing;
  session::SessionReport so_far;
  so_far.listener = "chat";
  const session::SessionLabel label{.id = 7,
                                    .attempt = 1,
                                    .listener = "chat",
                                    .upstream = "u",
                                    .client = "c",
                                    .accepted_wall = {},
                                    .accepted = {}};
  session::FrameSeen frame{};
  frame.frame = 2;
  session::MessageSeen message{};
  message.message = 3;
  ws::Violation violation{};
  violation.frame = 4;
  diagnosing.observer.on_session_start(so_far);
  diagnosing.observer.on_frame(label, {}, frame);
  diagnosing.observer.on_message(label, {}, message);
  diagnosing.observer.on_violation(label, {}, violation);
  CHECK(diagnosing.told.events == std::vector<std::string>{"start of chat", "frame 2 of 7",
                                                           "message 3 of 7",
                                                           "violation in 4 of 7"});
  CHECK(diagnosing.told.reports.empty());
}
