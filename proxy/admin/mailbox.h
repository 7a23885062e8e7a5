// Answers on their way to the admin port's thread, from whichever thread has made them.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "admin/message.h"

namespace lastframe::admin {

// Shared by the server and whoever still owes it an answer; what comes after close() is dropped.
class Mailbox {
 public:
  struct Letter {
    std::uint64_t connection;
    std::uint64_t request;               // of that connection, counted
    std::function<Response()> response;  // called on the port's thread
  };

  // `wake` is called from any thread, until close().
  explicit Mailbox(std::function<void()> wake) : wake_(std::move(wake)) {}

  void post(Letter letter) {
    const std::lock_guard lock(mutex_);
    if (!wake_) return;
    letters_.push_back(std::move(letter));
    wake_();
  }
  // Only wakes: there are news that are read elsewhere.
  void wake() {
    const std::lock_guard lock(mutex_);
    if (wake_) wake_();
  }
  std::vector<Letter> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(letters_, {});
  }
  void close() {
    const std::lock_guard lock(mutex_);
    wake_ = nullptr;
  }

 private:
  std::mutex mutex_;
  std::function<void()> wake_;
  std::vector<Letter> letters_;
};

}  // namespace lastframe::admin
