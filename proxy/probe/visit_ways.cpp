#include "probe/visit_ways.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "core/tls/names.h"
#include "output/tls_words.h"

namespace lastframe::probe {
namespace {

using session::TlsLeg;

Step resolve_step(const Dialled& dialled) {
  Step step{.name = "resolve", .result = StepResult::good, .took = dialled.resolving};
  if (!dialled.resolve_error.empty()) {
    step.result = StepResult::bad;
    step.says = {dialled.resolve_error};
    return step;
  }
  step.says = {fmt::format("{}", fmt::join(dialled.addresses, ", "))};
  return step;
}

Step connect_step(const Dialled& dialled) {
  Step step{.name = "connect"};
  for (const Attempt& attempt : dialled.attempts) {
    step.took += attempt.took;
    const bool is_good = attempt.error.empty();
    step.says.push_back(
        fmt::format("{}: {}", attempt.address, is_good ? "connected" : attempt.error));
    step.result = is_good && dialled.attempts.size() > 1 ? StepResult::odd
                  : is_good                              ? StepResult::good
                                                         : StepResult::bad;
  }
  return step;
}

std::string alert_words(const char* who, const session::TlsAlert& alert) {
  const std::string_view known = tls::alert_name(alert.number);
  return fmt::format("{} sent the alert {}", who,
                     known.empty() ? std::to_string(alert.number) : std::string(known));
}

void note_certificate(const TlsLeg& leg, Step& step) {
  if (leg.chain.empty()) return;
  const session::CertificateFacts& own = leg.chain.front();
  step.says.push_back(
      fmt::format("certificate {}, issued by {}, valid from {} to {}, good for {}{}; {}",
                  own.subject, own.issuer, output::certificate_time(own.not_before).value_or("?"),
                  output::certificate_time(own.not_after).value_or("?"), fmt::join(own.names, ", "),
                  own.name_count > own.names.size() ? ", ..." : "", own.key));
  if (leg.certificate_fault == session::CertificateFault::none) return;
  step.says.push_back(fmt::format("the certificate is not accepted: {} ({})",
                                  name(leg.certificate_fault), leg.certificate_fault_text));
  step.result = std::max(step.result, StepResult::odd);
}

void note_failure(const session::TlsFailure& failure, Step& step) {
  step.result = StepResult::bad;
  std::string says = fmt::format("the handshake failed: {}", name(failure.fault));
  if (!failure.detail.empty()) says += fmt::format(" ({})", failure.detail);
  step.says.push_back(std::move(says));
  if (failure.received) step.says.push_back(alert_words("the server", *failure.received));
  if (failure.sent) step.says.push_back(alert_words("we", *failure.sent));
}

Step tls_step(const Dialled& dialled) {
  Step step{.name = "tls"};
  if (!is_connected(dialled)) return step;
  step.took = dialled.securing;
  step.result = StepResult::good;
  if (dialled.tls && dialled.tls->version != 0) {
    const TlsLeg& leg = *dialled.tls;
    step.says.push_back(fmt::format("{}, {}{}", tls::version_name(leg.version), leg.cipher,
                                    leg.alpn.empty() ? ", no ALPN" : ", ALPN " + leg.alpn));
  }
  if (dialled.tls) note_certificate(*dialled.tls, step);
  if (dialled.tls_failure) note_failure(*dialled.tls_failure, step);
  return step;
}

}  // namespace

std::vector<Step> way_steps(const Target& target, const Dialled& dialled) {
  std::vector<Step> steps{resolve_step(dialled), connect_step(dialled)};
  if (target.is_tls) steps.push_back(tls_step(dialled));
  return steps;
}

}  // namespace lastframe::probe
