// Why a connection ended, and what to do: what core/verdict makes of a report.
#pragma once

#include <string>
#include <vector>

#include "core/catalogue/catalogue.h"

namespace lastframe::session {

// Owns its texts: a report outlives a reload of the catalogue.
struct Verdict {
  std::string cause;  // id of a catalogue row
  catalogue::Confidence confidence = catalogue::Confidence::unknown;
  catalogue::Party party = catalogue::Party::unknown;
  std::string summary;                  // one sentence
  std::vector<std::string> evidence;    // sentences, the most telling first
  std::vector<std::string> candidates;  // what else it may be, best first: ids or sentences
  std::string fix;
  std::string server_log;  // what the server's library tells of it, where that is known

  bool operator==(const Verdict&) const = default;
};

}  // namespace lastframe::session
