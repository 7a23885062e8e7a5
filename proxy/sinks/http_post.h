// Posts to one address over HTTP or HTTPS, without blocking: one request at a time, on a
// connection that is kept. Hides libcurl.
#pragma once

#include <chrono>
#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "sinks/http_answer.h"
#include "sinks/options.h"

namespace lastframe::sinks {

inline constexpr std::size_t kLongestAnswer = 8 * 1024 * 1024;  // bytes that are kept of a body

// Whether this can be posted to: http or https, a host, no fragment; user and password have keys of
// their own. The error has no `where`, and nothing of the url that may be secret.
std::expected<void, Error> check_sink_url(const std::string& url);

// "https://host:8123/path": for messages. A query may hold secrets.
std::string shown_url(const std::string& url);

struct HttpRequest {
  std::string url;
  std::string_view content_type;  // a literal
  std::string batch;              // an id, for whoever would tell repetitions
  std::string body;
};

// What Delivery needs of it; tests have another.
class Poster {
 public:
  virtual ~Poster() = default;

  // Only while no request is under way.
  virtual void start(HttpRequest request) = 0;
  // Once, when it is there.
  virtual std::optional<HttpAnswer> take_answer() = 0;
  // Gives up the one that is under way, if there is one.
  virtual void cancel() = 0;
};

class HttpPost final : public Poster {
 public:
  // `options` outlive it. Files with secrets are read anew for each request: they may be renewed.
  explicit HttpPost(const SinkOptions& options);
  ~HttpPost() override;

  void start(HttpRequest request) override;
  std::optional<HttpAnswer> take_answer() override;
  void cancel() override;

  // Until something came, wake() was called or the time is over. Of these three functions only
  // wake() may be called from another thread.
  void wait(std::chrono::milliseconds most);
  void wake();

 private:
  struct Curl;
  std::unique_ptr<Curl> curl_;
};

}  // namespace lastframe::sinks
