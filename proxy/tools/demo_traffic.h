// The clients of the demo: each plays its side of a scenario through the proxy, and compares the
// record that came of it with what the scenario expects.
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>

#include "core/base/error.h"
#include "net/socket_address.h"
#include "tools/arrived_records.h"
#include "tools/demo_scenario.h"

namespace lastframe::tools {

// Where the proxy listens for each Door.
struct DemoDoors {
  net::SocketAddress demo;
  net::SocketAddress unreachable;
};

// "127.0.0.1:8080", as a relay names its listening address.
std::optional<net::SocketAddress> door_at(const std::string& address);

struct Played {
  std::string client;        // the client's own address, as its record writes it
  bool is_complete = false;  // everything that the client waited for came
};

// One connection, from connecting to its end. The error: it could not connect.
std::expected<Played, Error> play(const Scenario& scenario, const DemoDoors& doors);

// Plays a scenario and waits for its record. Nothing: all is as the scenario says; else what
// differs, in a sentence.
std::optional<std::string> difference(const Scenario& scenario, const DemoDoors& doors,
                                      ArrivedRecords& records);

// How long the client waits for each step, and then for the record.
inline constexpr std::chrono::seconds kStepPatience{5};

}  // namespace lastframe::tools
