#include "diff/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "core/http/head.h"
#include "core/ws/extensions.h"
#include "diff/delays.h"
#include "diff/end_comparison.h"
#include "diff/head_comparison.h"
#include "diff/item_comparison.h"
#include "diff/stream_comparison.h"

namespace lastframe::diff {
namespace {

using std::chrono::microseconds;

// A connection that was not seen from its handshake on may have accepted anything.
bool accepts_compression(const Trace& trace) {
  if (trace.response.empty()) return true;
  const auto head = http::parse_response_head(trace.response);
  if (!head) return true;
  const auto accepted =
      ws::negotiated(head->fields.joined("Sec-WebSocket-Extensions").value_or(""));
  return accepted.has_deflate || accepted.has_unknown;
}

class Comparer {
 public:
  Comparer(const Trace& before, const Trace& after, const CompareOptions& options)
      : before_(before), after_(after), options_(options) {}

  Comparison run() {
    compare_heads(before_, after_, findings_);
    compare_tls();
    for (const Direction direction : kDirections) compare_direction(direction);
    explain_controls();
    for (const StreamComparison& stream : streams_) {
      for (const Finding& finding : stream.findings.all()) add_counted(finding);
    }
    compare_times();
    return conclude();
  }

 private:
  const Trace& sender_tap(Direction direction) const {
    return direction == Direction::client_to_server ? before_ : after_;
  }
  const Trace& receiver_tap(Direction direction) const {
    return direction == Direction::client_to_server ? after_ : before_;
  }
  Flow flow(Direction direction) const {
    return {.direction = direction,
            .sent = sender_tap(direction).direction(direction),
            .arrived = receiver_tap(direction).direction(direction),
            .sent_accepts_compression = accepts_compression(sender_tap(direction)),
            .arrived_accepts_compression = accepts_compression(receiver_tap(direction))};
  }

  void add_counted(const Finding& finding) {
    const std::size_t size = findings_.all().size();
    findings_.add(finding);
    if (findings_.all().size() > size) return;
    for (Finding& known : findings_.all()) {
      if (known.kind == finding.kind && known.direction == finding.direction) {
        known.count += finding.count - 1;
      }
    }
  }

  // The leg between tap and hop, on both sides of the hop.
  void compare_tls() {
    const bool is_before = before_.is_tls[index(Endpoint::server)];
    const bool is_after = after_.is_tls[index(Endpoint::client)];
    if (is_before == is_after) return;
    Finding finding = finding_of(Kind::tls_ended_by_hop);
    finding.before.text = is_before ? "TLS" : "no TLS";
    finding.after.text = is_after ? "TLS" : "no TLS";
    findings_.add(std::move(finding));
  }

  void compare_direction(Direction direction) {
    const Trace& sender = sender_tap(direction);
    const Trace& receiver = receiver_tap(direction);
    const Horizon horizon{.sent_begins_late = sender.is_partial,
                          .sent_goes_on = !sender.is_finished,
                          .arrived_begins_late = receiver.is_partial,
                          .arrived_goes_on = !receiver.is_finished};
    streams_[index(direction)] = compare_stream(flow(direction), horizon);
  }

  // A Ping that the hop answers leaves a Ping on one side and a Pong on the same side; one that it
  // sends itself, too.
  void explain_controls() {
    for (const Direction direction : kDirections) {
      const Direction back = direction_from(receiver(direction));
      answer_pings(direction, back);
    }
    for (const Direction direction : kDirections) {
      const Flow here = flow(direction);
      for (const std::uint32_t i : streams_[index(direction)].dropped_controls) {
        add_control(here, &here.sent.items[i], nullptr);
      }
      for (const std::uint32_t j : streams_[index(direction)].inserted_controls) {
        add_control(here, nullptr, &here.arrived.items[j]);
      }
    }
  }

  void add_control(const Flow& here, const Item* sent, const Item* arrived) {
    const bool is_ping = (sent != nullptr ? sent : arrived)->opcode == ws::Opcode::ping;
    const Kind kind = sent != nullptr ? (is_ping ? Kind::ping_dropped : Kind::pong_dropped)
                                      : (is_ping ? Kind::ping_inserted : Kind::pong_inserted);
    streams_[index(here.direction)].findings.add(finding_at(here, kind, sent, arrived));
  }

  static auto takes(const DirectionTrace& trace, ws::Opcode opcode) {
    return [&trace, opcode](std::uint32_t place) { return trace.items[place].opcode == opcode; };
  }

