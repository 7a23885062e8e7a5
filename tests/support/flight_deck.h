// What recordings of one worker share, for tests: counters, and what was handed out.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "capture/flight_recording.h"

namespace lastframe::test {

struct Deck {
  explicit Deck(capture::FlightOptions wanted = {})
      : budget(std::make_shared<capture::FlightBudget>(std::move(wanted))) {}

  std::shared_ptr<capture::FlightBudget> budget;
  std::string handed_out;
  bool has_room = true;
  capture::FlightDeck deck{.budget = budget, .outlet = [this](std::string blocks) {
                             if (has_room) handed_out += blocks;
                             return has_room;
                           }};
};

inline session::RecordingStart recording_start(std::uint64_t id) {
  return {.id = id,
          .client = "192.0.2.1:1",
          .listener = "chat",
          .upstream = "chat-a",
          .is_client_trusted = false,
          .resynchronises = false,
          .watched_head = 65536,
          .accepted = Moment{},
          .accepted_wall = WallTime{}};
}

}  // namespace lastframe::test
