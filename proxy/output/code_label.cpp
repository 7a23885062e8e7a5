#include "output/code_label.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "core/ws/close_code.h"

namespace lastframe::output {
namespace {

// Of the table's rows those of one code have a meaning of their own; so has 1004, which is
// reserved.
bool is_known(std::uint16_t code) {
  const ws::CloseCodeRow& row = ws::row_of(static_cast<ws::CloseCode>(code));
  return row.first == row.last && row.first >= 1000;
}

}  // namespace

CodeLabels::CodeLabels(std::vector<std::uint16_t> listed) : listed_(std::move(listed)) {
  assert(listed_.size() <= kMostListedCodes);
  std::ranges::sort(listed_);
}

std::string CodeLabels::of(std::uint16_t code) const {
  if (is_known(code) || std::ranges::binary_search(listed_, code)) return std::to_string(code);
  if (code >= 3000 && code <= 3999) return "3xxx";
  if (code >= 4000 && code <= 4999) return "4xxx";
  return "other";
}

}  // namespace lastframe::output
