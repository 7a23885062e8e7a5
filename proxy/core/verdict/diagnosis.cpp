#include "core/verdict/diagnosis.h"

namespace lastframe::verdict {

session::Verdict classify(const session::SessionReport& report,
                          const catalogue::Catalogue& catalogue) {
  static_cast<void>(report);
  const catalogue::CauseRow& row = catalogue[catalogue::Cause::unknown];
  return {.cause = row.id,
          .confidence = catalogue::Confidence::unknown,
          .party = catalogue::Party::unknown,
          .summary = row.summary,
          .evidence = {},
          .candidates = {},
          .fix = row.fix};
}

}  // namespace lastframe::verdict
