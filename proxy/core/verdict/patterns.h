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
#include "core/verdict/burst_watch.h"
#include "core/verdict/close_clusters.h"
#include "core/verdict/drain_watch.h"
#include "core/verdict/end_facts.h"
#include "core/verdict/recent_requests.h"
#include "core/verdict/size_limits.h"

namespace lastframe::verdict {

// Bytes that one Patterns may take.
inline constexpr std::size_t kLargestPatterns = 64 * 1024;

// A mass close that is over, to be told once.
struct MassClose {
  std::uint64_t id = 0;  // counts from 1
  std::string listener;
  std::string upstream;
  std::string configured_upstream;
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

// Limits that closes cluster at; the lowest ones.
struct Learnt {
  std::optional<float> idle{};      // seconds without a byte
  std::optional<float> lifetime{};  // seconds since the client was accepted
  std::array<std::optional<std::uint64_t>, 2>
      size_limits{};  // bytes, by Direction: smallest refused

  bool operator==(const Learnt&) const = default;
  // The lower of each limit, where both know it.
  void narrow(const Learnt& other);
};

// Who a client is: whom a trusted proxy in front of us named, else whose address it came from,
// without its port: "192.0.2.1" of "192.0.2.1:50122", "[2001:db8::1]" of "[2001:db8::1]:50122"; of
// a unix socket nobody, for it has nobody's address.
std::string_view client_of(std::optional<std::string_view> forwarded_for, std::string_view address);

class Patterns {
 public:
  // `configured_upstream`: what the configuration calls it, where it does.
  Patterns(std::string listener, std::string upstream, std::string configured_upstream = {});

  // A connection that asked for an upgrade: when its client was accepted. Each comes to an end by
  // learn() or note_gone().
  void note_accepted(Moment at);
  // An upgrade was asked for; `client`: of client_of().
  void note_request(std::string_view client, Moment at);

  // Learns from an end, and says what is known with it. Ends may come a little out of order.
  session::KnownPatterns learn(const EndFacts& facts);
  // Ended without having been open.
  void note_gone(Moment accepted);
  // The same, and what is known with it: whether its client asked again at once, on another one.
  session::KnownPatterns never_opened(std::string_view client, Moment accepted, Moment requested,
                                      Moment ended);

  // The mass close that is over by `now`, each once. Call now and then, and at shutdown with
  // `is_last`, until there is none.
  std::optional<MassClose> take_mass_close(Moment now, bool is_last = false);
  // Whether one runs, or waits to be taken.
  bool has_mass_close() const;

  Learnt learnt() const;
  const std::string& configured_upstream() const { return configured_upstream_; }

 private:
  std::optional<session::MassCloseKnown> note_burst(const EndFacts& facts);

  std::string listener_;
  std::string upstream_;
  std::string configured_upstream_;
  CloseClusters clusters_;
  SizeLimits sizes_;
  std::array<BurstWatch, 2> bursts_;  // by the Endpoint that begins the end
  DrainWatch drains_;
  RecentRequests requests_;
  std::uint64_t open_ = 0;
  std::uint64_t last_burst_ = 0;
};

static_assert(sizeof(Patterns) + CloseClusters::kLargestRings <= kLargestPatterns);

}  // namespace lastframe::verdict
