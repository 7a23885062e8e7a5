// What a session keeps of the TLS on its legs, and what is said where it failed.
#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "core/session/sealed.h"
#include "core/session/session.h"
#include "core/session/tls_privacy.h"
#include "core/tls/names.h"

namespace lastframe::session {
namespace {

constexpr std::uint8_t kCloseNotify = tls::alert_number("close_notify");  // RFC 8446 section 6.1

// From the end of the handshake.
constexpr std::chrono::milliseconds kSilentRefusal{500};

// Whether the handshake ended because we decided so. All other faults are the peer's own doing, or
// leave us no choice.
bool is_refused_by_us(TlsFault fault) {
  switch (fault) {
    case TlsFault::certificate_refused:
    case TlsFault::no_certificate:
    case TlsFault::timed_out:
      return true;
    case TlsFault::alert_received:
    case TlsFault::version_unsupported:
    case TlsFault::no_shared_cipher:
    case TlsFault::no_shared_protocol:
    case TlsFault::plain_http:
    case TlsFault::not_tls:
    case TlsFault::ended:
    case TlsFault::reset:
    case TlsFault::malformed:
    case TlsFault::other:
      break;
  }
  return false;
}

Initiator initiator_of(const SessionReport& report, const TlsFailureSeen& failure) {
  if (is_refused_by_us(failure.facts.fault)) return Initiator::proxy;
  // What we end behind a failure follows from it.
  const auto end = std::ranges::find_if(report.stream_ends, [&](const StreamEnd& each) {
    return each.how != EndKind::proxy_shutdown || each.at < failure.at;
  });
  const bool is_any = end != report.stream_ends.end();
  if (is_any && end == report.stream_ends.begin()) return report.initiator;
  const Endpoint side = is_any ? end->endpoint : failure.peer;
  return side == Endpoint::client ? Initiator::client : Initiator::server;
}

}  // namespace

Session::TlsSeen& Session::tls_seen() {
  if (!tls_) tls_ = std::make_unique<TlsSeen>();
  return *tls_;
}

void Session::tls_established(const TlsEstablished& event) {
  auto& leg = tls_seen().legs[index(event.peer)];
  leg = std::make_unique<TlsLeg>(*event.leg);
  redact(*leg, event.peer);
  // A connection may live for days: what explains only a failed handshake is not kept.
  leg->offered_ciphers = {};
  if (event.peer == Endpoint::client && leg->handling == TlsHandling::intercepted) {
    tls_->intercepted_at = now_;
    tls_->intercepted_bytes = event.bytes_from_peer;
  }
  if (leg->certificate_fault != CertificateFault::none || leg->chain.size() < 2) return;
  leg->chain = std::vector<CertificateFacts>{std::move(leg->chain.front())};
}

// curl and others compare keys and names once TLS has done its part: what they do not like ends
// behind a whole handshake, at once and without a word. Connections that browsers open in advance
// end so as well, but are kept for longer.
void Session::note_silent_refusal(const StreamEnded& end) {
  if (!tls_ || !tls_->intercepted_at || tls_->failure) return;
  const bool is_fin = end.how == EndKind::fin;
  const bool is_own_end = is_fin || end.how == EndKind::tls_truncated || end.how == EndKind::reset;
  if (end.endpoint != Endpoint::client || !is_own_end || phase_ != Phase::http) return;
  for (const Direction direction : kDirections) {
    if (watcher_->position(direction) > 0) return;
  }
  if (now_ - *tls_->intercepted_at > kSilentRefusal) return;
  TlsFailure failure{.fault = end.how == EndKind::reset ? TlsFault::reset : TlsFault::ended,
                     .bytes_from_peer = tls_->intercepted_bytes,
                     .is_after_handshake = true};
  if (is_fin) failure.received = TlsAlert{.number = kCloseNotify, .is_fatal = false};
  tls_->failure = TlsFailureSeen{.peer = Endpoint::client, .facts = std::move(failure), .at = now_};
  tls_->is_of_handshake = true;
}

void Session::tls_failed(const TlsFailed& event) {
  TlsSeen& seen = tls_seen();
  if (seen.failure) return;
  auto& leg = seen.legs[index(event.peer)];
  leg = std::make_unique<TlsLeg>(*event.leg);
  redact(*leg, event.peer);
  seen.failure = TlsFailureSeen{.peer = event.peer, .facts = *event.failure, .at = now_};
  std::string& first_bytes = seen.failure->facts.first_bytes;
  first_bytes = shown_first_bytes(first_bytes, options_.privacy);
  // In TLS 1.3 a side may refuse when the other believes the handshake to be over, but never
  // behind its own first byte.
  const bool has_spoken =
      phase_ != Phase::http || watcher_->position(direction_from(event.peer)) > 0;
  seen.is_of_handshake = !event.failure->is_after_handshake || !has_spoken;
  if (event.peer == Endpoint::client && event.failure->fault == TlsFault::plain_http) {
    rule_broken({.rule = ws::Rule::scheme_mismatch, .side = Endpoint::client});
  }
}

// A connection that has opened, or whose upgrade was answered, did not fail for its TLS.
bool Session::has_tls_failure() const {
  return tls_ && tls_->failure && tls_->is_of_handshake && phase_ != Phase::frames && !outcome_;
}

// The same as report() says by its kind.
ConnectionResult Session::result() const {
  if (!has_record()) return ConnectionResult::other;
  if (last_facts_ && last_facts_->connect_error) return ConnectionResult::connect_failed;
  if (is_handshake_complete()) {
    return phase_ == Phase::sealed ? ConnectionResult::sealed : ConnectionResult::websocket;
  }
  return has_tls_failure() ? ConnectionResult::tls_failed : ConnectionResult::handshake_failed;
}

bool Session::has_record() const {
  if (last_facts_ && last_facts_->connect_error) return true;
  if (phase_ == Phase::frames || phase_ == Phase::sealed || attempt_) return true;
  // A client that says not one byte is a scan of ports or a health check: as with plain text, that
  // leaves no record.
  const auto is_silent = [](const TlsFailureSeen& failure) {
    return failure.peer == Endpoint::client && failure.facts.bytes_from_peer == 0;
  };
  return has_tls_failure() && !is_silent(*tls_->failure);
}

void Session::fill_in_tls(SessionReport& report) const {
  if (!tls_) return;
  for (const Endpoint endpoint : kEndpoints) {
    if (const auto& leg = tls_->legs[index(endpoint)]) report.tls[index(endpoint)] = *leg;
  }
  report.tls_failure = tls_->failure;
}

void Session::fill_in_tls_failure(SessionReport& report) const {
  report.kind = RecordKind::tls_failed;
  report.ending = Ending::tls_failed;
  report.code = ws::CloseCode::tls_handshake_failure;
  // Of what passes through we end nothing because of it: as ever, the streams tell.
  if (phase_ == Phase::sealed) return;
  report.initiator = initiator_of(report, *tls_->failure);
}

}  // namespace lastframe::session
