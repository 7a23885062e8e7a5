// From a request to its answer. It knows what the program can say, and no socket.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "admin/message.h"
#include "admin/options.h"

namespace lastframe::admin {

// What the rest of the program can be asked, on the admin port's thread. None of it waits.
struct Sources {
  std::string version;        // of this program
  std::string libwebsockets;  // and of what it runs on
  std::string openssl;
  std::function<std::string()> metrics;       // in Prometheus' text format
  std::function<std::string_view()> unready;  // why no connections are taken, a word; "": they are
};

class Router {
 public:
  // Called once, on any thread, at once or later.
  using Reply = std::function<void(Response)>;

  explicit Router(Sources sources) : sources_(std::move(sources)) {}

  void answer(const Request& request, const Options& options, Reply reply) const;

  // Why a WebSocket is not opened; nothing where it may be.
  std::optional<Response> upgrade_refusal(const Request& request, const Options& options) const;

 private:
  Response answer_now(const Request& request, const Options& options) const;
  Response readiness() const;
  Response version() const;

  Sources sources_;
};

}  // namespace lastframe::admin
