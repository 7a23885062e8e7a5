// Who else is given what the log is given: the admin port's feed, sinks.
#pragma once

#include <string_view>

#include "core/session/report.h"

namespace lastframe::output {

// Called on the writer's thread, in the order of the log, and must not block it.
class RecordTap {
 public:
  virtual ~RecordTap() = default;

  // Each record that ends, violation and mass close. `report`: null where the line is no record.
  // `json`: its line of JSON without the newline, whatever the log's own format is. Both borrowed.
  virtual void on_record(const session::SessionReport* report, std::string_view json) = 0;
};

}  // namespace lastframe::output
