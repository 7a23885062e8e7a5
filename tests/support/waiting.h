// Waiting for what other threads do: for events, with a limit that only a failure reaches.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

namespace lastframe::test {

inline constexpr std::chrono::seconds kPatience{20};

// Throws when `condition` does not become true.
template <typename Condition>
void wait_until(const std::string& what, Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error("waited in vain for: " + what);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

// Holds a thread until the test lets it go on.
class Gate {
 public:
  // From the thread that is to be held.
  void pass() {
    std::unique_lock lock(mutex_);
    is_reached_ = true;
    changed_.notify_all();
    changed_.wait_for(lock, kPatience, [this] { return is_open_; });
  }
  void wait_until_reached() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kPatience, [this] { return is_reached_; })) {
      throw std::runtime_error("nobody came to the gate");
    }
  }
  void open() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_reached_ = false;
  bool is_open_ = false;
};

}  // namespace lastframe::test
