// How often each of many names occurs, in bounded memory: the frequent ones are kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lastframe::report {

// Records with a name, and how many of them are abnormal.
struct NameCounts {
  std::uint64_t all = 0;
  std::uint64_t abnormal = 0;

  bool operator==(const NameCounts&) const = default;
};

// Where names have to be given up, those with the fewest abnormal records go first, of these those
// with the fewest records. Counts of a name begin when it is taken in (again), so they are exact or
// too low; `unnamed()` says how many records are in no count.
class TopNames {
 public:
  static constexpr std::size_t kLongestName = 1100;  // bytes: the log cuts at 1024 and adds a mark

  // Between `kept` and twice as many names are remembered. At least 1.
  explicit TopNames(std::size_t kept) : kept_(kept) {}

  void add(std::string_view name, bool is_abnormal);

  struct Row {
    std::string name;
    NameCounts counts;

    bool operator==(const Row&) const = default;
  };
  // The names with the most records; or with the most abnormal ones, without those that have none.
  // Ties in the order of the alphabet.
  std::vector<Row> most_frequent(std::size_t count) const;
  std::vector<Row> most_abnormal(std::size_t count) const;

  std::size_t names() const { return counts_.size(); }
  const NameCounts& total() const { return total_; }
  // Whether a name was ever given up.
  bool has_forgotten() const { return has_forgotten_; }
  NameCounts unnamed() const;

 private:
  struct Slot {
    NameCounts counts;
    NameCounts missed;  // at most so many came before
  };
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  void give_up_rare_ones();

  std::size_t kept_;
  std::unordered_map<std::string, Slot, Hash, std::equal_to<>> counts_;
  NameCounts total_;
  NameCounts missed_;  // the most that a name which is not there may have had
  bool has_forgotten_ = false;
};

}  // namespace lastframe::report
