// Connections that ended without a Close: 1006 to whoever was left.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "core/verdict/reasons.h"
#include "core/verdict/sentences.h"
#include "core/verdict/timers.h"

namespace lastframe::verdict {
namespace {

using session::Ending;
using session::EndKind;

// A process that dies leaves a reset where it had bytes to read; a quiet connection has none.
constexpr double kBusy = 2;  // seconds since the last byte

// RFC 9113 section 7: what a code says of whoever ends a stream, or a connection, with it.
struct Http2Error {
  std::string_view name;
  std::string_view meaning;
};
constexpr std::array kHttp2Errors{
    Http2Error{"PROTOCOL_ERROR", "it saw what HTTP/2 does not allow"},
    Http2Error{"INTERNAL_ERROR", "it failed by itself"},
    Http2Error{"FLOW_CONTROL_ERROR", "it was sent more than its window has room for"},
    Http2Error{"SETTINGS_TIMEOUT", "its settings were not acknowledged in time"},
    Http2Error{"STREAM_CLOSED", "it was sent something on a stream that was over for it"},
    Http2Error{"FRAME_SIZE_ERROR", "it was sent a frame of a wrong size"},
    Http2Error{"REFUSED_STREAM", "it has done nothing with the stream, which may be tried again"},
    Http2Error{"CANCEL", "it has no more use for the stream"},
    Http2Error{"COMPRESSION_ERROR", "it can no longer read compressed fields"},
    Http2Error{"CONNECT_ERROR", "the connection that the stream stood for broke behind it"},
    Http2Error{"ENHANCE_YOUR_CALM", "it holds the other side's behaviour for an overload"},
    Http2Error{"INADEQUATE_SECURITY", "TLS is too weak for it"},
    Http2Error{"HTTP_1_1_REQUIRED", "it wants HTTP/1.1 for this"}};

// What `side` said of the end of a stream of HTTP/2. Null: nothing.
const Http2Error* http2_error(const Case& facts, Endpoint side) {
  for (const session::StreamEnd& end : facts.report.stream_ends) {
    if (end.endpoint != side) continue;
    const auto known = std::ranges::find(kHttp2Errors, end.http2_error, &Http2Error::name);
    if (known != kHttp2Errors.end()) return &*known;
  }
  return nullptr;
}

void say_http2_error(const Http2Error& error, Endpoint side, Finding& found) {
  found.says(fmt::format("The {} said {} (HTTP/2): {}.", name(side), error.name, error.meaning));
}

std::string ended_text(const Case& facts) {
  return fmt::format(
      "{} {} without a Close, {} after the connection had opened{}.", the(*facts.closer),
      end_verb(facts.end_kind().value_or(EndKind::fin)), time_text(facts.age),
      facts.idle ? fmt::format(" and {} after the last byte", time_text(*facts.idle)) : "");
}

void say_transport(const Case& facts, Endpoint side, Finding& found) {
  const auto& transport = facts.report.transport[index(side)];
  if (!transport) return;
  if (!transport->error.empty()) {
    found.says(fmt::format("The kernel said {} of the {}'s leg.", transport->error, name(side)));
  }
  if (transport->retransmits > 0 || transport->unacked_bytes > 0) {
    found.says(
        fmt::format("It had sent {} again, and {} were never acknowledged (round trip {:.1f} "
                    "ms).",
                    count_text(transport->retransmits, "segment"),
                    size_text(transport->unacked_bytes), transport->rtt_ms));
  }
}

// Whether `side` may have ended because of what it read last.
bool has_just_received(const Case& facts, Endpoint side) {
  constexpr double kLongestReaction = 1;  // seconds
  const auto& silent = facts.idle_of[index(other(side))];
  return silent && *silent <= kLongestReaction;
}

// Lifetimes that fit once are worth a word, though no more.
void add_lifetimes(const Case& facts, Finding& found) {
  constexpr std::size_t kMost = 3;
  const auto matches = matching_timers(facts, catalogue::TimeoutKind::lifetime);
  for (std::size_t i = 0; i < matches.size() && i < kMost; ++i) {
    found.may_be(candidate_text(matches[i]));
  }
}

}  // namespace

std::optional<Finding> lost_path(const Case& facts) {
  if (facts.close != nullptr || !facts.closer) return std::nullopt;
  const auto& transport = facts.report.transport[index(*facts.closer)];
  const std::string_view error = transport ? transport->error : "";
  const bool is_lost = facts.end_kind() == EndKind::timeout || facts.end_kind() == EndKind::error ||
                       error == "ETIMEDOUT" || error == "EHOSTUNREACH" || error == "ENETUNREACH";
  if (!is_lost) return std::nullopt;
  Finding found(Cause::path_lost, Confidence::certain);
  found.says(
      fmt::format("The {} did not end the connection: nothing came from it any more, and the "
                  "kernel gave its leg up.",
                  name(*facts.closer)));
  say_transport(facts, *facts.closer, found);
  if (const auto& silent = facts.idle_of[index(*facts.closer)]) {
    found.says(fmt::format("Its last byte was {} old.", time_text(*silent)));
  }
  if (*facts.closer == Endpoint::client) {
    found.may_be("a phone that went to sleep or changed its network");
  }
  return found.may_be("a machine that lost power").may_be("a firewall that drops packets");
}

std::optional<Finding> cut_frame(const Case& facts) {
  const Ending ending = facts.report.ending;
  if (!facts.closer || (ending != Ending::fin_mid_frame && ending != Ending::fin_mid_message &&
                        ending != Ending::reset_mid_frame)) {
    return std::nullopt;
  }
  const Endpoint closer = *facts.closer;
  const bool has_hop = !facts.products[index(closer)].empty() &&
                       facts.products[index(closer)].front()->role == catalogue::Role::proxy;
  Finding found(Cause::cut_mid_frame, Confidence::likely, {ended_text(facts)});
  found.acts(has_hop ? facts.hop_at(closer) : facts.party_of(closer));
  found.says(ending == Ending::fin_mid_message
                 ? fmt::format("A message of the {} in fragments was not finished.", name(closer))
                 : std::string("A frame was cut off in the middle: whoever wrote it did not end by "
                               "itself."));
  for (const ws::Violation& violation : facts.report.violations) {
    if (violation.rule != ws::Rule::frame_cut_off || violation.side != closer) continue;
    found.says(breach_text(violation));
    break;
  }
  say_transport(facts, closer, found);
  found.may_be(closer == Endpoint::client ? Cause::client_gone : Cause::server_crashed);
  return found.may_be(fmt::format("a hop between the {} and this tap", name(closer)));
}

// The status that opened the connection: 101, in HTTP/2 200.
unsigned granted_by(const Case& facts) { return facts.report.handshake.status.value_or(101); }

// Browsers and ws fail a connection whose 101 picks none of the subprotocols that they offered.
std::optional<Finding> no_subprotocol(const Case& facts) {
  constexpr double kLongestReaction = 2;  // seconds
  if (facts.close != nullptr || facts.closer != Endpoint::client || facts.age > kLongestReaction ||
      !facts.report.handshake.has_subprotocol_offer ||
      facts.report.texts[session::Text::subprotocol] ||
      facts.report.traffic[index(Direction::client_to_server)].frames > 0) {
    return std::nullopt;
  }
  return Finding(
             Cause::subprotocol_mismatch, Confidence::likely,
             {ended_text(facts),
              fmt::format("It had offered subprotocols, and the server's {} picked none: browsers "
                          "and other clients fail the connection then.",
                          granted_by(facts))})
      .may_be(Cause::client_gone);
}

std::optional<Finding> ended_at_once(const Case& facts) {
  if (facts.close != nullptr || facts.closer != Endpoint::server || facts.age > 1) {
    return std::nullopt;
  }
  if (facts.report.traffic[index(Direction::server_to_client)].frames > 0) return std::nullopt;
  Finding found(Cause::closed_at_once, Confidence::likely,
                {ended_text(facts),
                 fmt::format("It had sent its {}, and no frame behind it.", granted_by(facts))});
  const Http2Error* const error = http2_error(facts, Endpoint::server);
  if (error != nullptr) say_http2_error(*error, Endpoint::server, found);
  return found;
}

std::optional<Finding> bare_end(const Case& facts) {
  if (facts.close != nullptr || !facts.closer) return std::nullopt;
  const bool is_reset = facts.end_kind() == EndKind::reset;
  const Http2Error* const error = http2_error(facts, *facts.closer);
  if (*facts.closer == Endpoint::client) {
    Finding found(Cause::client_gone, Confidence::likely, {ended_text(facts)});
    if (error != nullptr) say_http2_error(*error, Endpoint::client, found);
    if (!facts.products[index(Endpoint::client)].empty() &&
        facts.products[index(Endpoint::client)].front()->role != catalogue::Role::client) {
      found.confidence = Confidence::possible;
      found.says(fmt::format("{} stands in front of this tap, and may have ended it.",
                             facts.products[index(Endpoint::client)].front()->name));
      found.may_be(Cause::idle_timeout);
    } else if (facts.idle && *facts.idle >= kShortestCustom && is_round(*facts.idle)) {
      // A load balancer in front need not name itself; HAProxy's tunnel time-out sends a reset.
      found.confidence = Confidence::possible;
      found.says("The silence before it is a whole number of seconds, as timers are set.");
      found.may_be(Cause::idle_timeout);
    }
    say_transport(facts, Endpoint::client, found);
    add_lifetimes(facts, found);
    return found;
  }
  // A kernel resets what a dead process leaves; HTTP/2 resets only what somebody wanted to.
  if (error != nullptr) {
    Finding found(is_reset ? Cause::connection_reset : Cause::ended_without_close,
                  Confidence::possible, {ended_text(facts)});
    say_http2_error(*error, Endpoint::server, found);
    return found.may_be("a hop behind this tap that ends the stream by itself");
  }
  const auto* const silent = facts.fails_silently(Endpoint::server);
  const bool may_be_answer = silent != nullptr && has_just_received(facts, Endpoint::server) &&
                             !facts.first_breach(Endpoint::client);
  const bool was_busy = facts.idle && *facts.idle <= kBusy;
  Finding found(Cause::ended_without_close, Confidence::unknown, {ended_text(facts)});
  if (is_reset && !may_be_answer) {
    found = was_busy ? Finding(Cause::server_crashed, Confidence::possible, {ended_text(facts)})
                     : Finding(Cause::connection_reset, Confidence::unknown, {ended_text(facts)});
  }
  if (may_be_answer) {
    found.says(
        fmt::format("{} ends the stream without a Close when it reads what breaks a rule; all that "
                    "went to it from here kept them.",
                    silent->name));
    found.may_be("a hop between this tap and the server changed the bytes");
    found.may_be(Cause::server_crashed);
  } else if (is_reset) {
    found.says(
        "A reset in place of an orderly end: a process that was killed with unread bytes, "
        "or a hop that gave the connection up.");
    found.may_be(was_busy ? Cause::connection_reset : Cause::server_crashed);
  } else {
    found.says(
        "No known time-out fits, no rule was broken, and no Ping was open: the process "
        "ended, or a hop behind this tap did it.");
    if (facts.idle && *facts.idle >= kShortestCustom && is_round(*facts.idle)) {
      found.says("The silence before it is a whole number of seconds, as timers are set.");
      found.may_be(Cause::idle_timeout);
    }
    found.may_be(Cause::server_crashed);
  }
  say_transport(facts, Endpoint::server, found);
  add_lifetimes(facts, found);
  return found.may_be("a hop between this tap and the server");
}

}  // namespace lastframe::verdict
