// The last records, violations and mass closes, for readers that follow them at their own pace.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace lastframe::admin {

// One bounded ring for all readers: what a reader is too slow for is lost to it alone, and it is
// told how much. Adding never waits for a reader.
class Feed {
 public:
  using Message = std::shared_ptr<const std::string>;  // with the readers that have it in hand

  static constexpr std::size_t kMost = 4096;
  static constexpr std::size_t kMostBytes = 8 * 1024 * 1024;

  explicit Feed(std::size_t most = kMost, std::size_t most_bytes = kMostBytes)
      : most_(most), most_bytes_(most_bytes) {}

  void add(std::string_view json);

  // Reads what is added during its life. The feed outlives it.
  class Reader {
   public:
    explicit Reader(Feed& feed);
    ~Reader() { --feed_.readers_; }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    // Null: there is none yet. Where some were dropped, {"event":"dropped","count":N} takes the
    // place of all N that are gone.
    Message next();

   private:
    Feed& feed_;
    std::uint64_t place_;
  };

  std::uint64_t readers() const { return readers_; }  // now
  std::uint64_t dropped() const { return dropped_; }  // by all readers, ever: what they were told

  // Called once for all that is added until caught_up(), on the thread that adds.
  void on_news(std::function<void()> tell);
  void caught_up() { is_told_ = false; }

 private:
  std::size_t most_;
  std::size_t most_bytes_;
  mutable std::mutex mutex_;
  std::deque<Message> messages_;
  std::uint64_t first_ = 0;  // the place of the front
  std::size_t bytes_ = 0;
  std::function<void()> tell_;
  std::atomic<bool> is_told_{false};
  std::atomic<std::uint64_t> readers_{0};
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace lastframe::admin
