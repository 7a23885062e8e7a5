// Remembers the text messages that tell something of why a connection will end: farewells, and
// heartbeats with their pace. Nothing else of any payload is kept.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/endpoint.h"
#include "core/base/moment.h"
#include "core/catalogue/recognition.h"
#include "core/session/circumstances.h"

namespace lastframe::session {

// Bytes of a message that are looked at.
inline constexpr std::size_t kLookedAt = 256;

// The value of the first member `"field": ...` of JSON in `text`, at any depth: a string without
// its escapes, or a number, true, false or null as written. Of a string that `text` cuts off, what
// stands before its last blank, for the rest could be half a secret. Strings are never taken for
// structure. No value: there is no such member.
std::optional<std::string> json_member(std::string_view text, std::string_view field);

class TextWatch {
 public:
  // A text message is complete. `beginning`: its first kLookedAt bytes, or all of it.
  void note(Endpoint sender, std::string_view beginning, Moment at,
            const catalogue::Recognition& recognition);

  // Fills in farewell and heartbeats.
  void report(const catalogue::Recognition& recognition, const catalogue::HandshakeWords& words,
              Circumstances& circumstances) const;

 private:
  using Interval = std::chrono::milliseconds;
  // Heartbeats of one row: that of the first one that was seen.
  struct Pace {
    std::size_t row = 0;
    std::uint64_t count = 0;
    Moment last;
    std::array<Interval, 8> first_intervals{};
    std::array<Interval, 8> last_intervals{};

    void note(Moment at);
    Interval usual() const;
    Interval longest() const;
  };

  void note_farewell(Endpoint sender, std::size_t row, std::string_view beginning, Moment at,
                     const catalogue::Catalogue& catalogue);

  std::optional<Farewell> farewell_;
  std::array<std::unique_ptr<Pace>, 2> paces_;  // by Endpoint
};

}  // namespace lastframe::session
