// Sends the records that end to an HTTP receiver: a tap of the log's writer, with a thread of its
// own. docs/sinks.md says what arrives, and when it may arrive twice.
#pragma once

#include <expected>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <thread>
#include <vector>

#include "core/base/error.h"
#include "output/record_tap.h"
#include "output/sink_counts.h"
#include "sinks/delivery.h"
#include "sinks/http_post.h"
#include "sinks/options.h"
#include "sinks/queue.h"

namespace lastframe::sinks {

class HttpSink final : public output::RecordTap {
 public:
  // `say` takes lines for standard error, on the sink's thread. An error where the spool cannot be
  // used; a receiver that is not there is none.
  static std::expected<std::unique_ptr<HttpSink>, Error> start(SinkOptions options, Say say);
  ~HttpSink() override;

  void on_record(const session::SessionReport* report, std::string_view json) override;

  // No more records come. Delivers for at most two seconds more; what is left then is spooled, or
  // dropped where there is no spool. stop() does not wait for it, finish() does.
  void stop();
  void finish();

  output::SinkCounts counts() const;  // from any thread

 private:
  HttpSink(SinkOptions options, std::unique_ptr<SinkSpool> spool, Say say);
  void work();

  const SinkOptions options_;
  SinkQueue queue_;
  HttpPost post_;
  mutable std::mutex mutex_;  // guards delivery_
  Delivery delivery_;
  std::thread thread_;
};

// All sinks of a configuration.
class HttpSinks {
 public:
  static std::expected<HttpSinks, std::vector<Error>> start(std::span<const SinkOptions> options,
                                                            const Say& say);

  std::vector<output::RecordTap*> taps() const;  // they live as long as this
  void finish();                                 // all at once: two seconds for all of them
  std::vector<output::SinkCounts> counts() const;

 private:
  std::vector<std::unique_ptr<HttpSink>> sinks_;
};

}  // namespace lastframe::sinks
