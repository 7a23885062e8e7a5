// Many connections, played into one Patterns in the order of their times.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "core/verdict/patterns.h"
#include "support/seeds.h"

namespace lastframe::test {

// Seconds of a story as a moment; stories begin a day after the clock's start.
inline Moment at(double seconds) {
  return Moment(std::chrono::microseconds(static_cast<std::int64_t>((86'400 + seconds) * 1e6)));
}

struct Life {
  double accepted = 0;
  double ended = 0;  // negative: it stays
  Endpoint closer = Endpoint::server;
  std::optional<std::uint16_t> code = std::nullopt;
  double idle = 0;
  double lingers = 0;  // between the beginning of its end and the last of it
};

inline verdict::EndFacts facts_of(const Life& life) {
  verdict::EndFacts facts;
  facts.closer = life.closer;
  facts.code = life.code;
  facts.accepted = at(life.accepted);
  facts.ended = at(life.ended);
  facts.finished = at(life.ended + life.lingers);
  const std::chrono::milliseconds idle(static_cast<std::int64_t>(life.idle * 1000));
  facts.idle = idle;
  facts.idle_of = {idle, idle};
  return facts;
}

// What became known in the course of it.
struct Told {
  std::vector<session::KnownPatterns> ends;  // in the order in which they were learnt
  std::vector<verdict::MassClose> mass_closes;

  std::size_t in_mass_close() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        ends, [](const auto& known) { return known.mass_close.has_value(); }));
  }
  std::size_t in_drain() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(ends, [](const auto& known) { return known.drain.has_value(); }));
  }
};

class Crowd {
 public:
  std::vector<Life> lives;

  explicit Crowd(unsigned its_seed = seed()) : random_(its_seed) {}

  double between(double low, double high) {
    return low + (high - low) * static_cast<double>(random_()) / 4294967296.0;
  }
  double exponential(double mean) { return -mean * std::log(1 - between(0, 1)); }

  // Connections at `rate` a second from `begin` to `end`, each as long as `lifetime()` says.
  template <typename Lifetime>
  void arrive(double rate, double begin, double end, const Life& like, Lifetime lifetime) {
    for (double now = begin + exponential(1 / rate); now < end; now += exponential(1 / rate)) {
      Life life = like;
      life.accepted = now;
      life.ended = now + lifetime();
      lives.push_back(life);
    }
  }

  // Everything that happens until `until`, then a last question.
  Told play(double until, verdict::Patterns& patterns) const {
    struct Event {
      double when;
      bool is_end;
      const Life* life;
    };
    std::vector<Event> events;
    for (const Life& life : lives) {
      events.push_back({life.accepted, false, &life});
      if (life.ended >= 0) events.push_back({life.ended + life.lingers, true, &life});
    }
    std::ranges::stable_sort(events, {}, &Event::when);
    Told told;
    double asked = 0;
    const auto ask = [&](double now, bool is_last) {
      while (auto mass = patterns.take_mass_close(at(now), is_last)) {
        told.mass_closes.push_back(*mass);
      }
    };
    for (const Event& event : events) {
      if (event.when > until) break;
      for (; asked + 0.5 < event.when; asked += 0.5) ask(asked, false);
      if (event.is_end) {
        told.ends.push_back(patterns.learn(facts_of(*event.life)));
      } else {
        patterns.note_accepted(at(event.when));
      }
    }
    for (; asked < until; asked += 0.5) ask(asked, false);
    ask(until, true);
    return told;
  }
  Told play(double until) const {
    verdict::Patterns patterns("chat", "10.0.0.7:9000");
    return play(until, patterns);
  }

 private:
  std::mt19937 random_;
};

}  // namespace lastframe::test
