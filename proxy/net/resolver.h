// Names to addresses without blocking a worker: getaddrinfo in a few threads, answers cached.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "core/base/moment.h"
#include "net/socket_address.h"

namespace lastframe::net {

// Addresses in the order to try them (RFC 8305 section 4: families take turns), with port 0; or
// what the resolver said.
using Resolution = std::expected<std::vector<SocketAddress>, std::string>;

// Asks the system's resolver, and waits for it.
Resolution look_up(const std::string& host);

class Resolver {
 public:
  using Done = std::function<void(Resolution)>;

  Resolver() = default;
  ~Resolver();

  // Waits for look-ups that run; their answers are dropped, and `done` is never called again.
  void stop();

  void set_ttl(std::chrono::milliseconds ttl);

  // An answer that is still believed, at once; otherwise nothing, and `done` is called later on a
  // thread of the resolver. An expired answer stands in where the name does not resolve any more.
  std::optional<Resolution> resolve(const std::string& host, Moment now, Done done);

 private:
  struct Entry {
    std::vector<SocketAddress> addresses;  // of the last look-up that succeeded
    Moment believed_until;
    bool is_asked = false;
    std::vector<Done> waiting;
  };

  void start_thread();
  void work();
  void finish(const std::string& host, Resolution resolution);

  static constexpr std::size_t kMostThreads = 2;

  std::mutex mutex_;
  std::condition_variable has_work_;
  std::chrono::milliseconds ttl_{30'000};
  std::unordered_map<std::string, Entry> entries_;
  std::deque<std::string> asked_;
  std::vector<std::thread> threads_;  // started when the first name is asked for
  bool is_stopping_ = false;
};

}  // namespace lastframe::net
