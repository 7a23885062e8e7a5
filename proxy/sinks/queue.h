// Records on their way from the writer's thread to the sink's: bounded, and fair in a storm.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/moment.h"
#include "sinks/options.h"
#include "sinks/storm_sampling.h"

namespace lastframe::sinks {

class SinkQueue {
 public:
  explicit SinkQueue(const SinkOptions& options);

  // From the writer's thread; never waits for anybody but the one who takes. Over `options.queue`
  // only what StormSampling takes is kept, and over a quarter more (at least 1,000) nothing.
  // Whether the taker has to look: the first record came, a batch is full, or half of the room.
  bool push(std::string_view line, std::string_view cause, Moment now);

  // A batch: as many as fit into one, in order, once there are enough or the first of them has
  // waited long enough, or `is_last`. Else nothing.
  std::vector<std::string> take(Moment now, bool is_last);
  // At the front again, where they came from.
  void put_back(std::vector<std::string> lines);

  bool is_half_full() const;
  // When take() has something, if nothing more comes.
  std::optional<Moment> is_due_at() const;

  struct Counts {
    std::uint64_t waiting = 0;
    std::uint64_t dropped = 0;
    std::uint64_t sampled = 0;
  };
  Counts counts() const;

 private:
  struct Entry {
    std::string line;
    Moment came;
  };
  bool is_full_batch() const;

  const std::size_t most_;
  const std::size_t most_in_storm_;
  const std::size_t half_full_;
  const std::size_t batch_records_;
  const std::size_t batch_bytes_;
  const std::chrono::milliseconds interval_;

  mutable std::mutex mutex_;
  std::deque<Entry> entries_;
  std::size_t bytes_ = 0;  // of all lines
  StormSampling storm_;
  std::uint64_t dropped_ = 0;
  std::uint64_t sampled_ = 0;
};

}  // namespace lastframe::sinks
