#include "diff/end_comparison.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>

namespace lastframe::diff {
namespace {

using session::EndKind;

std::string_view words(EndKind how) {
  switch (how) {
    case EndKind::fin:
      return "a FIN";
    case EndKind::reset:
      return "a reset";
    case EndKind::timeout:
      return "a time-out";
    case EndKind::tls_truncated:
      return "a FIN without close_notify";
    case EndKind::proxy_shutdown:
      return "the tap's own shutdown";
    case EndKind::error:
      return "an error";
  }
  return "an error";
}

std::string text_of(const Trace& trace, const std::optional<End>& end) {
  if (!end) return "no end";
  return fmt::format("{}, {:.3f} s after the connection began", words(end->how),
                     seconds_between(trace.accepted, end->at));
}

Kind change_of(EndKind was, EndKind is) {
  if (was == EndKind::reset && is == EndKind::fin) return Kind::reset_became_fin;
  if (was == EndKind::fin && is == EndKind::reset) return Kind::fin_became_reset;
  if (was == EndKind::fin && is == EndKind::tls_truncated) return Kind::close_notify_lost;
  return Kind::end_changed;
}

// A tap's own time-outs and shutdowns say nothing of the hop.
bool is_of_the_wire(EndKind how) { return how != EndKind::proxy_shutdown; }

Finding finding_of_ends(Kind kind, Endpoint endpoint, const Trace& before, const Trace& after) {
  Finding finding = finding_of(kind);
  finding.direction = direction_from(endpoint);
  finding.before.text = text_of(before, before.ends[index(endpoint)]);
  finding.after.text = text_of(after, after.ends[index(endpoint)]);
  return finding;
}

// Whose end each tap saw first tells who began it. The hop stands behind the one tap and before
// the other: where each saw it end, it was the hop.
bool is_ended_by_hop(const Trace& before, const Trace& after) {
  return before.ended_first == Endpoint::server && after.ended_first == Endpoint::client;
}

class Comparison {
 public:
  Comparison(const Trace& before, const Trace& after, std::chrono::microseconds clocks,
             std::chrono::microseconds apart, Findings& findings)
      : before_(before), after_(after), clocks_(clocks), apart_(apart), findings_(findings) {}

  // What `endpoint` did stands at the tap on its side, and is looked for at the other.
  void compare(Endpoint endpoint) {
    const bool is_client = endpoint == Endpoint::client;
    const auto& source = (is_client ? before_ : after_).ends[index(endpoint)];
    const auto& passed_on = (is_client ? after_ : before_).ends[index(endpoint)];
    const Trace& far = is_client ? after_ : before_;
    if (!source || !is_of_the_wire(source->how)) return;
    if (!passed_on) return compare_missing(endpoint, far);
    if (!is_of_the_wire(passed_on->how)) return;
    const Trace& near = is_client ? before_ : after_;
    if (source->how != passed_on->how && !is_same_in_one(endpoint, near, far)) {
      findings_.add(
          finding_of_ends(change_of(source->how, passed_on->how), endpoint, before_, after_));
    }
    compare_times(endpoint, *before_.ends[index(endpoint)], *after_.ends[index(endpoint)]);
  }

 private:
  // A FIN with a reset right behind it, which a hop may see, or pass on, as the reset alone.
  static bool is_same_in_one(Endpoint endpoint, const Trace& near, const Trace& far) {
    const auto resets = [endpoint](const Trace& trace) {
      const auto& end = trace.ends[index(endpoint)];
      return trace.has_left[index(endpoint)] || end->how == EndKind::reset;
    };
    return resets(near) && resets(far);
  }

  void compare_missing(Endpoint endpoint, const Trace& far) {
    if (!far.is_finished) return;
    const auto& other_end = far.ends[index(other(endpoint))];
    // The other side ended its stream by a reset, or both at once: nothing is left to pass on.
    if (other_end && other_end->how != EndKind::fin) return;
    // It closed both directions: what came behind its FIN was answered by a reset.
    if (far.has_left[index(other(endpoint))]) return;
    const bool goes_on = far.ended_first == other(endpoint);
    findings_.add(finding_of_ends(goes_on ? Kind::half_close_lost : Kind::end_missing, endpoint,
                                  before_, after_));
  }

  void compare_times(Endpoint endpoint, const End& at_before, const End& at_after) {
    const auto difference = after_.wall(at_after.at) - before_.wall(at_before.at) - clocks_;
    if (std::chrono::abs(difference) <= apart_) return;
    Finding finding = finding_of_ends(Kind::ended_apart, endpoint, before_, after_);
    const double seconds = std::chrono::duration<double>(difference).count();
    finding.detail =
        seconds > 0 ? fmt::format("the server's side ended {:.3f} s after the client's", seconds)
                    : fmt::format("the client's side ended {:.3f} s after the server's", -seconds);
    findings_.add(std::move(finding));
  }

  const Trace& before_;
  const Trace& after_;
  std::chrono::microseconds clocks_;
  std::chrono::microseconds apart_;
  Findings& findings_;
};

}  // namespace

void compare_ends(const Trace& before, const Trace& after, std::chrono::microseconds clocks,
                  std::chrono::microseconds apart, Findings& findings) {
  if (is_ended_by_hop(before, after)) {
    Finding finding = finding_of(Kind::ended_by_hop);
    finding.before.text =
        fmt::format("the server's side: {}", text_of(before, before.ends[index(Endpoint::server)]));
    finding.after.text =
        fmt::format("the client's side: {}", text_of(after, after.ends[index(Endpoint::client)]));
    findings.add(std::move(finding));
    return;
  }
  Comparison comparison(before, after, clocks, apart, findings);
  for (const Endpoint endpoint : kEndpoints) comparison.compare(endpoint);
}

}  // namespace lastframe::diff
