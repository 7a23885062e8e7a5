// Keeps the last frames of every connection, and passes on what is worth writing out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "capture/flight_options.h"
#include "capture/flight_recording.h"
#include "core/session/observer.h"

namespace lastframe::capture {

// Which connections are worth writing out.
struct WorthOptions {
  bool is_abnormal = true;   // anything but a clean end with a code that says "normal"
  bool is_violation = true;  // a rule was broken
  bool is_all = false;
  std::set<std::string> causes{};  // ids of the catalogue
  double sample = 0;               // share of the others, 0 to 1

  bool operator==(const WorthOptions&) const = default;
};

bool is_worth_keeping(const session::SessionReport& report, const WorthOptions& options);

class FlightRecorder {
 public:
  // `outlet`: where whole recordings hand out; else never called.
  FlightRecorder(FlightOptions options, WorthOptions worth, Outlet outlet);

  // For one worker: keeps, and passes everything on to `next`, with the recording in those reports
  // that are worth it. Reports have their verdict by then. Must not outlive the recorder.
  std::unique_ptr<session::Observer> make_observer(std::unique_ptr<session::Observer> next);

  const FlightOptions& options() const { return budget_->options; }
  // From any thread: bytes in use, and how often a recording gave up its own for others.
  std::size_t memory() const { return budget_->memory; }
  std::uint64_t given_up() const { return budget_->given_up; }

 private:
  class RecordingObserver;

  std::shared_ptr<FlightBudget> budget_;
  WorthOptions worth_;
  Outlet outlet_;
};

}  // namespace lastframe::capture
