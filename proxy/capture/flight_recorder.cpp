#include "capture/flight_recorder.h"

#include <utility>

#include "core/session/forwarding_observer.h"
#include "core/session/verdict.h"

namespace lastframe::capture {
namespace {

// RFC 6455 section 7.4.1: 1000 and 1001 say that all is well; 1005 says nothing. What applications
// mean by their own codes, only they know.
bool is_normal(const session::SessionReport& report) {
  if (report.kind != session::RecordKind::session_end) return false;
  if (report.is_sealed) return report.ending != session::Ending::reset;
  const auto code = static_cast<unsigned>(report.code);
  return report.clean && (code == 1000 || code == 1001 || code == 1005 || code >= 3000);
}

// Equal for a session wherever it is asked: ids are drawn at random.
bool is_in_sample(std::uint64_t id, double share) {
  std::uint64_t mixed = (id ^ id >> 31) * 0x9E3779B97F4A7C15ULL;
  mixed ^= mixed >> 29;
  return static_cast<double>(mixed >> 11) < share * 9007199254740992.0;
}

}  // namespace

bool is_worth_keeping(const session::SessionReport& report, const WorthOptions& options) {
  if (options.is_all || (options.is_abnormal && !is_normal(report))) return true;
  if (options.is_violation && report.violation_count > 0) return true;
  if (report.verdict && options.causes.contains(report.verdict->cause)) return true;
  return is_in_sample(report.id, options.sample);
}

class FlightRecorder::RecordingObserver final : public session::ForwardingObserver {
 public:
  RecordingObserver(FlightRecorder& recorder, std::unique_ptr<session::Observer> next)
      : ForwardingObserver(std::move(next)),
        recorder_(recorder),
        deck_{.budget = recorder.budget_, .outlet = recorder.outlet_} {}

  // Without memory for it, the connection goes on unrecorded.
  std::shared_ptr<session::Recording> begin_recording(
      const session::RecordingStart& start) override {
    try {
      return std::make_shared<FlightRecording>(start, deck_);
    } catch (const std::bad_alloc&) {
      return nullptr;
    }
  }

  void on_session_end(session::SessionReport report) override {
    const bool is_kept = recorder_.options().is_whole || is_worth_keeping(report, recorder_.worth_);
    if (!is_kept) report.recording.reset();
    next().on_session_end(std::move(report));
  }

 private:
  FlightRecorder& recorder_;
  FlightDeck deck_;
};

FlightRecorder::FlightRecorder(FlightOptions options, WorthOptions worth, Outlet outlet)
    : budget_(std::make_shared<FlightBudget>(std::move(options))),
      worth_(std::move(worth)),
      outlet_(std::move(outlet)) {}

std::unique_ptr<session::Observer> FlightRecorder::make_observer(
    std::unique_ptr<session::Observer> next) {
  return std::make_unique<RecordingObserver>(*this, std::move(next));
}

}  // namespace lastframe::capture
