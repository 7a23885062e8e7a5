// One connection's facts as the reasons ask for them.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/catalogue/catalogue.h"
#include "core/catalogue/recognition.h"
#include "core/session/report.h"

namespace lastframe::verdict {

using session::Circumstances;
using session::CloseSeen;
using session::DirectionState;
using session::RecentMessage;
using session::SessionReport;

// A rule that was broken, and when.
struct Breach {
  const ws::Violation* violation;
  Moment at;
};

struct Case {
  // Both outlive the case.
  Case(const SessionReport& report, const catalogue::Catalogue& catalogue);

  const SessionReport& report;
  const catalogue::Catalogue& rows;

  // Who sent the first Close, else whose stream ended first; none where we ended it, or nobody.
  std::optional<Endpoint> closer;
  const CloseSeen* close;   // the first one; null: none
  const CloseSeen* answer;  // the other side's; null: none
  unsigned code;            // as the record says it: 1005 for an empty body, 1006 for no Close
  Moment began;             // of the end
  double age;               // seconds from the open connection to its end's beginning

  // Seconds without a byte; none where no Circumstances are known.
  std::optional<double> idle;                    // in either direction
  std::array<std::optional<double>, 2> idle_of;  // by the Endpoint that was silent

  // Recognised: in front of this tap (on the client's side), and behind it.
  std::array<std::vector<const catalogue::ProductRow*>, 2> products;  // by Endpoint
  std::vector<const catalogue::ApplicationRow*> applications;

  bool knows(std::string_view product, Endpoint side) const;
  // Recognised on this side, and known to end the stream in place of a Close when it reads what
  // breaks a rule; null: none.
  const catalogue::ProductRow* fails_silently(Endpoint side) const;
  // What `sender` had sent when the end began; null where it is not known.
  const DirectionState* sent_by(Endpoint sender) const;
  // The first MUST that `side` broke within its frames before the end began, or the first message
  // of it that cannot be inflated because another one is missing.
  std::optional<Breach> first_breach(Endpoint side) const;
  // How the closer's (or the first) stream ended.
  std::optional<session::EndKind> end_kind() const;
  catalogue::Party hop_at(Endpoint side) const;
  catalogue::Party party_of(Endpoint side) const;
};

}  // namespace lastframe::verdict
