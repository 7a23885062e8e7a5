// The last requests for an upgrade, to see whether a client that left asked again at once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/base/moment.h"

namespace lastframe::verdict {

class RecentRequests {
 public:
  static constexpr std::size_t kRequests = 64;
  static constexpr std::chrono::seconds kAtOnce{2};
  // An address that asks more often within that time stands for many clients (a load balancer),
  // and says nothing of one.
  static constexpr int kMostOfOneClient = 4;

  // `client`: address without port; an empty one is nobody's.
  void note(std::string_view client, Moment at);

  // Whether `client` asked on another connection after its request at `requested`, and around the
  // end of that one.
  bool has_asked_again(std::string_view client, Moment requested, Moment ended) const;

 private:
  struct Request {
    std::uint64_t client = 0;  // hash; 0: none
    Moment at;
  };

  std::array<Request, kRequests> requests_{};
  std::size_t next_ = 0;
};

}  // namespace lastframe::verdict
