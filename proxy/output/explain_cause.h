// `lastframe explain idle_timeout`: a cause as a page and as JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "output/colour.h"
#include "output/known_code.h"
#include "output/wording.h"

namespace lastframe::output {

// The rows of other lists that belong to a cause: time-outs and limits that lead to it, reason
// texts and application codes that say it. Points into the catalogue.
struct CauseRows {
  std::vector<const catalogue::TimeoutRow*> timeouts;
  std::vector<const catalogue::LimitRow*> limits;
  std::vector<const catalogue::ReasonRow*> reasons;
  std::vector<ApplicationMeaning> applications;
};
CauseRows rows_of(const catalogue::Catalogue& rows, const catalogue::CauseRow& cause);

std::string cause_page(const catalogue::CauseRow& cause, const Wording& wording, Colour colour);

// One JSON object without a line feed; docs/explain.md names the keys. `rule`: the JSON of the rule
// that has the same name, or "".
std::string cause_json(const catalogue::CauseRow& cause, const Wording& wording,
                       std::string_view rule = {});

// All causes, one line each; and as a JSON array, one a line.
std::string cause_list(const Wording& wording, Colour colour);
std::string cause_list_json(const Wording& wording);

}  // namespace lastframe::output
