// Upstreams that could not be reached.
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "core/base/words.h"
#include "core/verdict/reasons.h"
#include "core/verdict/sentences.h"

namespace lastframe::verdict {
namespace {

struct ErrorRow {
  std::string_view error;
  Cause cause;
  Confidence confidence;
  std::string_view means;
};

// connect(2), unix(7), ip(7).
constexpr auto kErrors = std::to_array<ErrorRow>({
    {"ECONNREFUSED", Cause::connect_refused, Confidence::certain,
     "The machine is there, and nothing listens at this address and port (or a firewall rejects)."},
    {"ENOENT", Cause::connect_refused, Confidence::certain,
     "There is no such socket file: the service does not run, or uses another path."},
    {"ECONNRESET", Cause::connect_refused, Confidence::likely,
     "The connection was reset as soon as it was made."},
    {"ETIMEDOUT", Cause::connect_timeout, Confidence::certain,
     "No answer came: packets are dropped by a firewall, or the machine is down."},
    {"EHOSTUNREACH", Cause::unreachable, Confidence::certain, "No route leads to the machine."},
    {"ENETUNREACH", Cause::unreachable, Confidence::certain, "No route leads to that network."},
    {"EADDRNOTAVAIL", Cause::ports_exhausted, Confidence::likely,
     "No source port is left for this upstream address: each open or lately closed connection "
     "holds one."},
    {"EAGAIN", Cause::connect_refused, Confidence::likely,
     "The unix socket's backlog is full: the service does not accept fast enough."},
});

std::optional<Cause> cause_of_words(std::string_view error) {
  // getaddrinfo(3) speaks in sentences.
  if (error.contains("name") || error.contains("resol") || error.contains("host")) {
    return Cause::name_not_resolved;
  }
  if (error.contains("time")) return Cause::connect_timeout;
  return std::nullopt;
}

}  // namespace

std::optional<Finding> failed_connect(const Case& facts) {
  const std::string error = facts.report.connect_error.value_or("");
  const std::string upstream(facts.report.texts[session::Text::server].value_or("the upstream"));
  const bool is_sentence = error.contains(' ');
  const std::string tried = fmt::format("Connecting to {} failed{}{}.", printable(upstream),
                                        is_sentence ? ": " : " with ",
                                        error.empty() ? "an unknown error" : printable(error));
  const auto row = std::ranges::find(kErrors, error, &ErrorRow::error);
  if (row != kErrors.end()) {
    Finding found(row->cause, row->confidence, {tried, std::string(row->means)});
    if (row->cause == Cause::connect_refused && upstream.starts_with("unix:")) {
      found.summary = "Nothing takes connections at the upstream's socket file.";
      found.fix =
          "See that the service runs, that it listens on this very path, and that it accepts fast "
          "enough. Then check the upstream in Lastframe's configuration.";
    }
    return found;
  }
  return Finding(cause_of_words(error).value_or(Cause::connect_failed), Confidence::likely,
                 {tried});
}

}  // namespace lastframe::verdict
