// What closes of many connections have in common: times, sizes, moments. One for each listener and
// upstream address; memory is bounded by kLargestPatterns, however many connections end.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/endpoint.h"
#include "core/base/moment.h"
#include "core/session/known_patterns.h"
#include "core/session/report.h"

namespace lastframe::verdict {

// Bytes that one Patterns may take.
inline constexpr std::size_t kLargestPatterns = 64 * 1024;

// A mass close that is over, to be told once.
struct MassClose {
  std::uint64_t id = 0;  // counts from 1
  std::string listener;
  std::string upstream;
  Moment began;
  Moment ended;
  std::uint32_t closes = 0;
  double usual_per_second = 0;
  std::chrono::milliseconds youngest{0};  // ages of those that ended
  std::chrono::milliseconds oldest{0};
  std::uint32_t by_client = 0;  // who began the end
  std::uint32_t by_server = 0;
  std::uint32_t without_close = 0;
  std::uint32_t with_restart_code = 0;  // 1001 or 1012
};

// What a connection teaches when it ends.
struct EndFacts {
  Endpoint closer = Endpoint::server;  // sent the first Close, else ended first
  std::optional<std::uint16_t> code;   // of that Close; none: there was no Close
  bool was_cut_by_us = false;          // a shutdown or time-out of our own teaches nothing
  Moment accepted;
  Moment ended;                                   // when the end began
  std::optional<std::chrono::milliseconds> idle;  // since the last byte of either side
  std::array<std::optional<std::chrono::milliseconds>, 2> idle_of;  // by the Endpoint that sent
  std::optional<std::uint64_t> accepted_size;  // largest message towards the closer that was taken
  std::optional<std::uint64_t> refused_size;   // of the message that a 1009 answered
};

// Of a report without a verdict; none where the connection never opened.
std::optional<EndFacts> end_facts(const session::SessionReport& report);

class Patterns {
 public:
  Patterns(std::string listener, std::string upstream);

  void note_accepted(Moment at);
  // An upgrade was asked for; `client`: address without port.
  void note_request(std::string_view client, Moment at);

  // Learns from an end, and says what is known with it.
  session::KnownPatterns learn(const EndFacts& facts);
  // Of a connection that never opened.
  bool has_asked_again(std::string_view client, Moment requested, Moment ended) const;

  // The mass close that is over by `now`, each once. Call now and then, and at shutdown with
  // `is_last`.
  std::optional<MassClose> take_mass_close(Moment now, bool is_last = false);
};

}  // namespace lastframe::verdict
