// What the admin port keeps of the log: it outlives the log's writer and the port's server.
#pragma once

#include <string_view>

#include "admin/feed.h"
#include "admin/recent_sessions.h"
#include "output/record_tap.h"

namespace lastframe::admin {

struct Records final : output::RecordTap {
  RecentSessions recent;
  Feed feed;

  void on_record(const session::SessionReport* report, std::string_view json) override {
    if (report != nullptr) recent.add(*report, json);
    feed.add(json);
  }
};

}  // namespace lastframe::admin
