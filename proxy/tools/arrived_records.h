// Session records on their way from the log's thread to whoever waits for one of them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "tools/demo_scenario.h"

namespace lastframe::tools {

class ArrivedRecords {
 public:
  void add(const session::SessionReport& report);

  // The record of the connection from `client` ("127.0.0.1:50122"), which is then forgotten. No
  // value: it did not come in time.
  std::optional<Outcome> wait_for(std::string_view client, std::chrono::milliseconds patience);

  // Records that nobody asks for are forgotten, the oldest first.
  static constexpr std::size_t kMostKept = 1024;

 private:
  struct Record {
    std::string client;
    Outcome outcome;
  };

  std::mutex mutex_;
  std::condition_variable has_come_;
  std::deque<Record> records_;
};

}  // namespace lastframe::tools
