// A HAR as text (HTTP Archive 1.2, in the shape that Chromium's DevTools save).
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "capture/har_entry.h"
#include "core/base/moment.h"

namespace lastframe::capture {

using HarOutput = std::function<void(std::string_view)>;

// Up to the list of entries. `version`: of this program.
std::string har_opening(std::string_view version);
std::string har_end();

// What an entry says besides.
struct HarRemarks {
  std::string connection;   // an id
  std::string record = {};  // of the session: one line of JSON, or empty
  std::string comment = {};
};

// An entry, in as many parts as it takes. What cannot be read of the record is left out.
void write_har_entry(const HarEntry& entry, WallTime started, const HarRemarks& remarks,
                     const HarOutput& output);

}  // namespace lastframe::capture
