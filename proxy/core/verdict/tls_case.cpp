#include "core/verdict/tls_case.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>

#include "core/verdict/sentences.h"
#include "core/verdict/tls_sentences.h"

namespace lastframe::verdict {
namespace {

using session::TlsFault;
using session::TlsHandling;

const session::TlsLeg& leg_of(const SessionReport& report, Endpoint peer) {
  static const session::TlsLeg kNone{};
  const auto& leg = report.tls[index(peer)];
  return leg ? *leg : kNone;
}

std::int64_t wall_seconds(const SessionReport& report, Moment at) {
  const auto wall = report.accepted_wall.time_since_epoch() + (at - report.accepted);
  return std::chrono::floor<std::chrono::seconds>(wall).count();
}

}  // namespace

TlsCase::TlsCase(const Case& about, const session::TlsFailureSeen& seen)
    : facts(about),
      failure(seen.facts),
      leg(leg_of(about.report, seen.peer)),
      peer(seen.peer),
      now(wall_seconds(about.report, seen.at)) {}

bool TlsCase::has_received(std::initializer_list<std::uint8_t> alerts) const {
  return failure.received && std::ranges::find(alerts, failure.received->number) != alerts.end();
}

bool TlsCase::is_ended() const { return failure.fault == TlsFault::ended || has_farewell(); }

bool TlsCase::is_ended_or_reset() const { return is_ended() || failure.fault == TlsFault::reset; }

bool TlsCase::has_hello() const {
  return !leg.offered_versions.empty() || !leg.offered_ciphers.empty() || !leg.server_name.empty();
}

bool TlsCase::has_answer() const {
  if (leg.version != 0 || failure.is_after_handshake) return true;
  // OpenSSL answers in the step in which it reads the hello.
  return peer == Endpoint::client && !is_passed_through() && has_hello();
}

std::span<const session::CertificateFacts> TlsCase::shown_to_peer() const {
  if (!is_passed_through()) return leg.shown;
  if (peer == Endpoint::server) return {};
  const auto& servers = facts.report.tls[index(Endpoint::server)];
  return servers ? std::span<const session::CertificateFacts>(servers->chain)
                 : std::span<const session::CertificateFacts>{};
}

std::string TlsCase::hello_sender() const {
  return peer == Endpoint::client || is_passed_through() ? "The client" : "This proxy";
}

Party TlsCase::hello_party() const {
  return peer == Endpoint::client || is_passed_through() ? Party::client : Party::operators;
}

Party TlsCase::answer_party() const {
  return peer == Endpoint::server || is_passed_through() ? Party::server : Party::operators;
}

std::string TlsCase::alert_sentence() const {
  return fmt::format("{} sent the alert {}.", the(peer), alert_text(failure.received->number));
}

}  // namespace lastframe::verdict
