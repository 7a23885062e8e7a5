#include "core/session/closing.h"

#include <algorithm>
#include <utility>

namespace lastframe::session {

void Closing::note_close(Endpoint sender, const CloseFound& close, Moment at) {
  if (closes_[index(sender)]) return;
  auto seen = std::make_unique<CloseSeen>();
  seen->reported = ws::reported_code(close.body);
  if (const auto* status = std::get_if<ws::StatusAndReason>(&close.body)) {
    seen->code = static_cast<std::uint16_t>(status->code);
    seen->reason = status->reason;
  }
  seen->frame = close.frame;
  seen->at = at;
  closes_[index(sender)] = std::move(seen);
  if (!first_closer_) first_closer_ = sender;
}

void Closing::note_end(Endpoint endpoint, EndKind how, Moment at) {
  // A stream may end twice: first in order, then by a reset of what was left.
  const bool is_known = std::ranges::any_of(ends_, [&](const StreamEnd& end) {
    return end.endpoint == endpoint && (end.how == how || end.how != EndKind::fin);
  });
  if (!is_known) ends_.push_back({.endpoint = endpoint, .how = how, .at = at});
}

void Closing::note_given_up(Moment at) {
  is_given_up_ = ends_.empty();
  for (const Endpoint endpoint : kEndpoints) {
    if (!has_end(endpoint)) note_end(endpoint, EndKind::timeout, at);
  }
}

bool Closing::has_end(Endpoint endpoint) const {
  return std::ranges::any_of(ends_, [&](const StreamEnd& end) { return end.endpoint == endpoint; });
}

Initiator Closing::initiator() const {
  const auto side = [](Endpoint endpoint) {
    return endpoint == Endpoint::client ? Initiator::client : Initiator::server;
  };
  if (first_closer_) return side(*first_closer_);
  if (ends_.empty()) return Initiator::none;
  if (is_given_up_ || ends_.front().how == EndKind::proxy_shutdown) return Initiator::proxy;
  return side(ends_.front().endpoint);
}

Ending Closing::ending(Cut cut) const {
  const bool has_client_close = closes_[index(Endpoint::client)] != nullptr;
  const bool has_server_close = closes_[index(Endpoint::server)] != nullptr;
  if (has_client_close && has_server_close) return Ending::closing_handshake;
  if (has_client_close || has_server_close) return Ending::close_unanswered;
  if (ends_.empty()) return Ending::fin_without_close;
  switch (ends_.front().how) {
    case EndKind::proxy_shutdown:
      return Ending::proxy_shutdown;
    case EndKind::timeout:
      return Ending::timeout;
    case EndKind::reset:
    case EndKind::error:
      return cut.is_mid_frame ? Ending::reset_mid_frame : Ending::reset;
    case EndKind::fin:
    case EndKind::tls_truncated:
      break;
  }
  if (cut.is_mid_frame) return Ending::fin_mid_frame;
  return cut.is_mid_message ? Ending::fin_mid_message : Ending::fin_without_close;
}

void Closing::conclude(Cut cut, SessionReport& report) const {
  report.initiator = initiator();
  report.ending = ending(cut);
  report.clean = report.ending == Ending::closing_handshake;
  for (const Endpoint endpoint : kEndpoints) {
    const auto& close = closes_[index(endpoint)];
    if (close) report.close_frames[index(endpoint)] = *close;
  }
  report.stream_ends = ends_;
  const CloseSeen* close = first_close(report);
  report.code = close != nullptr ? close->reported : ws::CloseCode::abnormal_closure;
}

}  // namespace lastframe::session
