// What recordings of one worker share, for tests: counters, and what was handed out.
#pragma once

#include <atomic>
#include <string>
#include <utility>

#include "capture/flight_recording.h"

namespace lastframe::test {

struct Deck {
  explicit Deck(capture::FlightOptions wanted = {}) : options(std::move(wanted)) {}

  capture::FlightOptions options;
  std::string handed_out;
  bool has_room = true;
  std::atomic<std::size_t> memory{0};
  std::atomic<std::uint64_t> given_up{0};
  capture::FlightDeck deck{.options = options,
                           .outlet =
                               [this](std::string blocks) {
                                 if (has_room) handed_out += blocks;
                                 return has_room;
                               },
                           .memory = memory,
                           .given_up = given_up,
                           .by_age = {}};
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
