// A negotiation with a client whose bytes come in parts, as a connection carries it on.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/proxying/negotiation.h"
#include "support/splits.h"

namespace lastframe::test {

struct Negotiated {
  proxying::Negotiation::State state = proxying::Negotiation::State::needs_more;
  std::string answers;  // all of them
  proxying::Destination destination;
  std::string passed_on;
  std::string fault;
  std::string rest;  // the client's own bytes, where it asks

  bool operator==(const Negotiated&) const = default;
};

inline Negotiated negotiated(proxying::Negotiation& negotiation, const Split& split) {
  using State = proxying::Negotiation::State;
  Negotiated all;
  std::string unconsumed;
  for (const std::string_view part : split.parts) {
    unconsumed += part;
    if (all.state != State::needs_more) continue;
    // In memory of its own size, so that a read past its end is found.
    const std::vector<char> copy(unconsumed.begin(), unconsumed.end());
    const auto step = negotiation.take(as_bytes({copy.data(), copy.size()}));
    unconsumed.erase(0, step.consumed);
    all.state = step.state;
    all.answers += step.answer;
    all.destination = step.destination;
    all.passed_on = step.passed_on;
    all.fault = step.fault;
  }
  if (all.state == State::asks) all.rest = unconsumed;
  return all;
}

}  // namespace lastframe::test