  // Pings of `direction` that did not arrive, and Pongs `back` that were not sent, in order.
  void answer_pings(Direction direction, Direction back) {
    const Flow there = flow(direction);
    const Flow here = flow(back);
    std::vector<std::uint32_t>& pings = streams_[index(direction)].dropped_controls;
    std::vector<std::uint32_t>& pongs = streams_[index(back)].inserted_controls;
    drop_answered(there.sent, pings, here.arrived, pongs, [&](std::uint32_t ping, std::uint32_t) {
      streams_[index(direction)].findings.add(
          finding_at(there, Kind::ping_answered_by_hop, &there.sent.items[ping], nullptr));
    });
    // The hop's own Ping, and the Pong that it keeps to itself.
    std::vector<std::uint32_t>& own = streams_[index(direction)].inserted_controls;
    std::vector<std::uint32_t>& kept = streams_[index(back)].dropped_controls;
    drop_answered(there.arrived, own, here.sent, kept, [&](std::uint32_t ping, std::uint32_t) {
      Finding finding = finding_at(there, Kind::ping_inserted, nullptr, &there.arrived.items[ping]);
      finding.detail = "and kept the Pong that answered it";
      streams_[index(direction)].findings.add(std::move(finding));
    });
  }

  template <typename Tell>
  static void drop_answered(const DirectionTrace& ping_trace, std::vector<std::uint32_t>& pings,
                            const DirectionTrace& pong_trace, std::vector<std::uint32_t>& pongs,
                            const Tell& tell) {
    std::vector<std::uint32_t> other_pings;
    std::vector<std::uint32_t> other_pongs;
    std::size_t next = 0;
    for (const std::uint32_t ping : pings) {
      const Item& asked = ping_trace.items[ping];
      std::size_t at = next;
      while (at < pongs.size() && !(pong_trace.items[pongs[at]].opcode == ws::Opcode::pong &&
                                    pong_trace.items[pongs[at]].content == asked.content)) {
        ++at;
      }
      // Not many are in between: a Ping is answered soon.
      if (asked.opcode != ws::Opcode::ping || at >= pongs.size() || at - next > 64) {
        other_pings.push_back(ping);
        continue;
      }
      other_pongs.insert(other_pongs.end(), pongs.begin() + static_cast<std::ptrdiff_t>(next),
                         pongs.begin() + static_cast<std::ptrdiff_t>(at));
      tell(ping, pongs[at]);
      next = at + 1;
    }
    other_pongs.insert(other_pongs.end(), pongs.begin() + static_cast<std::ptrdiff_t>(next),
                       pongs.end());
    pings = std::move(other_pings);
    pongs = std::move(other_pongs);
  }

  // Both directions together tell how far the clocks are apart, if both ways take the same time.
  void compare_times() {
    std::array<std::optional<microseconds>, 2> usual;
    Findings delayed;
    for (const Direction direction : kDirections) {
      const Flow here = flow(direction);
      const auto& matched = streams_[index(direction)].matched;
      const auto delays = delays_of(here, sender_tap(direction), receiver_tap(direction), matched);
      find_delayed(here, matched, delays, options_.delay, delayed);
      usual[index(direction)] = median(delays);
    }
    for (const Finding& finding : delayed.all()) add_counted(finding);
    microseconds clocks = after_.accepted_wall - before_.accepted_wall;
    if (usual[0] && usual[1])
      clocks = (*usual[0] - *usual[1]) / 2;
    else if (usual[0])
      clocks = *usual[0];
    else if (usual[1])
      clocks = -*usual[1];
    compare_ends(before_, after_, clocks, options_.ends_apart, findings_);
  }

  DirectionResult result_of(Direction direction) const {
    const DirectionTrace& before = before_.direction(direction);
    const DirectionTrace& after = after_.direction(direction);
    const StreamComparison& stream = streams_[index(direction)];
    return {.severity = worst(stream.findings.all()),
            .messages_before = before.items.size(),
            .messages_after = after.items.size(),
            .matched = stream.matched.size(),
            .not_compared = stream.not_compared,
            .bytes_before = before.bytes,
            .bytes_after = after.bytes,
            .frames_over = std::max(before.frames_over, after.frames_over),
            .is_exhaustive = stream.is_exhaustive};
  }

  Comparison conclude() {
    Comparison result;
    result.findings = std::move(findings_.all());
    std::ranges::stable_sort(result.findings, std::ranges::greater(), &Finding::severity);
    result.severity = worst(result.findings);
    for (const Direction direction : kDirections) {
      result.directions[index(direction)] = result_of(direction);
    }
    return result;
  }

  const Trace& before_;
  const Trace& after_;
  const CompareOptions& options_;
  Findings findings_;
  std::array<StreamComparison, 2> streams_;
};

}  // namespace

Comparison compare(const Trace& before, const Trace& after, const CompareOptions& options) {
  return Comparer(before, after, options).run();
}

}  // namespace lastframe::diff
