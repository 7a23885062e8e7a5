// Reports of sessions that ended, for the tests of this floor.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "core/session/recording.h"
#include "core/session/report.h"

namespace lastframe::admin {

inline session::SessionReport ended(std::uint64_t id, std::uint16_t code, std::string cause = {},
                                    std::string listener = "chat",
                                    std::string upstream = "chat-a") {
  session::SessionReport report;
  report.id = id;
  report.listener = std::move(listener);
  report.upstream = std::move(upstream);
  report.code = static_cast<ws::CloseCode>(code);
  report.initiator = session::Initiator::server;
  if (!cause.empty()) {
    report.verdict.emplace();
    report.verdict->cause = std::move(cause);
  }
  return report;
}

// Something that is kept of a session, of a size.
class KeptBytes final : public session::Recording {
 public:
  explicit KeptBytes(std::size_t memory) : memory_(memory) {}

  void take(Moment, const session::Input&) override {}
  void take_bytes(Moment, const session::BytesRelayed&) override {}
  void note_opened(const std::array<std::uint64_t, 2>&) override {}
  void note_over(Moment, bool) override {}
  std::string blocks() const override { return "blocks"; }
  std::string last_blocks(std::string_view record_json, const session::Texts*) const override {
    return "last blocks of " + std::string(record_json);
  }
  std::size_t memory() const override { return memory_; }

 private:
  std::size_t memory_;
};

inline session::SessionReport ended_with_recording(std::uint64_t id, std::size_t memory = 100) {
  session::SessionReport report = ended(id, 1006);
  report.recording = std::make_shared<KeptBytes>(memory);
  return report;
}

}  // namespace lastframe::admin
