// Brings batches to their receiver: in order, again while they are not taken, over the spool where
// there is one. Knows no thread and no clock: time comes as an argument, HTTP by a Poster.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "core/base/moment.h"
#include "output/sink_counts.h"
#include "sinks/answer.h"
#include "sinks/batch.h"
#include "sinks/http_post.h"
#include "sinks/options.h"
#include "sinks/queue.h"
#include "sinks/spool.h"

namespace lastframe::sinks {

// Takes a line for standard error.
using Say = std::function<void(const std::string&)>;

class Delivery {
 public:
  // `spool` may be null. `options`, `queue` and `poster` outlive it.
  Delivery(const SinkOptions& options, SinkQueue& queue, std::unique_ptr<SinkSpool> spool,
           Poster& poster, Say say);

  // Does what is to be done now, and says when to come back at the latest; earlier where the queue
  // or the poster has something.
  Moment turn(Moment now, WallTime wall);

  // From now on: what is there is delivered until `deadline`; what is left then goes to the spool,
  // or is dropped.
  void stop(Moment deadline) { deadline_ = deadline_.value_or(deadline); }
  bool is_over() const { return is_over_; }

  output::SinkCounts counts() const;

 private:
  // The batch that is on its way, or is to be tried again.
  struct Current {
    std::uint64_t number = 0;
    SinkBatch batch;
    bool is_spooled = false;
  };
  // Something is said at most once a minute.
  struct Complaint {
    std::optional<Moment> said_at;
  };

  void settle(SinkVerdict verdict, Moment now, WallTime wall);
  void taken(Taken taken, Moment now, WallTime wall);
  void again(const std::string& why, std::optional<std::chrono::seconds> after, Moment now);
  void halve(const std::string& why, Moment now);
  void dropped(std::uint64_t records, const std::string& why, Moment now);
  void forget_current();
  bool is_backlogged() const;
  bool spool(std::uint64_t number, const SinkBatch& batch, Moment now);
  void spool_current(Moment now);
  void spool_queue(Moment now);
  void choose_current(Moment now);
  void start_request();
  void give_up(Moment now);
  void complain(Complaint& complaint, const std::string& text, Moment now);
  bool is_stopping() const { return deadline_.has_value(); }
  Moment next_turn(Moment now) const;

  const SinkOptions& options_;
  SinkQueue& queue_;
  std::unique_ptr<SinkSpool> spool_;
  Poster& poster_;
  Say say_;

  std::optional<Current> current_;
  bool is_under_way_ = false;
  unsigned failures_ = 0;  // in a row
  Moment try_at_{};
  Moment spool_at_{};  // when a spool that could not be written is tried again
  std::uint64_t unspooled_number_ = 1;
  std::optional<Moment> deadline_;
  bool is_over_ = false;
  Complaint waits_;
  Complaint refuses_;
  Complaint too_large_;
  Complaint cannot_spool_;
  output::SinkCounts counts_;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace lastframe::sinks
