// What was found in one connection: rules that were broken, and what is legal but worth knowing.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/session/report.h"
#include "core/ws/violation.h"

namespace lastframe::session {

class Findings {
 public:
  // Whether it is a broken rule, and not a note.
  bool add(const ws::Violation& found, Moment at);

  void copy_into(SessionReport& report) const;

  void clear() { store_.reset(); }

 private:
  struct Store {
    std::vector<ws::Violation> violations;  // the first ones
    std::vector<Moment> moments;            // when each of them was found
    std::uint64_t violation_count = 0;
    std::vector<Note> notes;  // one for each rule and side
  };

  std::unique_ptr<Store> store_;  // most connections break no rule
};

}  // namespace lastframe::session
