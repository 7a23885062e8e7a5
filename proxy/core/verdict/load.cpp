#include "core/verdict/load.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>

#include "core/base/ranges.h"
#include "core/verdict/reasons.h"
#include "core/verdict/sentences.h"

namespace lastframe::verdict {
namespace {

using catalogue::LimitRow;
using catalogue::Role;

// Less than this fits in the buffers of sockets, and is no sign of a slow reader.
constexpr std::uint64_t kSmallestHeld = 32 * 1024;
constexpr double kShortestStall = 1;  // seconds

constexpr std::uint64_t kLargeMessage = 64 * 1024;
constexpr std::size_t kMostLimits = 6;

// A 1008 that comes sooner refuses the client; later, equal ages are those of something that
// expired.
constexpr double kShortestSession = 5;  // seconds

struct LimitMatch {
  const LimitRow* row;
  const catalogue::ProductRow* product;
  bool is_on_path;
};

bool is_library(const catalogue::ProductRow* product) {
  return product != nullptr && (product->role == Role::client || product->role == Role::server);
}

// The limit of a library or hop that is known to stand there.
const LimitRow* limit_on_path(const Case& facts, Endpoint owner) {
  const auto own = std::ranges::find_if(facts.rows.limits, [&](const LimitRow& row) {
    return facts.knows(row.product, owner) && !row.setting.empty();
  });
  return own != facts.rows.limits.end() ? &*own : nullptr;
}

// Limits that `message` is over, nearest first; those on the path before all others. Where the
// library is known, no other one stands in its place.
std::vector<LimitMatch> broken_limits(const Case& facts, const RecentMessage& message,
                                      Endpoint owner) {
  std::vector<LimitMatch> found;
  const LimitRow* const own = limit_on_path(facts, owner);
  const bool is_library_known = own != nullptr && is_library(facts.rows.product(own->product));
  // A message of this size was accepted by the same side: no smaller limit is set there.
  const std::uint64_t taken = facts.report.patterns.largest_accepted.value_or(0);
  for (const LimitRow& row : facts.rows.limits) {
    const std::uint64_t size = row.of == catalogue::LimitOf::frame ? message.largest_frame
                               : row.is_inflated                   ? judged_size(message)
                                                                   : message.size;
    if (size <= row.bytes || row.bytes < taken) continue;
    const auto* const product = facts.rows.product(row.product);
    const bool is_elsewhere =
        is_library(product) && !facts.knows(row.product, owner) &&
        (is_library_known || (product->role == Role::client) != (owner == Endpoint::client));
    if (is_elsewhere) continue;
    found.push_back(
        {.row = &row, .product = product, .is_on_path = facts.knows(row.product, owner)});
  }
  std::ranges::stable_sort(found, [](const LimitMatch& a, const LimitMatch& b) {
    if (a.is_on_path != b.is_on_path) return a.is_on_path;
    return a.row->bytes > b.row->bytes;
  });
  return found;
}

std::string limit_text(const LimitMatch& match) {
  const LimitRow& row = *match.row;
  const std::string_view product = match.product != nullptr ? match.product->name : row.product;
  return fmt::format(
      "{}: {}{} per {}{}{}", product, row.setting.empty() ? "" : row.setting + " is ",
      size_text(row.bytes), row.of == catalogue::LimitOf::frame ? "frame" : "message",
      row.is_inflated ? "" : " as on the wire", match.is_on_path ? ", and it is on the path" : "");
}

std::string message_text(const RecentMessage& message) {
  std::string text = size_text(message.size) + " on the wire";
  if (message.inflated && message.size > 0) {
    text += fmt::format(", {} inflated (ratio {:.1f})", size_text(*message.inflated),
                        static_cast<double>(*message.inflated) / static_cast<double>(message.size));
  }
  if (message.fragments > 1) text += fmt::format(", in {} frames", message.fragments);
  if (!message.is_complete) text += ", not yet complete";
  return text;
}

void say_learnt_sizes(const Case& facts, Finding& found) {
  const session::KnownPatterns& known = facts.report.patterns;
  if (known.largest_accepted && known.smallest_refused) {
    found.says(
        fmt::format("Of what passed here, {} was accepted and {} refused: the limit lies "
                    "between them.",
                    size_text(*known.largest_accepted), size_text(*known.smallest_refused)));
  } else if (known.smallest_refused) {
    found.says(fmt::format("The smallest message that was refused here had {}.",
                           size_text(*known.smallest_refused)));
  }
}

// Some libraries only end the stream when a message is over their limit.
std::optional<Finding> too_big_without_close(const Case& facts) {
  constexpr double kLongestReaction = 5;  // seconds
  if (!facts.closer) return std::nullopt;
  const Endpoint sender = other(*facts.closer);
  const DirectionState* const sent = facts.sent_by(sender);
  if (sent == nullptr || sent->recent.empty()) return std::nullopt;
  const RecentMessage& last = sent->recent.back();
  if (seconds_between(last.at, facts.began) > kLongestReaction) return std::nullopt;
  const auto limits = broken_limits(facts, last, *facts.closer);
  if (limits.empty() || !limits.front().is_on_path) return std::nullopt;
  const LimitMatch& best = limits.front();
  if (best.product == nullptr || !best.product->habits.fails_without_close) return std::nullopt;
  Finding found(Cause::message_too_big, Confidence::likely);
  found.acts(facts.party_of(*facts.closer));
  found.says(fmt::format("The last message of the {} had {}; {} later the {} {} without a Close.",
                         name(sender), message_text(last), time_text(facts.began - last.at),
                         name(*facts.closer),
                         end_verb(facts.end_kind().value_or(session::EndKind::fin))));
  found.says(best.product->name +
             " may end the stream without a Close where a message is over its limit.");
  for (const LimitMatch& match : limits) {
    if (found.candidates.size() == kMostLimits || !match.is_on_path) break;
    found.may_be(limit_text(match));
  }
  if (!best.row->setting.empty()) {
    found.fix = fmt::format("Raise {} of {}, which is {} by default, or send smaller messages.",
                            best.row->setting, best.product->name, size_text(best.row->bytes));
  }
  return found.may_be(*facts.closer == Endpoint::server ? Cause::server_crashed
                                                        : Cause::client_gone);
}

}  // namespace

std::uint64_t judged_size(const RecentMessage& message) {
  return std::max(message.size, message.inflated.value_or(0));
}

const RecentMessage* largest_recent(const Case& facts, Endpoint sender) {
  const DirectionState* const sent = facts.sent_by(sender);
  if (sent == nullptr || sent->recent.empty()) return nullptr;
  return &*std::ranges::max_element(sent->recent, {}, judged_size);
}

std::optional<std::string> last_messages_text(const Case& facts, Endpoint sender) {
  const DirectionState* const sent = facts.sent_by(sender);
  if (sent == nullptr || sent->recent.empty()) return std::nullopt;
  std::string text = fmt::format("The last messages of the {}: ", name(sender));
  constexpr std::size_t kShown = 4;
  const std::size_t count = std::min(sent->recent.size(), kShown);
  for (std::size_t i = sent->recent.size() - count; i < sent->recent.size(); ++i) {
    const RecentMessage& message = sent->recent[i];
    text +=
        fmt::format("{} {} before the end{}", size_text(message.size),
                    time_text(facts.began - message.at), i + 1 < sent->recent.size() ? ", " : ".");
  }
  return text;
}

std::optional<std::string> rate_text(const Case& facts, Endpoint sender) {
  const DirectionState* const sent = facts.sent_by(sender);
  if (sent == nullptr || sent->rate.messages == 0 || sent->rate.over.count() == 0) {
    return std::nullopt;
  }
  return fmt::format("{} sent {} ({}) in the last {}.", the(sender),
                     count_text(sent->rate.messages, "message"), size_text(sent->rate.bytes),
                     time_text(std::chrono::duration<double>(sent->rate.over).count()));
}

std::optional<Stall> worst_stall(const Case& facts) {
  std::optional<Stall> worst;
  for (const Direction direction : kDirections) {
    const session::Traffic& traffic = facts.report.traffic[index(direction)];
    const double seconds = std::chrono::duration<double>(traffic.stalled).count();
    if (traffic.pending_max < kSmallestHeld || seconds < kShortestStall) continue;
    if (worst && worst->seconds >= seconds) continue;
    worst =
        Stall{.reader = other(sender(direction)), .held = traffic.pending_max, .seconds = seconds};
  }
  return worst;
}

std::string stall_text(const Stall& stall) {
  return fmt::format("{} did not read for {}; up to {} waited here for it.", the(stall.reader),
                     time_text(stall.seconds), size_text(stall.held));
}

std::optional<Finding> too_big(const Case& facts) {
  if (facts.close == nullptr) return too_big_without_close(facts);
  if (facts.code != 1009) return std::nullopt;
  const Endpoint owner = *facts.closer;
  const Endpoint sender = other(owner);
  Finding found(Cause::message_too_big, Confidence::certain);
  found.acts(facts.party_of(owner));
  found.says(fmt::format("{} closed with 1009.", the(owner)));
  if (!facts.close->reason.empty()) found.says(reason_sentence(facts));
  if (const auto* reason = known_reason(facts)) found.says(reason->says);
  const RecentMessage* const largest = largest_recent(facts, sender);
  if (largest == nullptr) {
    found.says(
        fmt::format("No message of the {} is known that could have been too big.", name(sender)));
    found.confidence = Confidence::likely;
    return found;
  }
  found.says(fmt::format("The largest of the {}'s last messages had {}.", name(sender),
                         message_text(*largest)));
  say_learnt_sizes(facts, found);
  const auto limits = broken_limits(facts, *largest, owner);
  for (const LimitMatch& match : limits) {
    if (found.candidates.size() == kMostLimits) break;
    // One setting may hold for text and for binary.
    const std::string text = limit_text(match);
    if (!contains(found.candidates, text)) found.may_be(text);
  }
  const LimitRow* const own = limit_on_path(facts, owner);
  if (own != nullptr && (limits.empty() || !limits.front().is_on_path)) {
    const auto& product = facts.rows.product(own->product)->name;
    found.says(fmt::format("{} is on the path; its {} is {} by default, so that it was set lower.",
                           product, own->setting, size_text(own->bytes)));
    found.fix = fmt::format("Raise {} of {}, or send smaller messages.", own->setting, product);
    return found;
  }
  if (limits.empty()) {
    found.says("No limit that is known lies below that size: one was set lower.");
    return found;
  }
  const LimitMatch& best = limits.front();
  const bool is_hop = best.product != nullptr &&
                      (best.product->role == Role::proxy || best.product->role == Role::service);
  if (best.is_on_path && is_hop) found.acts(facts.hop_at(owner));
  if (best.is_on_path && !best.row->setting.empty()) {
    found.fix = fmt::format("Raise {} of {}, which is {} by default, or send smaller messages.",
                            best.row->setting, best.product->name, size_text(best.row->bytes));
  }
  return found;
}

// A gateway that parses frames tells the side that sent too much 1009, and the other one 1001.
std::optional<Finding> too_big_elsewhere(const Case& facts) {
  if (facts.close == nullptr) return std::nullopt;
  for (const auto* product : facts.products[index(*facts.closer)]) {
    if (product->habits.too_big_code_to_peer != facts.code || !facts.close->reason.empty())
      continue;
    Finding found(Cause::message_too_big, Confidence::possible);
    found.acts(facts.hop_at(*facts.closer));
    found.summary = fmt::format(
        "{} may have ended this side for a message of the {}'s that was too big for it.",
        product->name, name(*facts.closer));
    found.says(
        fmt::format("{} stands on the {}'s side. It answers a message that is too big with "
                    "1009 to its sender, and ends the other side with {}.",
                    product->name, name(*facts.closer), facts.code));
    if (const auto text = last_messages_text(facts, *facts.closer)) found.says(*text);
    return found.may_be(*facts.closer == Endpoint::client ? Cause::client_left
                                                          : Cause::server_shutdown);
  }
  return std::nullopt;
}

std::optional<Finding> full_send_queue(const Case& facts) {
  if (facts.close == nullptr || facts.code != 1001 || facts.closer != Endpoint::client) {
    return std::nullopt;
  }
  const auto stall = worst_stall(facts);
  const bool is_okhttp = facts.knows("okhttp", Endpoint::client);
  if (!is_okhttp || !stall || stall->reader != Endpoint::server) return std::nullopt;
  Finding found(Cause::send_queue_full, Confidence::likely);
  found.acts(Party::server);
  found.says(
      "The client is OkHttp, which closes with 1001 when more than 16 MiB wait in its queue.");
  return found.says(stall_text(*stall)).may_be(Cause::client_left);
}

std::optional<Finding> slow_reader(const Case& facts) {
  const auto stall = worst_stall(facts);
  if (!stall || !facts.closer) return std::nullopt;
  const bool may_be = facts.close == nullptr || facts.code == 1000 || facts.code == 1001 ||
                      facts.code == 1008 || facts.code == 1011 || facts.code == 1013;
  // The writer gave its reader up; a reader that leaves did not leave for its own slowness.
  if (!may_be || *facts.closer == stall->reader) return std::nullopt;
  const bool is_telling = facts.close == nullptr || facts.code == 1008 || stall->seconds >= 5;
  Finding found(Cause::slow_consumer, is_telling ? Confidence::likely : Confidence::possible);
  found.acts(facts.party_of(stall->reader));
  found.says(stall_text(*stall));
  found.says(
      fmt::format("{} then {}.", the(*facts.closer),
                  facts.close != nullptr
                      ? "sent " + close_text(facts.code)
                      : std::string(end_verb(facts.end_kind().value_or(session::EndKind::fin)))));
  if (const auto text = rate_text(facts, *facts.closer)) found.says(*text);
  return found;
}

// 1008 says that something is not allowed, and seldom what.
std::optional<Finding> policy(const Case& facts) {
  if (facts.close == nullptr || facts.code != 1008) return std::nullopt;
  const Endpoint offender = other(*facts.closer);
  const DirectionState* const sent = facts.sent_by(offender);
  std::vector<std::string> common;
  if (!facts.close->reason.empty()) common.push_back(reason_sentence(facts));
  if (auto text = rate_text(facts, offender)) common.push_back(*text);
  if (auto text = last_messages_text(facts, offender)) common.push_back(*text);
  const auto with = [&](Cause cause, Confidence confidence, std::string first) {
    Finding found(cause, confidence, {std::move(first)});
    found.evidence.insert(found.evidence.end(), common.begin(), common.end());
    return found;
  };
  // Words that the catalogue does not know still say more than a guess from times and sizes.
  if (!facts.close->reason.empty()) {
    Finding found(Cause::policy_violation, Confidence::possible, std::move(common));
    found.says("The catalogue does not know these words; they are what the application wrote.");
    return found.may_be(Cause::invalid_message).may_be(Cause::access_denied);
  }
  const session::Share& age = facts.report.patterns.same_age;
  if (age.matching >= 3 && age.matching * 2 >= age.of && facts.age >= kShortestSession) {
    return with(Cause::session_expired, Confidence::likely,
                fmt::format("{} of {} closes with 1008 from this side came at the age of {}: "
                            "something expires then.",
                            age.matching, age.of, time_text(facts.age)))
        .may_be(Cause::lifetime_limit);
  }
  if (sent == nullptr) return with(Cause::policy_violation, Confidence::unknown, "1008 came.");
  const RecentMessage* const largest = sent->recent.empty() ? nullptr : &sent->recent.back();
  constexpr std::uint32_t kManyFragments = 1000;
  if (largest != nullptr && largest->fragments >= kManyFragments) {
    return with(Cause::too_many_fragments, Confidence::likely,
                fmt::format("The {}'s last message came in {} frames.", name(offender),
                            largest->fragments))
        .acts(facts.party_of(offender));
  }
  // A burst of a few milliseconds is no pace.
  const double over = std::max(1.0, std::chrono::duration<double>(sent->rate.over).count());
  const double rate = static_cast<double>(sent->rate.messages) / over;
  const double usual = facts.age > 0 ? static_cast<double>(sent->messages) / facts.age : 0;
  if (sent->rate.messages >= 20 && rate >= 10) {
    return with(Cause::rate_limited, Confidence::possible,
                fmt::format("The {} sent {:.0f} messages a second at the end; over the whole "
                            "connection it was {:.1f}.",
                            name(offender), rate, usual))
        .acts(facts.party_of(offender))
        .may_be(Cause::policy_violation);
  }
  if (sent->messages <= 1 && facts.age <= 15) {
    return with(Cause::authentication_failed, Confidence::possible,
                fmt::format("The {} closed {} after the connection had opened, {}.",
                            name(*facts.closer), time_text(facts.age),
                            sent->messages == 0 ? "before any message"
                                                : "on the first message that it got"))
        .acts(facts.party_of(offender))
        .may_be(Cause::access_denied)
        .may_be(Cause::invalid_message);
  }
  const bool is_large = largest != nullptr && judged_size(*largest) >= kLargeMessage;
  Finding found =
      with(Cause::policy_violation, Confidence::possible,
           fmt::format("{} closed with 1008 {} after the connection had opened; {}.",
                       the(*facts.closer), time_text(facts.age),
                       is_large ? "the last message was a large one"
                                : "neither the pace nor the size of the messages stands out"));
  if (is_large) found.may_be(Cause::message_too_big);
  return found.may_be(Cause::invalid_message)
      .may_be(Cause::session_expired)
      .may_be(Cause::access_denied);
}

}  // namespace lastframe::verdict
