#include "core/verdict/diagnosing_observer.h"

#include <utility>

#include "core/verdict/diagnosis.h"

namespace lastframe::verdict {

void DiagnosingObserver::on_session_end(session::SessionReport report) {
  if (report.catalogue) report.verdict = classify(report, *report.catalogue);
  report.catalogue.reset();
  next().on_session_end(std::move(report));
}

}  // namespace lastframe::verdict
