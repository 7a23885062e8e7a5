#include "diff/pairing.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace lastframe::diff {
namespace {

constexpr std::size_t kMostMarks = 64;      // contents of a connection that are looked at
constexpr std::size_t kMostOfOneMark = 32;  // connections that have the same; more say nothing
constexpr std::uint64_t kShortestMark = 4;  // bytes of content
// Taps whose clocks differ by more need a key, or content.
constexpr std::chrono::seconds kSameTime{2};

// A content of a connection: which way it went, and what it was.
std::vector<std::uint64_t> marks_of(const Trace& trace) {
  std::vector<std::uint64_t> marks;
  for (const Direction direction : kDirections) {
    std::size_t count = 0;
    for (const Item& item : trace.direction(direction).items) {
      if (item.kind != ItemKind::message || !item.content || item.size < kShortestMark) continue;
      marks.push_back(*item.content * 2 + index(direction));
      if (++count == kMostMarks) break;
    }
  }
  std::ranges::sort(marks);
  const auto [first, last] = std::ranges::unique(marks);
  marks.erase(first, last);
  return marks;
}

using Shape = std::array<std::uint64_t, 4>;

Shape shape_of(const Trace& trace) {
  Shape shape{};
  for (const Direction direction : kDirections) {
    for (const Item& item : trace.direction(direction).items) {
      if (item.kind != ItemKind::message) continue;
      ++shape[2 * index(direction)];
      shape[2 * index(direction) + 1] += item.size;
    }
  }
  return shape;
}

class Pairer {
 public:
  Pairer(const std::vector<Trace>& before, const std::vector<Trace>& after)
      : before_(before), after_(after), partner_(before.size()), is_taken_(after.size()) {}

  Pairing run() {
    pair_by(&Trace::key, PairedBy::key);
    pair_by(&Trace::accept, PairedBy::accept);
    pair_by_content();
    pair_by_shape();
    return result();
  }

 private:
  void join(std::size_t before, std::size_t after, PairedBy by) {
    partner_[before] = Pair{before, after, by};
    is_taken_[after] = true;
  }

  // Clients that repeat a key are paired in the order of time.
  void pair_by(std::string Trace::* word, PairedBy by) {
    std::unordered_map<std::string_view, std::vector<std::size_t>> known;
    for (const std::size_t i : in_order(after_)) {
      if (!is_taken_[i] && !(after_[i].*word).empty()) known[after_[i].*word].push_back(i);
    }
    for (auto& [key, places] : known) std::ranges::reverse(places);
    for (const std::size_t i : in_order(before_)) {
      const auto found = known.find(before_[i].*word);
      if (partner_[i] || found == known.end() || found->second.empty()) continue;
      join(i, found->second.back(), by);
      found->second.pop_back();
    }
  }

  static std::vector<std::size_t> in_order(const std::vector<Trace>& traces) {
    std::vector<std::size_t> order(traces.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return traces[i].accepted_wall; });
    return order;
  }

  struct Candidate {
    double score = 0;
    std::size_t before = 0;
    std::size_t after = 0;
  };

  // Rare contents tell more than frequent ones: each counts by how few have it.
  void pair_by_content() {
    std::unordered_map<std::uint64_t, std::vector<std::size_t>> known;
    for (std::size_t j = 0; j < after_.size(); ++j) {
      if (is_taken_[j]) continue;
      for (const std::uint64_t mark : marks_of(after_[j])) known[mark].push_back(j);
    }
    std::vector<Candidate> candidates;
    for (std::size_t i = 0; i < before_.size(); ++i) {
      if (!partner_[i]) add_candidates(i, known, candidates);
    }
    std::ranges::stable_sort(candidates, std::ranges::greater(), &Candidate::score);
    for (const Candidate& candidate : candidates) {
      if (partner_[candidate.before] || is_taken_[candidate.after]) continue;
      join(candidate.before, candidate.after, PairedBy::content);
    }
  }

  void add_candidates(std::size_t i,
                      const std::unordered_map<std::uint64_t, std::vector<std::size_t>>& known,
                      std::vector<Candidate>& candidates) const {
    std::unordered_map<std::size_t, double> scores;
    for (const std::uint64_t mark : marks_of(before_[i])) {
      const auto found = known.find(mark);
      if (found == known.end() || found->second.size() > kMostOfOneMark) continue;
      for (const std::size_t j : found->second) {
        scores[j] += 1.0 / static_cast<double>(found->second.size());
      }
    }
    std::vector<Candidate> own;
    for (const auto& [j, score] : scores) own.push_back({score, i, j});
    std::ranges::sort(own, {}, &Candidate::after);
    candidates.insert(candidates.end(), own.begin(), own.end());
  }

  // Without any content: only where exactly one fits, both ways.
  void pair_by_shape() {
    std::map<Shape, std::array<std::vector<std::size_t>, 2>> known;
    for (std::size_t i = 0; i < before_.size(); ++i) {
      if (!partner_[i]) known[shape_of(before_[i])][0].push_back(i);
    }
    for (std::size_t j = 0; j < after_.size(); ++j) {
      if (!is_taken_[j]) known[shape_of(after_[j])][1].push_back(j);
    }
    for (const auto& [shape, places] : known) {
      // Of more, some would fit by chance.
      if (places[0].size() > kMostOfOneMark || places[1].size() > kMostOfOneMark) continue;
      for (const std::size_t i : places[0]) {
        const auto j = only_fit(before_[i], after_, places[1]);
        if (j && only_fit(after_[*j], before_, places[0]) == i) join(i, *j, PairedBy::shape);
      }
    }
  }

  static std::optional<std::size_t> only_fit(const Trace& trace, const std::vector<Trace>& others,
                                             const std::vector<std::size_t>& places) {
    std::vector<std::size_t> fits;
    for (const std::size_t place : places) {
      const auto apart = others[place].accepted_wall - trace.accepted_wall;
      if (std::chrono::abs(apart) > kSameTime || others[place].stage != trace.stage) continue;
      fits.push_back(place);
    }
    if (fits.size() > 1) {
      std::erase_if(
          fits, [&](std::size_t place) { return target_of(others[place]) != target_of(trace); });
    }
    return fits.size() == 1 ? std::optional(fits.front()) : std::nullopt;
  }

  // What the request asks for; a hop that speaks another version of HTTP leaves it as it is.
  static std::string_view target_of(const Trace& trace) {
    const std::string_view head = trace.request;
    const std::size_t begin = std::min(head.find(' '), head.size());
    return head.substr(begin, head.find(' ', begin + 1) - begin);
  }

  Pairing result() const {
    Pairing pairing;
    for (std::size_t i = 0; i < before_.size(); ++i) {
      if (partner_[i]) {
        pairing.pairs.push_back(*partner_[i]);
      } else {
        pairing.only_before.push_back(i);
      }
    }
    for (std::size_t j = 0; j < after_.size(); ++j) {
      if (!is_taken_[j]) pairing.only_after.push_back(j);
    }
    return pairing;
  }

  const std::vector<Trace>& before_;
  const std::vector<Trace>& after_;
  std::vector<std::optional<Pair>> partner_;  // of each of before_
  std::vector<bool> is_taken_;                // each of after_
};

}  // namespace

Pairing pair_up(const std::vector<Trace>& before, const std::vector<Trace>& after) {
  return Pairer(before, after).run();
}

}  // namespace lastframe::diff
