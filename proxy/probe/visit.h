// One connection to a WebSocket server, step by step, and the product's own verdict on its bytes.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/moment.h"
#include "core/catalogue/catalogue.h"
#include "core/session/report.h"
#include "probe/dial.h"
#include "probe/request.h"
#include "probe/target.h"

namespace lastframe::probe {

// `odd`: worth knowing, and nothing is broken. `not_reached`: a step before it failed.
enum class StepResult : unsigned char { good, odd, bad, not_reached };
std::string_view name(StepResult result);

struct Step {
  std::string name;  // "resolve", "connect", "tls", "handshake", "ping", "message", "close"
  StepResult result = StepResult::not_reached;
  std::chrono::microseconds took{0};
  std::vector<std::string> says{};  // sentences; texts of the server in them are printable
};

struct VisitOptions {
  DialOptions dial;
  std::vector<std::string> subprotocols;
  std::string origin;
  std::vector<Field> fields;
  std::optional<std::string> message;  // a text that is sent once the connection is open
  std::shared_ptr<const catalogue::Catalogue> catalogue;  // shared by all sessions
};

struct Visit {
  Target target;
  std::vector<Step> steps;
  // Absent where nothing that belongs in a record came about (the name did not resolve).
  std::optional<session::SessionReport> report;
};

Visit visit(const Target& target, const VisitOptions& options);

// Whether a step went wrong.
bool has_fault(const Visit& visit);

}  // namespace lastframe::probe
