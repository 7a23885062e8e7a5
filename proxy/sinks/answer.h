// What an answer says about a batch.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sinks/http_answer.h"
#include "sinks/options.h"

namespace lastframe::sinks {

// It is there, but for what is named.
struct Taken {
  std::vector<std::size_t> again{};  // positions in the batch of lines that are to be sent again
  std::uint64_t refused = 0;         // lines that never will be taken
  std::string why{};                 // of one of them

  bool operator==(const Taken&) const = default;
};

// The same batch later.
struct Again {
  std::string why;
  std::optional<std::chrono::seconds> after{};  // as the receiver asks for, at most five minutes

  bool operator==(const Again&) const = default;
};

// In smaller pieces (413): something on the way takes no more bytes at a time.
struct TooLarge {
  std::string why;

  bool operator==(const TooLarge&) const = default;
};

// Never.
struct Refused {
  std::string why;

  bool operator==(const Refused&) const = default;
};

using SinkVerdict = std::variant<Taken, Again, TooLarge, Refused>;

// Of a batch of `count` lines; TooLarge only of more than one. `why` is one printable line,
// "answered 503: ..." or libcurl's words.
SinkVerdict judge(const HttpAnswer& answer, SinkFormat format, std::size_t count);

}  // namespace lastframe::sinks
