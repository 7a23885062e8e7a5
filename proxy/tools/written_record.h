// A record as it was written: a line of JSON from a log or a recording, read back for people.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/ws/rule.h"
#include "output/colour.h"

namespace lastframe::tools {

struct WrittenRecord {
  std::string event;
  bool is_of_connection = false;  // session_end, handshake_failed, tls_failed, connect_failed
  std::optional<unsigned> code{};
  std::optional<ws::Severity> worst{};  // of its broken rules, or of the one that it tells
  bool has_violations = false;
  std::string text;  // for people: when, how it ended, who, cause, evidence, fix

  bool operator==(const WrittenRecord&) const = default;
};

// None: the line is no JSON object with an `event`. Nothing in it can break the terminal.
std::optional<WrittenRecord> read_written_record(std::string_view json, output::Colour colour);

}  // namespace lastframe::tools
