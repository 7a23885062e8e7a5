#include "core/verdict/keepalive.h"

#include <fmt/core.h>

#include <algorithm>

#include "core/verdict/reasons.h"
#include "core/verdict/sentences.h"

namespace lastframe::verdict {
namespace {

using session::PingCounts;
using session::TextHeartbeats;

// A Ping that waits for less than this has not been given up.
constexpr std::chrono::seconds kShortestPatience{4};

// Browsers let the timers of a page in the background fire once a minute.
constexpr std::chrono::seconds kThrottledLeast{45};
constexpr std::chrono::seconds kThrottledMost{90};

const PingCounts* pings_of(const Case& facts, Endpoint pinger) {
  const auto& pings = facts.report.pings[index(pinger)];
  return pings ? &*pings : nullptr;
}

const TextHeartbeats* heartbeats_of(const Case& facts, Endpoint sender) {
  if (!facts.report.circumstances) return nullptr;
  const auto& heartbeats = facts.report.circumstances->heartbeats[index(sender)];
  return heartbeats ? &*heartbeats : nullptr;
}

// Signs that the path, and not the other endpoint, is at fault.
void say_transport(const Case& facts, Endpoint side, Finding& found) {
  const auto& transport = facts.report.transport[index(side)];
  if (!transport) return;
  if (transport->retransmits == 0 && transport->unacked_bytes == 0) return;
  found.says(
      fmt::format("On the {}'s leg {} and {} not acknowledged: the path to it was bad or "
                  "gone.",
                  name(side), count_text(transport->retransmits, "retransmission"),
                  size_text(transport->unacked_bytes) + " were"));
  found.acts(Party::network).may_be(Cause::path_lost);
}

// The same for heartbeats in text messages. False: none is known here.
bool judge_text_heartbeats(const Case& facts, Finding& found) {
  const Endpoint closer = *facts.closer;
  const Endpoint silent = other(closer);
  const auto& silence = facts.idle_of[index(silent)];
  for (const Endpoint sender : {closer, silent}) {
    const TextHeartbeats* const beats = heartbeats_of(facts, sender);
    if (beats == nullptr || !silence) continue;
    const double since_last = seconds_between(beats->last, facts.began);
    const bool is_answered = sender == closer && *silence < since_last;
    found.says(
        fmt::format("{}'s last heartbeat ({}) passed here {} before the end; the last bytes "
                    "of the {} are {} old{}.",
                    the(sender), beats->id, time_text(since_last), name(silent),
                    time_text(*silence), is_answered ? ", so that something came back" : ""));
    if (is_answered) found.confidence = Confidence::possible;
    say_transport(facts, silent, found);
    return true;
  }
  return false;
}

// What the pings that passed here tell of a keepalive that is said to have failed.
void judge_pings(const Case& facts, Finding& found) {
  const Endpoint pinger = *facts.closer;
  const Endpoint answerer = other(pinger);
  const PingCounts* const pings = pings_of(facts, pinger);
  if (pings == nullptr || pings->sent == 0) {
    if (judge_text_heartbeats(facts, found)) return;
    found.confidence = Confidence::possible;
    found.says(
        fmt::format("No Ping of the {} passed here: it did not send one, or a hop between it "
                    "and this tap keeps them.",
                    name(pinger)));
    found.acts(facts.party_of(pinger)).may_be(Cause::keepalive_blocked);
    return;
  }
  if (pings->unanswered_since) {
    found.says(
        fmt::format("The {}'s Ping passed here {} before the end, and no Pong came back ({} "
                    "of {} were answered): the {} or the path behind it is at fault.",
                    name(pinger), time_text(facts.began - *pings->unanswered_since),
                    pings->answered, pings->sent, name(answerer)));
    say_transport(facts, answerer, found);
    found.may_be(fmt::format("the {}'s event loop was blocked", name(answerer)));
    found.may_be("a hop that does not pass Pongs on");
    return;
  }
  // The answer went to the pinger, and yet it gave up: it did not read.
  found.cause = name(Cause::keepalive_blocked);
  found.acts(facts.party_of(pinger));
  found.confidence = Confidence::likely;
  found.says(fmt::format(
      "{} of the {} {} answered, the last one after {}, and the Pong was passed on to "
      "it: its own event loop did not read it in time.",
      count_text(pings->answered, "Ping"), name(pinger), pings->answered == 1 ? "was" : "were",
      time_text(pings->last_latency.value_or(pings->slowest))));
  const auto& held = facts.report.traffic[index(direction_from(answerer))];
  if (held.pending_max > 0 && held.stalled > std::chrono::seconds(1)) {
    found.says(fmt::format("The {} did not read for {}: {} waited here for it.", name(pinger),
                           time_text(held.stalled), size_text(held.pending_max)));
  }
  found.may_be(Cause::keepalive_unanswered);
}

std::optional<Finding> silent_text_heartbeat(const Case& facts) {
  const Endpoint silent = other(*facts.closer);
  for (const Endpoint sender : kEndpoints) {
    const TextHeartbeats* const beats = heartbeats_of(facts, sender);
    if (beats == nullptr || beats->count == 0) continue;
    const auto row =
        std::ranges::find(facts.rows.heartbeats, beats->id, &catalogue::HeartbeatRow::id);
    if (row == facts.rows.heartbeats.end() || row->patience.count() == 0) continue;
    const double patience = std::chrono::duration<double>(row->patience).count();
    const auto& silence = facts.idle_of[index(silent)];
    if (!silence || *silence < patience * 0.9) continue;
    Finding found(Cause::keepalive_unanswered, Confidence::likely);
    found.acts(facts.party_of(silent));
    found.says(
        fmt::format("{} had sent nothing for {}; the heartbeat on this connection ({}) is "
                    "given up after {}.",
                    the(silent), time_text(*silence), row->id, time_text(patience)));
    say_transport(facts, silent, found);
    return found.may_be(Cause::path_lost);
  }
  return std::nullopt;
}

}  // namespace

Finding announced_keepalive(const Case& facts, const catalogue::ReasonRow& reason) {
  Finding found(Cause::keepalive_unanswered, reason.confidence);
  found.acts(facts.party_of(other(*facts.closer)));
  found.says(reason_sentence(facts)).says(reason.says);
  judge_pings(facts, found);
  if (found.cause == reason.cause) found.fix = reason.fix;
  return found;
}

std::optional<Finding> stretched_heartbeats(const Case& facts) {
  if (facts.closer != Endpoint::server) return std::nullopt;
  const TextHeartbeats* const beats = heartbeats_of(facts, Endpoint::client);
  if (beats == nullptr || beats->usual.count() == 0) return std::nullopt;
  const bool is_stretched = beats->longest >= kThrottledLeast && beats->longest <= kThrottledMost &&
                            beats->longest * 2 >= beats->usual * 3;
  const bool may_be_timer = facts.code == 1000 || facts.code == 1001 || facts.code == 1005 ||
                            facts.code == 1006 || facts.code == 1008 || facts.code == 1011 ||
                            facts.code >= 3000;
  if (!is_stretched || !may_be_timer) return std::nullopt;
  if (const auto* reason = known_reason(facts);
      reason != nullptr && reason->cause != name(Cause::keepalive_unanswered) &&
      reason->cause != name(Cause::idle_timeout)) {
    return std::nullopt;
  }
  Finding found(Cause::background_tab, Confidence::likely);
  found.says(
      fmt::format("The client's heartbeat came every {} at first, and with gaps of up to {} "
                  "before the end.",
                  time_text(beats->usual), time_text(beats->longest)));
  found.says(
      "Browsers let timers of a page in the background run once a minute: that is this gap.");
  if (facts.close != nullptr && !facts.close->reason.empty()) found.says(reason_sentence(facts));
  return found.may_be(Cause::keepalive_unanswered).may_be(Cause::path_lost);
}

std::optional<Finding> unanswered_keepalive(const Case& facts) {
  const bool may_be_timer = facts.code == 1000 || facts.code == 1001 || facts.code == 1002 ||
                            facts.code == 1005 || facts.code == 1006 || facts.code == 1011;
  if (!facts.closer || !may_be_timer) return std::nullopt;
  const PingCounts* const pings = pings_of(facts, *facts.closer);
  const bool is_given_up = pings != nullptr && pings->unanswered_since &&
                           facts.began - *pings->unanswered_since >= kShortestPatience;
  if (!is_given_up) return silent_text_heartbeat(facts);
  Finding found(Cause::keepalive_unanswered, Confidence::likely);
  found.acts(facts.party_of(other(*facts.closer)));
  judge_pings(facts, found);
  return found;
}

}  // namespace lastframe::verdict
