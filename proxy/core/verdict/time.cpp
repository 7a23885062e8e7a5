// Ends that a clock made: idle time-outs, lifetimes, and state that was dropped in silence.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "core/verdict/reasons.h"
#include "core/verdict/sentences.h"
#include "core/verdict/timers.h"

namespace lastframe::verdict {
namespace {

using catalogue::Role;
using catalogue::TimeoutKind;
using session::Share;

// A shorter silence is no sign of a timer, but where many have it in common, or a hop is there that
// somebody may have set so (kShortestCustom).
constexpr double kShortestIdle = 4.9;    // seconds
constexpr double kShortestSilence = 60;  // that a flow's state does not survive
constexpr double kReactionOfPath = 2;    // a reset comes within a round trip or so
constexpr double kShortestSpeech = 0.5;  // between the opening and the last byte of a side
constexpr std::size_t kMostCandidates = 8;

// Three equal times are no accident where they are at least half of what was seen.
bool is_cluster(const Share& share) {
  return share.matching >= 3 && share.matching * 2 >= share.of;
}

// A Close of any other code was sent for a reason of its own.
bool may_be_timer(const Case& facts) {
  if (!facts.closer) return false;
  if (facts.close == nullptr) {
    const auto how = facts.end_kind();
    return how == session::EndKind::fin || how == session::EndKind::reset ||
           how == session::EndKind::tls_truncated;
  }
  return facts.code == 1000 || facts.code == 1001 || facts.code == 1005 || facts.code == 1006 ||
         facts.code == 1008 || facts.code == 1011;
}

void add_candidates(const std::vector<TimerMatch>& matches, Finding& found) {
  for (const TimerMatch& match : matches) {
    if (found.candidates.size() == kMostCandidates) return;
    found.may_be(candidate_text(match));
  }
}

// A library's own timer is set at its endpoint, a hop's at the hop.
void blame_timer_of(const Case& facts, const TimerMatch& match, Finding& found) {
  const bool is_library = match.product != nullptr && (match.product->role == Role::server ||
                                                       match.product->role == Role::client);
  found.acts(is_library ? facts.party_of(*facts.closer) : facts.hop_at(*facts.closer));
}

void say_fixes(const std::vector<TimerMatch>& matches, std::string_view general, Finding& found) {
  if (matches.empty() || matches.front().row->fix.empty()) return;
  const TimerMatch& best = matches.front();
  if (!best.is_on_path && matches.size() > 1) return;
  const std::string_view product =
      best.product != nullptr ? best.product->name : std::string_view(best.row->product);
  found.fix =
      fmt::format("{} ({}): {}", product,
                  best.is_on_path ? "on the path" : "the only one known that fits", best.row->fix);
  if (!general.empty()) found.fix += fmt::format(" {}", general);
}

std::string end_sentence(const Case& facts) {
  if (facts.close != nullptr) return "sent " + close_text(facts.code);
  // Of a sealed connection nobody knows whether a Close passed.
  return fmt::format("{}{}", end_verb(facts.end_kind().value_or(session::EndKind::fin)),
                     facts.report.is_sealed ? "" : " without a Close");
}

void say_hops(const Case& facts, Finding& found) {
  const Endpoint side = *facts.closer;
  std::string names;
  for (const auto* product : facts.products[index(side)]) {
    if (product->role == Role::client || product->role == Role::server) continue;
    names += (names.empty() ? "" : ", ") + product->name;
  }
  if (names.empty()) return;
  found.says(fmt::format("The {} names {} on that side.",
                         side == Endpoint::client ? "request" : "answer", names));
}

bool has_hop(const Case& facts) {
  return std::ranges::any_of(facts.products[index(*facts.closer)], [](const auto* product) {
    return product->role == Role::proxy || product->role == Role::service;
  });
}

// What the end would be called if no timer made it.
Cause without_timer(const Case& facts) {
  if (facts.report.is_sealed) return Cause::sealed;
  const bool is_client = *facts.closer == Endpoint::client;
  if (facts.close == nullptr) return is_client ? Cause::client_gone : Cause::server_crashed;
  switch (facts.code) {
    case 1001:
      return is_client ? Cause::client_left : Cause::server_shutdown;
    case 1005:
      return Cause::closed_without_status;
    case 1008:
      return Cause::policy_violation;
    case 1011:
      return Cause::server_error;
    default:
      return Cause::normal_closure;
  }
}

struct IdleTime {
  double seconds;
  Share share;
  std::string_view of;  // whose silence: "in either direction"
};

std::string_view silence_of(const catalogue::TimeoutRow& timer) {
  switch (timer.counts) {
    case catalogue::Counts::either:
      return "in either direction";
    case catalogue::Counts::client:
      return "from the client";
    case catalogue::Counts::server:
      return "from the server";
  }
  return "";
}

// The silence that most other closes have in common with this one.
IdleTime best_idle(const Case& facts) {
  const session::KnownPatterns& known = facts.report.patterns;
  const Endpoint closer = *facts.closer;
  IdleTime best{*facts.idle, known.same_idle, "in either direction"};
  const auto consider = [&](Endpoint silent, const Share& share) {
    const auto& seconds = facts.idle_of[index(silent)];
    // Who never sent a byte was silent for as long as the connection lived: that is its age.
    if (!seconds || facts.age - *seconds < kShortestSpeech || *seconds < kShortestCustom ||
        share.matching <= best.share.matching)
      return;
    best = {*seconds, share, silent == Endpoint::client ? "from the client" : "from the server"};
  };
  consider(closer, known.same_idle_of_side);
  consider(other(closer), known.same_idle_of_other);
  return best;
}

}  // namespace

std::optional<Finding> idle_limit(const Case& facts) {
  if (!may_be_timer(facts) || !facts.idle) return std::nullopt;
  const auto matches = matching_timers(facts, TimeoutKind::idle);
  const IdleTime idle = best_idle(facts);
  // Clients leave, and applications close, a few seconds after their last word: no timer of a hop.
  const bool may_be_short =
      facts.close == nullptr && (*facts.closer == Endpoint::server || has_hop(facts));
  const bool is_shared =
      is_cluster(idle.share) && idle.seconds >= (may_be_short ? kShortestCustom : kShortestIdle);
  const bool is_timed = !matches.empty() && matches.front().measured >= kShortestIdle;
  const bool is_on_path = is_timed && matches.front().is_on_path;
  const bool is_custom = facts.close == nullptr && has_hop(facts) &&
                         *facts.idle >= kShortestCustom && is_round(*facts.idle);
  if (!is_shared && !is_timed && !is_custom) return std::nullopt;
  // A code that means something else needs more than one fitting timer somewhere in the world.
  const bool is_weak = !is_shared && !is_on_path;
  if (is_weak && facts.close != nullptr && !matches.front().row->is_default) return std::nullopt;
  // A lifetime is told only by a hop on the path or by many connections: more than this has.
  if (is_weak && verdict::lifetime_limit(facts)) return std::nullopt;
  Finding found(Cause::idle_timeout, is_weak ? Confidence::possible : Confidence::likely);
  found.acts(facts.hop_at(*facts.closer));
  if (is_timed) blame_timer_of(facts, matches.front(), found);
  const bool is_of_timer = is_timed && !is_shared;
  found.says(fmt::format("{} {} {} after the last byte {}.", the(*facts.closer),
                         end_sentence(facts),
                         time_text(is_of_timer ? matches.front().measured : idle.seconds),
                         is_of_timer ? silence_of(*matches.front().row) : idle.of));
  if (is_shared) {
    found.says(
        fmt::format("{} of {} closes like this one, of this upstream and side, came at {} "
                    "idle.",
                    idle.share.matching, idle.share.of, time_text(idle.seconds)));
  }
  say_hops(facts, found);
  if (is_timed) {
    found.says(fmt::format("{} known time-out{} this time.", matches.size(),
                           matches.size() == 1 ? " fits" : "s fit"));
  } else if (is_custom) {
    found.says("It is no default that is known, but a whole number of seconds, as timers are set.");
  }
  add_candidates(matches, found);
  if (is_weak) {
    found.may_be(without_timer(facts));
  }
  say_fixes(matches, facts.rows[Cause::idle_timeout].fix, found);
  return found;
}

std::optional<Finding> lifetime_limit(const Case& facts) {
  if (!may_be_timer(facts) || facts.code == 1008) return std::nullopt;
  const auto matches = matching_timers(facts, TimeoutKind::lifetime);
  const Share& share = facts.report.patterns.same_age;
  const bool is_shared = is_cluster(share) && facts.age >= kShortestIdle;
  const bool is_on_path = !matches.empty() && matches.front().is_on_path;
  if (!is_shared && !is_on_path) return std::nullopt;
  Finding found(Cause::lifetime_limit, Confidence::likely);
  found.acts(facts.hop_at(*facts.closer));
  if (!matches.empty()) blame_timer_of(facts, matches.front(), found);
  found.says(
      fmt::format("{} {} {} after the connection had opened{}.", the(*facts.closer),
                  end_sentence(facts), time_text(facts.age),
                  facts.idle && *facts.idle < kShortestIdle ? ", in the middle of traffic" : ""));
  if (is_shared) {
    found.says(
        fmt::format("{} of {} closes like this one, of this upstream and side, came at the "
                    "age of {}.",
                    share.matching, share.of, time_text(facts.age)));
  }
  say_hops(facts, found);
  add_candidates(matches, found);
  say_fixes(matches, facts.rows[Cause::lifetime_limit].fix, found);
  return found;
}

// The first bytes after a long silence met a hop that had forgotten the connection.
std::optional<Finding> stale_flow(const Case& facts) {
  if (facts.close != nullptr || !facts.closer || !facts.report.circumstances) return std::nullopt;
  const auto& silence = facts.report.circumstances->silence;
  if (facts.end_kind() != session::EndKind::reset || !silence) return std::nullopt;
  const double length = std::chrono::duration<double>(silence->length).count();
  const bool is_towards_closer = sender(silence->by) == other(*facts.closer);
  if (!is_towards_closer || length < kShortestSilence ||
      seconds_between(silence->ended, facts.began) > kReactionOfPath) {
    return std::nullopt;
  }
  Finding found(Cause::stale_flow, length >= 300 ? Confidence::likely : Confidence::possible);
  found.says(
      fmt::format("After {} without a byte the {} sent data, and {} later the {}'s side "
                  "reset the connection.",
                  time_text(length), name(other(*facts.closer)),
                  time_text(facts.began - silence->ended), name(*facts.closer)));
  found.says(
      "A hop that has forgotten a connection answers its next packet with a reset; the "
      "silence itself shows nothing.");
  say_hops(facts, found);
  for (const catalogue::TimeoutRow& row : facts.rows.timeouts) {
    const double after = seconds_of(row);
    if (row.kind != TimeoutKind::silent || after > length + 1) continue;
    const TimerMatch match{.row = &row,
                           .product = facts.rows.product(row.product),
                           .measured = length,
                           .is_on_path = facts.knows(row.product, *facts.closer)};
    found.may_be(candidate_text(match));
  }
  found.may_be(*facts.closer == Endpoint::server ? Cause::server_crashed : Cause::client_gone);
  return found;
}

}  // namespace lastframe::verdict
