// Counts how connections ended, by code, ending and initiator, and prints the counts.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "core/session/report.h"
#include "output/colour.h"

namespace lastframe::tools {

class CloseSummary {
 public:
  void add(const session::SessionReport& report);

  // An aligned table, complete lines: one for each kind of close, by code, then a total.
  std::string table(output::Colour colour) const;

  // {"event":"summary","connections":...,"closes":[...]}, without a line end.
  std::string json() const;

 private:
  using Kind = std::tuple<ws::CloseCode, session::Ending, session::Initiator>;
  struct Count {
    std::uint64_t connections = 0;
    std::uint64_t messages_up = 0;  // client to server
    std::uint64_t messages_down = 0;
    bool is_clean = false;
  };

  Count total() const;

  std::map<Kind, Count> counts_;
};

}  // namespace lastframe::tools
