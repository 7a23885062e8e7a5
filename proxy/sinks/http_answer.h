// What came of a request.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace lastframe::sinks {

struct HttpAnswer {
  unsigned status = 0;  // 0: no answer came, and `failure` says why
  std::string failure;
  std::string body;  // at most kLongestAnswer of it
  std::optional<std::chrono::seconds> retry_after{};

  bool operator==(const HttpAnswer&) const = default;
};

}  // namespace lastframe::sinks
