// From a request to its answer. It knows what the program can say, and no socket.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "admin/message.h"
#include "admin/options.h"
#include "admin/recent_sessions.h"
#include "admin/recordings.h"
#include "admin/route.h"
#include "net/live_sessions.h"

namespace lastframe::admin {

// What the rest of the program can be asked, on the admin port's thread. None of it waits.
struct Sources {
  std::string version;        // of this program
  std::string libwebsockets;  // and of what it runs on
  std::string openssl;
  std::function<std::string()> metrics;       // in Prometheus' text format
  std::function<bool()> is_stalled;           // a worker's loop does not come round any more
  std::function<std::string_view()> unready;  // why no connections are taken, a word; "": they are
  std::function<double()> uptime_s;
  std::function<std::uint64_t()> connections_open;
  // Answers later, on another thread.
  std::function<void(const net::LiveQuery&, net::LiveGathering::Done)> live;
  const RecentSessions* recent;             // outlives the router
  std::optional<RecorderFacts> recorder{};  // absent: nothing is recorded
};

class Router {
 public:
  // Called once, on any thread, at once or later, with what makes the response on the port's own
  // thread: a worker that was asked for its sessions must not write their JSON.
  using Reply = std::function<void(std::function<Response()>)>;

  explicit Router(Sources sources) : sources_(std::move(sources)) {}

  void answer(const Request& request, const Options& options, Reply reply) const;

  // Why a WebSocket is not opened; nothing where it may be.
  std::optional<Response> upgrade_refusal(const Request& request, const Options& options) const;

 private:
  static std::optional<Response> objection(const Request& request, const Options& options);
  Response answer_now(Route route) const;
  void answer_sessions(const Request& request, const Reply& reply) const;
  void answer_session(std::string_view id, const Reply& reply) const;
  void answer_recording(const Request& request, std::string_view id, const Reply& reply) const;
  void answer_summary(const Reply& reply) const;
  Response readiness() const;
  Response version() const;

  Sources sources_;
};

}  // namespace lastframe::admin
