// The scenarios of the demo as one table: what the service does, what the client does, and what
// the session record must say of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/session/report.h"
#include "core/ws/rule.h"
#include "tools/demo_script.h"

namespace lastframe::tools {

// What a scenario fixes of its session record.
struct Outcome {
  session::RecordKind kind = session::RecordKind::session_end;
  unsigned code = 1006;
  session::Ending ending = session::Ending::closing_handshake;
  session::Initiator initiator = session::Initiator::server;
  std::optional<session::HandshakeOutcome> handshake = session::HandshakeOutcome::accepted;
  std::optional<ws::Rule> first_rule{};  // the first one that was broken

  bool operator==(const Outcome&) const = default;
};

Outcome outcome_of(const session::SessionReport& report);

// "session_end 1008 closing_handshake by server, handshake accepted, FR-03", for messages.
std::string to_text(const Outcome& outcome);

// Which of the proxy's listeners the client connects to.
enum class Door : unsigned char { demo, unreachable };

struct Scenario {
  std::string path;  // unique; the request target
  std::string what;  // what happens, in a sentence
  Script server;     // from behind the request's head; at its end the server ends its stream
  Script client;     // from the first byte; at its end it waits for the server's end
  std::optional<Outcome> expected{};  // absent: a connection that leaves no record
  Door door = Door::demo;
};

// Every scenario once, in the order in which the demo shows them.
std::vector<Scenario> demo_scenarios();

}  // namespace lastframe::tools
