// The admin port in the program: what it is told, and when.
#pragma once

#include <atomic>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "admin/options.h"
#include "admin/records.h"
#include "admin/server.h"
#include "core/base/error.h"
#include "net/relay.h"
#include "output/process_facts.h"

namespace lastframe::cli {

class AdminPort {
 public:
  // Binds the address, or says why it cannot; where the port is off, nothing is bound.
  static std::expected<std::unique_ptr<AdminPort>, Error> open(const admin::Options& options);

  ~AdminPort();
  AdminPort(const AdminPort&) = delete;
  AdminPort& operator=(const AdminPort&) = delete;

  // To be given what the log is given; outlives close(). Empty where the port is off.
  std::vector<output::RecordTap*> taps();

  bool is_on() const { return door_.has_value() || server_ != nullptr; }

  // What only the program knows; asked on the port's own thread until close().
  struct Asked {
    std::function<std::string()> metrics;
    std::optional<admin::RecorderFacts> recorder{};  // absent: nothing is recorded
  };

  // Answers from now on; says "admin ADDR". `relay` outlives close(). Where the port is off,
  // nothing happens.
  std::expected<void, Error> serve(net::Relay& relay, Asked asked);

  // Nothing where the port is off.
  std::optional<output::FeedFacts> feed() const;

  // From now on the program is not ready for new connections.
  void note_draining() { is_draining_ = true; }

  // The address stays; says so where `options` have another one.
  void reload(const admin::Options& options);

  void close() { server_.reset(); }

 private:
  explicit AdminPort(const admin::Options& options) : options_(options) {}

  admin::Options options_;
  admin::Records records_;
  std::optional<admin::Door> door_;  // until serve()
  std::atomic<bool> is_draining_{false};
  std::unique_ptr<admin::Server> server_;
};

}  // namespace lastframe::cli
