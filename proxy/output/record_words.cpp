#include "output/record_words.h"

#include <fmt/chrono.h>
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <ctime>

#include "core/session/privacy.h"
#include "core/ws/utf8.h"

namespace lastframe::output {
namespace {

using session::CloseSeen;
using session::Ending;
using session::SessionReport;

std::string close_words(const CloseSeen& close) {
  return close.code ? fmt::format("Close {}", *close.code) : std::string("an empty Close");
}

std::string end_words(const session::StreamEnd& end) {
  switch (end.how) {
    case session::EndKind::fin:
      return fmt::format("{} ended its stream (FIN)", name(end.endpoint));
    case session::EndKind::reset:
      return fmt::format("{} reset the connection", name(end.endpoint));
    case session::EndKind::timeout:
      return fmt::format("{} was given up after a time-out", name(end.endpoint));
    case session::EndKind::tls_truncated:
      return fmt::format("{} ended its stream without close_notify", name(end.endpoint));
    case session::EndKind::proxy_shutdown:
      return fmt::format("the proxy ended the connection to the {}", name(end.endpoint));
    case session::EndKind::error:
      return fmt::format("the connection to the {} failed", name(end.endpoint));
  }
  return {};
}

std::string wire_view(const SessionReport& report) {
  if (report.ending == Ending::connect_failed) {
    return fmt::format("the upstream could not be reached ({})",
                       report.connect_error.value_or("unknown error"));
  }
  if (report.ending == Ending::handshake_failed) {
    if (report.handshake.status) {
      return fmt::format("the server answered the handshake with {}", *report.handshake.status);
    }
    return "the handshake was not answered";
  }
  const CloseSeen* first = first_close(report);
  if (first == nullptr) {
    if (report.stream_ends.empty()) return "no Close frame, no end of a stream was seen";
    return end_words(report.stream_ends.front()) + " without a Close frame";
  }
  const Endpoint sender =
      report.initiator == session::Initiator::client ? Endpoint::client : Endpoint::server;
  const auto& answer = report.close_frames[index(other(sender))];
  return fmt::format(
      "{} sent {}, {}", name(sender), close_words(*first),
      answer ? fmt::format("{} answered with {}", name(other(sender)), close_words(*answer))
             : fmt::format("{} sent none", name(other(sender))));
}

// What `endpoint` reports: the code of the Close it received, or 1006. A receiver that saw a MUST
// broken, or a code that never stands on the wire, fails the connection instead.
ws::CloseCode code_seen_by(Endpoint endpoint, const SessionReport& report) {
  const auto& received = report.close_frames[index(other(endpoint))];
  const bool is_broken = std::ranges::any_of(report.violations, [&](const ws::Violation& v) {
    return v.side == other(endpoint) && row_of(v.rule).severity == ws::Severity::violation;
  });
  return received && !is_broken ? received->reported : ws::CloseCode::abnormal_closure;
}

}  // namespace

std::string utc_text(WallTime accepted_wall, Moment accepted, Moment at) {
  const WallTime wall = accepted_wall + (at - accepted);
  const auto second = std::chrono::floor<std::chrono::seconds>(wall);
  const std::time_t time = std::chrono::system_clock::to_time_t(second);
  std::tm parts{};
  gmtime_r(&time, &parts);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", parts, (wall - second).count());
}

std::string session_id(std::uint64_t id, unsigned attempt) {
  return attempt > 1 ? fmt::format("{:016x}-{}", id, attempt) : fmt::format("{:016x}", id);
}

std::string shown_reason(std::string_view reason) {
  return session::redact_tokens(ws::with_replacements(reason));
}

Views views_of(const SessionReport& report) {
  const auto number = [](ws::CloseCode code) { return static_cast<unsigned>(code); };
  Views views{.wire = wire_view(report), .browser = {}, .server = {}};
  const ws::CloseCode browser = code_seen_by(Endpoint::client, report);
  const bool was_clean = report.clean && browser != ws::CloseCode::abnormal_closure;
  views.browser = fmt::format("close event {}, wasClean {}", number(browser), was_clean);
  const bool has_opened = report.kind == session::RecordKind::session_end;
  views.server = has_opened
                     ? fmt::format("closed with {}", number(code_seen_by(Endpoint::server, report)))
                     : std::string("never opened");
  return views;
}

}  // namespace lastframe::output
