#include "core/verdict/keepalive.h"

#include <fmt/core.h>

#include <algorithm>

#include "core/verdict/reasons.h"
#include "core/verdict/sentences.h"

namespace lastframe::verdict {
namespace {

using session::PingCounts;
using session::TextHeartbeats;

// A Ping that has waited for so long was given up. One that waits for less than the shortest
// patience is on its way; in between, it was given up where more have been sent in vain since.
constexpr double kUsualPatience = 4;     // seconds
constexpr double kShortestPatience = 1;  // seconds

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

// How long the oldest Ping of the closer had waited when the end began.
std::optional<double> ping_wait(const Case& facts) {
  const PingCounts* const pings = pings_of(facts, *facts.closer);
  if (pings == nullptr || !pings->unanswered_since) return std::nullopt;
  return seconds_between(*pings->unanswered_since, facts.began);
}

struct TextWait {
  const catalogue::HeartbeatRow* row;
  double seconds;   // since the last heartbeat, where nothing came from the other side behind it
  double longest;   // after which this product gives the other side up
  Endpoint sender;  // of the heartbeats
};

// Heartbeats of the closer that are not answered any more, or of the other side that do not come.
std::optional<TextWait> text_wait(const Case& facts) {
  const Endpoint silent = other(*facts.closer);
  const auto& silence = facts.idle_of[index(silent)];
  for (const Endpoint sender : kEndpoints) {
    const TextHeartbeats* const beats = heartbeats_of(facts, sender);
    if (beats == nullptr || beats->count == 0 || !silence) continue;
    const auto row =
        std::ranges::find(facts.rows.heartbeats, beats->id, &catalogue::HeartbeatRow::id);
    if (row == facts.rows.heartbeats.end() || row->patience.count() == 0) continue;
    const double patience = std::chrono::duration<double>(row->patience).count();
    const double every = std::chrono::duration<double>(row->every).count();
    const double since_last = seconds_between(beats->last, facts.began);
    if (sender == silent) {
      return TextWait{
          .row = &*row, .seconds = *silence, .longest = every + patience, .sender = sender};
    }
    // What came behind the last one is its answer.
    if (*silence <= since_last) continue;
    return TextWait{.row = &*row, .seconds = since_last, .longest = patience, .sender = sender};
  }
  return std::nullopt;
}

Finding of_text_wait(const Case& facts, const TextWait& wait, Confidence confidence) {
  const Endpoint silent = other(*facts.closer);
  Finding found(Cause::keepalive_unanswered, confidence);
  found.acts(facts.party_of(silent));
  const std::string silence = time_text(facts.idle_of[index(silent)].value_or(wait.seconds));
  found.says(wait.sender == silent
                 ? fmt::format("{} had sent nothing for {}, not even its heartbeat ({}).",
                               the(silent), silence, wait.row->id)
                 : fmt::format("{} had sent nothing for {}, and did not answer the last heartbeat "
                               "({}), {} before the end.",
                               the(silent), silence, wait.row->id, time_text(wait.seconds)));
  found.says(fmt::format("By default it is given up after {}.", time_text(wait.longest)));
  say_transport(facts, silent, found);
  return found.may_be(Cause::path_lost);
}

Finding of_pings(const Case& facts, Confidence confidence) {
  Finding found(Cause::keepalive_unanswered, confidence);
  found.acts(facts.party_of(other(*facts.closer)));
  judge_pings(facts, found);
  return found;
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
  if (const auto waited = ping_wait(facts)) {
    const PingCounts& pings = *pings_of(facts, *facts.closer);
    const bool are_several = pings.last_sent > *pings.unanswered_since;
    if (*waited >= kUsualPatience || (are_several && *waited >= kShortestPatience)) {
      return of_pings(facts, Confidence::likely);
    }
  }
  const auto text = text_wait(facts);
  // Timers fire late, and never early: the tenth is for the way.
  if (!text || text->seconds < text->longest * 0.9) return std::nullopt;
  return of_text_wait(facts, *text, Confidence::likely);
}

// Time-outs that were set short: an end that says nothing of itself while a heartbeat waits.
std::optional<Finding> short_keepalive(const Case& facts) {
  const bool says_nothing = facts.code == 1005 || facts.code == 1006 || facts.code == 1011;
  if (!facts.closer || !says_nothing) return std::nullopt;
  if (const auto waited = ping_wait(facts); waited && *waited >= kShortestPatience) {
    return of_pings(facts, Confidence::possible);
  }
  const auto text = text_wait(facts);
  if (!text || text->sender != *facts.closer || text->seconds < kShortestPatience) {
    return std::nullopt;
  }
  return of_text_wait(facts, *text, Confidence::possible);
}

}  // namespace lastframe::verdict
