#include "core/session/closing.h"

#include <algorithm>
#include <utility>

namespace lastframe::session {

Closing::Seen& Closing::seen() {
  if (!seen_) seen_ = std::make_unique<Seen>();
  return *seen_;
}

void Closing::note_close(Endpoint sender, const CloseFound& found, Moment at) {
  if (has_close(sender)) return;
  auto close = std::make_unique<CloseSeen>();
  close->reported = ws::reported_code(found.body);
  if (const auto* status = std::get_if<ws::StatusAndReason>(&found.body)) {
    close->code = static_cast<std::uint16_t>(status->code);
    close->reason = status->reason;
  }
  close->frame = found.frame;
  close->at = at;
  seen().closes[index(sender)] = std::move(close);
  if (!seen().first_closer) seen().first_closer = sender;
}

void Closing::note_end(const StreamEnded& ended, Moment at) {
  // A stream may end twice: first in order, then by a reset of what was left.
  auto& ends = seen().ends;
  const bool is_known = std::ranges::any_of(ends, [&](const StreamEnd& end) {
    return end.endpoint == ended.endpoint && (end.how == ended.how || end.how != EndKind::fin);
  });
  if (is_known) return;
  ends.push_back(
      {.endpoint = ended.endpoint, .how = ended.how, .at = at, .http2_error = ended.http2_error});
}

void Closing::note_given_up(Moment at) {
  seen().is_given_up = seen().ends.empty();
  for (const Endpoint endpoint : kEndpoints) {
    if (!has_end(endpoint)) note_end({.endpoint = endpoint, .how = EndKind::timeout}, at);
  }
}

bool Closing::has_end(Endpoint endpoint) const {
  return seen_ && std::ranges::any_of(
                      seen_->ends, [&](const StreamEnd& end) { return end.endpoint == endpoint; });
}

Initiator Closing::initiator() const {
  const auto side = [](Endpoint endpoint) {
    return endpoint == Endpoint::client ? Initiator::client : Initiator::server;
  };
  if (seen_ && seen_->first_closer) return side(*seen_->first_closer);
  const StreamEnd* end = first_end();
  if (end == nullptr) return Initiator::none;
  if (seen_->is_given_up || end->how == EndKind::proxy_shutdown) return Initiator::proxy;
  return side(end->endpoint);
}

Ending Closing::ending(Cut cut) const {
  const bool has_client_close = has_close(Endpoint::client);
  const bool has_server_close = has_close(Endpoint::server);
  if (has_client_close && has_server_close) return Ending::closing_handshake;
  if (has_client_close || has_server_close) return Ending::close_unanswered;
  const StreamEnd* end = first_end();
  if (end == nullptr) return Ending::fin_without_close;
  switch (end->how) {
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
    if (has_close(endpoint)) report.close_frames[index(endpoint)] = *seen_->closes[index(endpoint)];
  }
  if (seen_) report.stream_ends = seen_->ends;
  const CloseSeen* close = first_close(report);
  report.code = close != nullptr ? close->reported : ws::CloseCode::abnormal_closure;
}

}  // namespace lastframe::session
