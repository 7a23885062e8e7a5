#include "diff/alignment.h"

#include <algorithm>
#include <unordered_map>

namespace lastframe::diff {
namespace {

constexpr std::size_t kMostEdits = 600;  // around one difference
constexpr std::size_t kAgreement = 12;   // as many equal elements end a difference
constexpr std::uint64_t kMostWork = 20'000'000;
constexpr std::size_t kMostPlaces = 8;  // of one key that are looked at

// The ends of the paths with so many edits, and how they began (for the way back).
using Row = std::vector<std::int32_t>;

class Aligner {
 public:
  explicit Aligner(const Sequences& sequences) : sequences_(sequences) {}

  Alignment run() {
    while (sent_ < sequences_.sent && arrived_ < sequences_.arrived) {
      if (is_same(sent_, arrived_)) {
        step_both();
      } else if (work_ > kMostWork) {
        give_up();
      } else if (!bridge() && !jump()) {
        give_up();
      }
    }
    while (sent_ < sequences_.sent) step_sent();
    while (arrived_ < sequences_.arrived) step_arrived();
    return std::move(result_);
  }

 private:
  bool is_same(std::size_t sent, std::size_t arrived) {
    ++work_;
    return sequences_.same(sent, arrived);
  }
  void step_both() {
    result_.steps.push_back(
        {static_cast<std::uint32_t>(sent_++), static_cast<std::uint32_t>(arrived_++)});
  }
  void step_sent() { result_.steps.push_back({static_cast<std::uint32_t>(sent_++), {}}); }
  void step_arrived() { result_.steps.push_back({{}, static_cast<std::uint32_t>(arrived_++)}); }

  // The shortest script from here to where kAgreement elements agree, or both sides end.
  bool bridge() {
    const auto left_sent = static_cast<std::int32_t>(sequences_.sent - sent_);
    const auto left_arrived = static_cast<std::int32_t>(sequences_.arrived - arrived_);
    std::vector<Row> rows;
    const auto limit = static_cast<std::int32_t>(kMostEdits);
    for (std::int32_t edits = 0; edits <= limit && work_ <= kMostWork; ++edits) {
      Row row(2 * static_cast<std::size_t>(edits) + 1, -1);
      for (std::int32_t k = -edits; k <= edits; k += 2, ++work_) {
        const std::int32_t start = reach(rows, edits, k);
        if (start < 0 || start > left_sent || start - k > left_arrived || start - k < 0) continue;
        std::int32_t x = start;
        while (x < left_sent && x - k < left_arrived && x - start < 4096 &&
               is_same(sent_ + static_cast<std::size_t>(x),
                       arrived_ + static_cast<std::size_t>(x - k))) {
          ++x;
        }
        row[static_cast<std::size_t>(k + edits)] = x;
        const bool is_end = x == left_sent && x - k == left_arrived;
        if (edits == 0 || (!is_end && x - start < static_cast<std::int32_t>(kAgreement))) continue;
        rows.push_back(row);
        walk(rows, k, x);
        return true;
      }
      rows.push_back(std::move(row));
    }
    return false;
  }

  // How many of the sent elements a path of `edits` on diagonal k has behind it, before it runs
  // along what agrees.
  static std::int32_t reach(const std::vector<Row>& rows, std::int32_t edits, std::int32_t k) {
    if (edits == 0) return 0;
    const Row& last = rows[static_cast<std::size_t>(edits - 1)];
    const auto at = [&](std::int32_t diagonal) -> std::int32_t {
      const std::int32_t place = diagonal + edits - 1;
      if (place < 0 || place >= static_cast<std::int32_t>(last.size())) return -1;
      return last[static_cast<std::size_t>(place)];
    };
    const std::int32_t dropped = at(k - 1) < 0 ? -1 : at(k - 1) + 1;
    return std::max(dropped, at(k + 1));
  }

  // Turns the path that ends at (x, x - k) into steps.
  void walk(const std::vector<Row>& rows, std::int32_t k, std::int32_t x) {
    struct Leg {
      std::int32_t equal;
      bool is_drop;
    };
    std::vector<Leg> legs;
    for (auto edits = static_cast<std::int32_t>(rows.size()) - 1; edits > 0; --edits) {
      const std::int32_t start = reach(rows, edits, k);
      const Row& last = rows[static_cast<std::size_t>(edits - 1)];
      const std::int32_t place = k - 1 + edits - 1;
      const bool may_drop = place >= 0 && place < static_cast<std::int32_t>(last.size()) &&
                            last[static_cast<std::size_t>(place)] >= 0;
      const bool is_drop = may_drop && last[static_cast<std::size_t>(place)] + 1 == start;
      legs.push_back({x - start, is_drop});
      x = is_drop ? start - 1 : start;
      k = is_drop ? k - 1 : k + 1;
    }
    for (std::int32_t i = 0; i < x; ++i) step_both();
    for (auto leg = legs.rbegin(); leg != legs.rend(); ++leg) {
      leg->is_drop ? step_sent() : step_arrived();
      for (std::int32_t i = 0; i < leg->equal; ++i) step_both();
    }
  }

  // A long run on one side only: where what comes next on the other side goes on.
  bool jump() {
    if (!has_places_) note_places();
    const auto forward = [&](const Places& places, std::uint64_t key,
                             std::size_t from) -> std::optional<std::size_t> {
      const auto found = places.find(key);
      if (key == 0 || found == places.end()) return std::nullopt;
      const auto next = std::ranges::lower_bound(found->second, from);
      return next == found->second.end() ? std::nullopt : std::optional<std::size_t>(*next);
    };
    const auto inserted = forward(arrived_places_, sequences_.sent_key(sent_), arrived_);
    const auto dropped = forward(sent_places_, sequences_.arrived_key(arrived_), sent_);
    if (inserted && agrees(sent_, *inserted)) {
      while (arrived_ < *inserted) step_arrived();
      return true;
    }
    if (dropped && agrees(*dropped, arrived_)) {
      while (sent_ < *dropped) step_sent();
      return true;
    }
    return false;
  }

  bool agrees(std::size_t sent, std::size_t arrived) {
    for (std::size_t i = 0; i < 3; ++i) {
      if (sent + i >= sequences_.sent || arrived + i >= sequences_.arrived) return i > 0;
      if (!is_same(sent + i, arrived + i)) return false;
    }
    return true;
  }

  using Places = std::unordered_map<std::uint64_t, std::vector<std::size_t>>;

  void note_places() {
    has_places_ = true;
    const auto note = [](Places& places, std::uint64_t key, std::size_t at) {
      if (key == 0) return;
      std::vector<std::size_t>& known = places[key];
      if (known.size() < kMostPlaces) known.push_back(at);
    };
    for (std::size_t i = sent_; i < sequences_.sent; ++i) {
      note(sent_places_, sequences_.sent_key(i), i);
    }
    for (std::size_t i = arrived_; i < sequences_.arrived; ++i) {
      note(arrived_places_, sequences_.arrived_key(i), i);
    }
  }

  // One of each, as if it were a change.
  void give_up() {
    result_.is_exhaustive = false;
    step_sent();
    step_arrived();
  }

  const Sequences& sequences_;
  Alignment result_;
  Places sent_places_;
  Places arrived_places_;
  std::size_t sent_ = 0;
  std::size_t arrived_ = 0;
  std::uint64_t work_ = 0;
  bool has_places_ = false;
};

}  // namespace

Alignment align(const Sequences& sequences) { return Aligner(sequences).run(); }

}  // namespace lastframe::diff
