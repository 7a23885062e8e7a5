#include "probe/silence.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <thread>
#include <utility>

#include "net/clock.h"
#include "probe/path_peer.h"

namespace lastframe::probe {
namespace {

using std::chrono::milliseconds;
using ws::Opcode;

constexpr std::size_t kTogether = 8;
constexpr milliseconds kFinest{100};
constexpr const char* kNotOpened = "the connection did not open";

// Where time-outs of proxies, load balancers and NAT stand, and a little behind each.
constexpr auto kSteps =
    std::to_array<int>({1,   2,   3,   5,   7,   11,  16,  21,  31,  46,   61,   76,  91,
                        101, 121, 181, 241, 301, 351, 361, 601, 901, 1801, 3601, 7200});

double seconds(milliseconds time) { return std::chrono::duration<double>(time).count(); }

milliseconds since(Moment begin) {
  return std::chrono::duration_cast<milliseconds>(net::now() - begin);
}

Silence kept_silent(const PathOptions& options, milliseconds planned) {
  Silence silence{.planned = planned};
  PathPeer peer(options, {});
  if (!peer.is_open()) {
    silence.how = kNotOpened;
    return silence;
  }
  const Moment began = net::now();
  // A hop's own Pings would be answered by real clients: they are no end of the silence here.
  while (peer.next(began + planned)) {
    if (peer.close_frame()) break;
  }
  if (const std::string end = peer.end_text(); !end.empty()) {
    silence.ended = since(began);
    silence.how = end;
    return silence;
  }
  peer.send(peer.frame(Opcode::text, "after the silence"));
  silence.has_survived = peer.next().has_value() && !peer.close_frame();
  const std::string end = peer.end_text();
  if (!silence.has_survived) {
    silence.how = end.empty() ? "it was forgotten without a word: nothing comes back" : end;
  }
  return silence;
}

std::vector<Silence> all_kept_silent(const PathOptions& options,
                                     const std::vector<milliseconds>& planned) {
  std::vector<Silence> tried(planned.size());
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < planned.size(); ++i) {
      tried[i] = {.planned = planned[i], .how = kNotOpened};
      try {
        threads.emplace_back([&, i] { tried[i] = kept_silent(options, planned[i]); });
      } catch (const std::system_error&) {
        continue;  // no thread to be had
      }
    }
  }
  return tried;
}

// Whether a connection with a Ping every `pause` lives for `span`.
bool is_kept_alive(const PathOptions& options, milliseconds pause, milliseconds span) {
  PathPeer peer(options, {});
  if (!peer.is_open()) return false;
  for (const Moment end = net::now() + span; net::now() < end;) {
    const Moment next = std::min(net::now() + pause, end);
    while (peer.next(next)) {
    }
    if (!peer.end_text().empty()) return false;
    peer.send(peer.frame(Opcode::ping, "awake"));
  }
  return peer.ask({}).account.has_value();
}

void find_timeout(const PathOptions& options, Row& row) {
  std::vector<Silence> tried;
  while (true) {
    const auto next = next_silences(bounds_of(tried), *options.longest);
    if (next.empty()) break;
    const auto more = all_kept_silent(options, next);
    // One that did not open says nothing of a time-out.
    const bool all_opened = std::ranges::none_of(
        more, [](const Silence& silence) { return silence.how == kNotOpened; });
    if (!all_opened) {
      return row.note(Result::not_tried,
                      fmt::format("not all of {} connections could be opened", more.size()));
    }
    tried.insert(tried.end(), more.begin(), more.end());
  }
  const SilenceBounds bounds = bounds_of(tried);
  row.facts.push_back(
      fmt::format("the longest silence that was survived: {:.1f} s", seconds(bounds.kept)));
  if (!bounds.lost) return;
  row.note(Result::refused, fmt::format("idle time-out between {:.1f} s and {:.1f} s: {}",
                                        seconds(bounds.kept), seconds(*bounds.lost), bounds.how));
  const milliseconds pause = std::max(*bounds.lost / 3, milliseconds(50));
  const bool is_kept = is_kept_alive(options, pause, *bounds.lost * 2);
  row.facts.push_back(
      is_kept ? fmt::format("a Ping every {:.1f} s keeps the connection", seconds(pause))
              : fmt::format("Pings every {:.1f} s do not keep the connection", seconds(pause)));
}

}  // namespace

SilenceBounds bounds_of(const std::vector<Silence>& tried) {
  SilenceBounds bounds;
  for (const Silence& silence : tried) {
    if (silence.has_survived) continue;
    const milliseconds lost = silence.ended.value_or(silence.planned);
    if (bounds.lost && lost >= *bounds.lost) continue;
    bounds.lost = lost;
    bounds.how = silence.how;
  }
  for (const Silence& silence : tried) {
    if (!silence.has_survived || (bounds.lost && silence.planned >= *bounds.lost)) continue;
    bounds.kept = std::max(bounds.kept, silence.planned);
  }
  return bounds;
}

std::vector<milliseconds> next_silences(const SilenceBounds& bounds, milliseconds longest) {
  std::vector<milliseconds> next;
  if (!bounds.lost) {
    if (bounds.kept >= longest) return next;
    for (const int step : kSteps) {
      const milliseconds silence = std::chrono::seconds(step);
      if (silence < longest) next.push_back(silence);
    }
    next.push_back(longest);
    return next;
  }
  const milliseconds gap = *bounds.lost - bounds.kept;
  if (gap <= std::max(kFinest, *bounds.lost / 20)) return next;
  for (std::size_t i = 1; i <= kTogether; ++i) {
    next.push_back(bounds.kept + gap * static_cast<long>(i) / static_cast<long>(kTogether + 1));
  }
  return next;
}

std::vector<Check> silence_checks() {
  return {{"silence", "a connection on which nobody speaks", find_timeout}};
}

}  // namespace lastframe::probe
