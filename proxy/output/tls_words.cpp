#include "output/tls_words.h"

#include <fmt/core.h>

#include <chrono>
#include <string_view>

#include "core/tls/names.h"

namespace lastframe::output {
namespace {

using session::CertificateFault;
using session::TlsFault;

// "the alert unknown_ca", "the alert 99".
std::string alert_words(const session::TlsAlert& alert) {
  const std::string_view name = tls::alert_name(alert.number);
  return name.empty() ? fmt::format("the alert {}", alert.number)
                      : fmt::format("the alert {}", name);
}

std::string certificate_words(std::string_view peer, const session::TlsLeg* leg) {
  const CertificateFault fault = leg != nullptr ? leg->certificate_fault : CertificateFault::none;
  if (fault == CertificateFault::missing) {
    return fmt::format("the {} showed no certificate", peer);
  }
  const bool is_known = fault != CertificateFault::none && fault != CertificateFault::other;
  return fmt::format("the proxy refused the {}'s certificate{}", peer,
                     is_known ? fmt::format(" ({})", name(fault)) : "");
}

std::string fault_words(std::string_view peer, TlsFault fault) {
  switch (fault) {
    case TlsFault::certificate_refused:
    case TlsFault::alert_received:
      break;  // said with their facts
    case TlsFault::version_unsupported:
      return fmt::format("the {} has no TLS version that is allowed here", peer);
    case TlsFault::no_shared_cipher:
      return fmt::format("the {} and the proxy have no cipher in common", peer);
    case TlsFault::no_shared_protocol:
      return fmt::format("the {} and the proxy have no protocol (ALPN) in common", peer);
    case TlsFault::plain_http:
      return fmt::format("the {} speaks HTTP without TLS", peer);
    case TlsFault::not_tls:
      return fmt::format("the {} does not speak TLS", peer);
    case TlsFault::ended:
      return fmt::format("the {} ended its stream in the TLS handshake", peer);
    case TlsFault::reset:
      return fmt::format("the {} reset the connection in the TLS handshake", peer);
    case TlsFault::timed_out:
      return fmt::format("the TLS handshake with the {} took too long", peer);
    case TlsFault::malformed:
      return fmt::format("the {}'s TLS is malformed", peer);
    case TlsFault::no_certificate:
      return fmt::format("the proxy had no certificate for the {}", peer);
    case TlsFault::other:
      break;
  }
  return fmt::format("TLS with the {} failed", peer);
}

}  // namespace

std::string tls_failure_words(const session::SessionReport& report) {
  const session::TlsFailureSeen& failure = *report.tls_failure;
  const std::string_view peer = name(failure.peer);
  const auto& leg = report.tls[index(failure.peer)];
  if (failure.facts.fault == TlsFault::certificate_refused) {
    return certificate_words(peer, leg ? &*leg : nullptr);
  }
  if (failure.facts.fault == TlsFault::alert_received && failure.facts.received) {
    return fmt::format("the {} sent {}", peer, alert_words(*failure.facts.received));
  }
  return fault_words(peer, failure.facts.fault);
}

std::string sent_alert_words(const session::SessionReport& report, Endpoint endpoint) {
  if (!report.tls_failure || report.tls_failure->peer != endpoint) return {};
  const auto& sent = report.tls_failure->facts.sent;
  return sent ? "the proxy sent it " + alert_words(*sent) : std::string();
}

std::optional<std::string> certificate_time(std::int64_t unix_seconds) {
  constexpr std::int64_t kYear1 = -62'135'596'800;
  constexpr std::int64_t kYear10000 = 253'402'300'800;
  if (unix_seconds < kYear1 || unix_seconds >= kYear10000) return std::nullopt;
  const std::chrono::sys_seconds time{std::chrono::seconds(unix_seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

}  // namespace lastframe::output
