#include "output/record_words.h"

#include <fmt/core.h>

#include <chrono>

#include "core/session/privacy.h"
#include "core/session/seen_code.h"
#include "core/ws/utf8.h"
#include "output/tls_words.h"

namespace lastframe::output {
namespace {

using session::CloseSeen;
using session::Ending;
using session::SessionReport;

std::string close_words(const CloseSeen& close) {
  if (close.code) return "Close " + std::to_string(*close.code);
  return close.reported == ws::CloseCode::no_status_received ? "an empty Close"
                                                             : "a Close with half a code";
}

std::string end_words(const session::StreamEnd& end) {
  if (!end.http2_error.empty()) {
    return fmt::format("{} {} (HTTP/2 {})", name(end.endpoint),
                       end.how == session::EndKind::reset ? "reset the stream" : "ended its stream",
                       end.http2_error);
  }
  switch (end.how) {
    case session::EndKind::fin:
      return fmt::format("{} ended its stream (FIN)", name(end.endpoint));
    case session::EndKind::reset:
      return fmt::format("{} reset the connection", name(end.endpoint));
    case session::EndKind::timeout:
      return fmt::format("{} was given up after a time-out", name(end.endpoint));
    case session::EndKind::tls_truncated:
      return fmt::format("{} ended its stream (FIN, no close_notify)", name(end.endpoint));
    case session::EndKind::proxy_shutdown:
      return fmt::format("the proxy ended the connection to the {}", name(end.endpoint));
    case session::EndKind::error:
      return fmt::format("the connection to the {} failed", name(end.endpoint));
  }
  return {};
}

std::string wire_view(const SessionReport& report) {
  if (report.ending == Ending::tls_failed && report.tls_failure) return tls_failure_words(report);
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
    if (report.stream_ends.empty()) {
      return report.is_sealed ? "TLS passed without its keys; no end of a stream was seen"
                              : "no Close frame, no end of a stream was seen";
    }
    const std::string end = end_words(report.stream_ends.front());
    return report.is_sealed ? "TLS passed without its keys; " + end
                            : end + " without a Close frame";
  }
  const Endpoint sender = *first_closer(report);
  const auto& answer = report.close_frames[index(other(sender))];
  std::string words(name(sender));
  words.append(" sent ").append(close_words(*first)).append(", ").append(name(other(sender)));
  return answer ? words.append(" answered with ").append(close_words(*answer))
                : words.append(" sent none");
}

std::string browser_view(const SessionReport& report) {
  const ws::CloseCode code = code_seen_by(Endpoint::client, report);
  const bool was_clean = report.clean && code != ws::CloseCode::abnormal_closure;
  return fmt::format("close event {}, wasClean {}", static_cast<unsigned>(code), was_clean);
}

std::string server_view(const SessionReport& report) {
  // A server that has sent a 101 has opened the connection, whatever the client made of it.
  const bool has_opened = report.kind == session::RecordKind::session_end ||
                          report.handshake.outcome == session::HandshakeOutcome::failed;
  if (!has_opened) return "never opened";
  return fmt::format("closed with {}",
                     static_cast<unsigned>(code_seen_by(Endpoint::server, report)));
}

void add(std::string& view, std::string_view more) {
  if (!more.empty()) view.append("; ").append(more);
}

}  // namespace

std::string utc_text(WallTime accepted_wall, Moment accepted, Moment at) {
  const WallTime wall = accepted_wall + (at - accepted);
  const auto day = std::chrono::floor<std::chrono::days>(wall);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(wall - day);
  std::string text = "0000-00-00T00:00:00.000000Z";
  const auto put = [&text](std::size_t end, std::int64_t value) {
    for (; value > 0; value /= 10) text[--end] = static_cast<char>('0' + value % 10);
  };
  put(4, static_cast<int>(date.year()));
  put(7, static_cast<unsigned>(date.month()));
  put(10, static_cast<unsigned>(date.day()));
  put(13, time.hours().count());
  put(16, time.minutes().count());
  put(19, time.seconds().count());
  put(26, time.subseconds().count());
  return text;
}

std::string session_id(std::uint64_t id, unsigned attempt) {
  std::string text = "0000000000000000";
  for (std::size_t end = text.size(); id > 0; id >>= 4) text[--end] = "0123456789abcdef"[id & 0xFu];
  return attempt > 1 ? text + "-" + std::to_string(attempt) : text;
}

std::string shown_reason(std::string_view reason) {
  return session::redact_tokens(ws::with_replacements(reason));
}

Views views_of(const SessionReport& report) {
  constexpr std::string_view kSealed = "not known: a Close would have passed within TLS";
  Views views{.wire = wire_view(report),
              .browser = report.is_sealed ? std::string(kSealed) : browser_view(report),
              .server = report.is_sealed ? std::string(kSealed) : server_view(report)};
  add(views.browser, sent_alert_words(report, Endpoint::client));
  add(views.server, sent_alert_words(report, Endpoint::server));
  if (report.verdict) add(views.server, report.verdict->server_log);
  return views;
}

}  // namespace lastframe::output
