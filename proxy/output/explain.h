// The rules as text for people and as JSON: what `lastframe explain` prints.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "core/ws/rule.h"
#include "output/colour.h"
#include "output/rule_examples.h"

namespace lastframe::output {

// An id of the numbering that is no row of the table, and why not, as a clause: "it is seen as
// FR-11".
struct IdWithoutRow {
  std::string_view id;
  std::string_view why;
};

inline constexpr auto kIdsWithoutRow = std::to_array<IdWithoutRow>({
    {"HS-10", "a status other than 101 breaks no rule; it is the handshake's outcome and status"},
    {"HS-18", "it compares what goes into a hop with what comes out, which takes two taps"},
    {"HS-20", "a 401 breaks no rule; it is the handshake's outcome and status"},
    {"HS-21", "a missing answer breaks no rule; it is the handshake's outcome, unanswered"},
    {"HS-22", "a redirect breaks no rule; it is the handshake's outcome and status"},
    {"HS-24", "it comes with HTTP/2"},
    {"FR-12", "a message between another one's fragments is seen as FR-11"},
    {"FR-13", "it compares what goes into a hop with what comes out, which takes two taps"},
    {"TX-02", "it is TX-01, found before the message ends"},
});

// A few words on what a severity means.
std::string_view meaning_of(ws::Severity severity);

// Which list of the record names a rule of this severity: "violations" or "notes".
std::string_view record_list_of(ws::Severity severity);

// Who can break a rule (or, of an `info` row, whose bytes it is seen in), as a phrase.
std::string_view side_text(ws::Breaker breaker);

// What went before an example, as a phrase: "on an open connection".
std::string_view setup_text(Setup setup);

// Everything about one rule: at most 80 columns, but for lines of an example that are longer.
std::string rule_page(const ws::RuleRow& row, Colour colour);

// One JSON object without a line feed. docs/rules.md names the keys.
std::string rule_json(const ws::RuleRow& row);

// All rules, one line each and at most 80 columns, below a heading.
std::string rule_list(Colour colour);

// A JSON array of what rule_json() says, one rule a line.
std::string rule_list_json();

}  // namespace lastframe::output
