#include "core/verdict/case.h"

#include <algorithm>
#include <utility>

#include "core/ws/rule_table.h"

namespace lastframe::verdict {
namespace {

using session::Text;

std::optional<Endpoint> closer_of(const SessionReport& report) {
  switch (report.initiator) {
    case session::Initiator::client:
      return Endpoint::client;
    case session::Initiator::server:
      return Endpoint::server;
    case session::Initiator::proxy:
    case session::Initiator::none:
      break;
  }
  return std::nullopt;
}

Moment began_of(const SessionReport& report, const CloseSeen* close) {
  if (close != nullptr) return close->at;
  return report.stream_ends.empty() ? report.ended : report.stream_ends.front().at;
}

// A lost message breaks no rule of its sender; what is compressed behind it can be read no more.
bool may_fail_connection(ws::Rule rule) {
  return row_of(rule).severity == ws::Severity::violation || rule == ws::Rule::deflate_context_lost;
}

}  // namespace

Case::Case(const SessionReport& facts, const catalogue::Catalogue& catalogue)
    : report(facts),
      rows(catalogue),
      closer(closer_of(facts)),
      close(first_close(facts)),
      answer(nullptr),
      code(static_cast<unsigned>(facts.code)),
      began(began_of(facts, close)),
      age(seconds_between(facts.handshake.opened.value_or(facts.accepted), began)) {
  if (const auto first = first_closer(facts)) {
    const auto& second = facts.close_frames[index(other(*first))];
    if (second) answer = &*second;
  }
  if (facts.circumstances) {
    const Moment opened = facts.handshake.opened.value_or(facts.accepted);
    Moment last = opened;
    for (const Direction direction : kDirections) {
      const auto& at = facts.circumstances->directions[index(direction)].last_byte_at;
      const Moment silent_since = std::max(opened, at.value_or(opened));
      idle_of[index(sender(direction))] = seconds_between(silent_since, began);
      last = std::max(last, silent_since);
    }
    idle = seconds_between(last, began);
  }
  const auto text = [&](Text which) { return facts.texts[which].value_or(""); };
  const catalogue::HandshakeWords words{.host = text(Text::host),
                                        .path = text(Text::path),
                                        .subprotocol = text(Text::subprotocol),
                                        .request_products = text(Text::request_products),
                                        .response_products = text(Text::response_products)};
  auto path = path_knowledge(catalogue, words);
  products = {std::move(path.in_front), std::move(path.behind)};
  applications = applications_of(catalogue, words);
}

bool Case::knows(std::string_view product, Endpoint side) const {
  return std::ranges::any_of(products[index(side)],
                             [&](const auto* row) { return row->id == product; });
}

const catalogue::ProductRow* Case::fails_silently(Endpoint side) const {
  for (const catalogue::ProductRow* product : products[index(side)]) {
    if (product->habits.fails_without_close) return product;
  }
  return nullptr;
}

const DirectionState* Case::sent_by(Endpoint sender) const {
  if (!report.circumstances) return nullptr;
  return &report.circumstances->directions[index(direction_from(sender))];
}

std::optional<Breach> Case::first_breach(Endpoint side) const {
  for (std::size_t i = 0; i < report.violations.size(); ++i) {
    const ws::Violation& violation = report.violations[i];
    if (violation.side != side || violation.frame == 0) continue;
    if (!may_fail_connection(violation.rule)) continue;
    // An answer comes when all is decided, be it so fast that no clock tells the two apart.
    if (side != closer && answer != nullptr && violation.frame >= answer->frame) {
      return std::nullopt;
    }
    const Moment at = i < report.violation_moments.size() ? report.violation_moments[i] : began;
    if (at > began) return std::nullopt;
    return Breach{.violation = &violation, .at = at};
  }
  return std::nullopt;
}

std::optional<session::EndKind> Case::end_kind() const {
  if (report.stream_ends.empty()) return std::nullopt;
  for (const session::StreamEnd& end : report.stream_ends) {
    if (end.endpoint == closer) return end.how;
  }
  return report.stream_ends.front().how;
}

catalogue::Party Case::hop_at(Endpoint side) const {
  return side == Endpoint::client ? catalogue::Party::hop_before : catalogue::Party::hop_behind;
}

catalogue::Party Case::party_of(Endpoint side) const {
  return side == Endpoint::client ? catalogue::Party::client : catalogue::Party::server;
}

}  // namespace lastframe::verdict
