// Reports of sessions that ended, for the tests of this floor.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

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

}  // namespace lastframe::admin
