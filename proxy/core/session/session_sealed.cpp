// A session whose bytes are TLS between the client and the server: it passes through.
#include <memory>
#include <utility>

#include "core/session/sealed.h"
#include "core/session/session.h"
#include "core/session/tls_privacy.h"

namespace lastframe::session {

// With the client's very first byte. Behind TLS that we terminate, such a byte is no hello to us.
bool Session::begins_sealed(Direction direction, ByteView bytes) const {
  return direction == Direction::client_to_server && Sealed::can_begin(bytes) &&
         watcher_->position(Direction::client_to_server) == 0 &&
         watcher_->position(Direction::server_to_client) == 0 &&
         !(tls_ && tls_->legs[index(Endpoint::client)]);
}

void Session::begin_sealed() {
  phase_ = Phase::sealed;
  has_answer_ = true;
  tls_seen().sealed = std::make_unique<Sealed>();
  watcher_.reset();
}

void Session::watch_sealed(Direction direction, ByteView bytes) {
  Sealed& sealed = *tls_->sealed;
  const bool was_told = sealed.has_plain_answer();
  sealed.take(direction, bytes, now_);
  if (sealed.is_mistaken()) {
    tls_->sealed.reset();
    return become_opaque();
  }
  if (was_told || !sealed.has_plain_answer()) return;
  rule_broken({.rule = ws::Rule::scheme_mismatch, .side = Endpoint::client});
}

void Session::note_sealed_circumstances() {
  if (remembered_ && remembered_->circumstances) return;
  const Sealed& sealed = *tls_->sealed;
  Circumstances seen;
  seen.at = now_;
  for (const Direction direction : kDirections) {
    DirectionState& state = seen.directions[index(direction)];
    state.last_byte_at = sealed.last_byte_at(sender(direction));
    state.bytes = sealed.bytes(sender(direction));
  }
  remembered().circumstances = std::move(seen);
}

void Session::conclude_sealed(SessionReport& report) {
  TlsSeen& seen = *tls_;
  const Sealed& sealed = *seen.sealed;
  report.handshake.opened = sealed.opened();
  for (const Direction direction : kDirections) {
    report.traffic[index(direction)].bytes = sealed.bytes(sender(direction));
  }
  auto legs = sealed.legs();
  for (const Endpoint endpoint : kEndpoints) {
    auto& leg = seen.legs[index(endpoint)];
    if (leg) continue;
    leg = std::make_unique<TlsLeg>(std::move(legs[index(endpoint)]));
    redact(*leg, endpoint);
  }
  if (report.connect_error) return;
  if (!seen.failure) {
    seen.failure = sealed.failure(report);
    seen.is_of_handshake = seen.failure.has_value();
    if (seen.failure) {
      std::string& first_bytes = seen.failure->facts.first_bytes;
      first_bytes = shown_first_bytes(first_bytes, options_.privacy);
    }
  }
  report.is_sealed = !has_tls_failure();
}

}  // namespace lastframe::session
