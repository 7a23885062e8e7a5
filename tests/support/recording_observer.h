// An observer that writes down what it is told.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/session/observer.h"
#include "support/report_facts.h"

namespace lastframe::test {

class RecordingObserver final : public session::Observer {
 public:
  void on_session_start(const session::SessionReport& so_far) override { starts.push_back(so_far); }
  void on_frame(const session::SessionLabel&, Moment, const session::FrameSeen& frame) override {
    events.push_back("frame " + std::string(name(frame.direction)) + " " +
                     std::to_string(frame.frame) + " " +
                     std::string(ws::name(frame.header.opcode)) + " " +
                     std::to_string(frame.header.payload_length) + " bytes offset " +
                     std::to_string(frame.offset) + " message " + std::to_string(frame.message));
  }
  void on_message(const session::SessionLabel&, Moment,
                  const session::MessageSeen& message) override {
    events.push_back("message " + std::string(name(message.direction)) + " " +
                     std::to_string(message.message) + " " + std::string(ws::name(message.opcode)) +
                     " " + std::to_string(message.size) + " bytes " +
                     std::to_string(message.fragments) + " fragments" +
                     (message.is_compressed ? " compressed" : ""));
  }
  void on_violation(const session::SessionLabel&, Moment, const ws::Violation& violation) override {
    violations.push_back(violation);
  }
  void on_session_end(session::SessionReport report) override {
    if (judge) judge(report);
    std::vector<std::string> facts = facts_of(report);
    facts.insert(facts.end(), events.begin(), events.end());
    events.clear();
    records.push_back(std::move(facts));
    reports.push_back(std::move(report));
  }

  std::shared_ptr<session::Recording> begin_recording(
      const session::RecordingStart& start) override {
    return record ? record(start) : nullptr;
  }
  void on_mass_close(const session::MassCloseSeen&) override {}

  std::function<void(session::SessionReport&)> judge;  // before the facts are written down
  std::function<std::shared_ptr<session::Recording>(const session::RecordingStart&)> record;
  std::vector<session::SessionReport> starts;
  std::vector<std::string> events;  // frames and messages since the last report
  std::vector<ws::Violation> violations;
  std::vector<session::SessionReport> reports;
  std::vector<std::vector<std::string>> records;  // the facts of each report, then its events
};

inline constexpr session::Interest kEverything{
    .starts = true, .violations = true, .messages = true, .frames = true};

}  // namespace lastframe::test
