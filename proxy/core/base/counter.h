// Numbers that one thread counts and others read at any time: plain adds for the one, never a torn
// value for the others, and no order among several counters.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace lastframe {

// One writer. Every message pays for some additions. A locked one would cost more than all the rest
// of its counts; of a relaxed load and store GCC 12 makes three instructions where one does.
class Counter {
 public:
  void add(std::uint64_t n) {
#if defined(__x86_64__)
    static_assert(sizeof(value_) == 8);
    asm("addq %1, %0" : "+m"(value_) : "er"(n));
#else
    value_.store(value() + n, std::memory_order_relaxed);
#endif
  }
  // Of a number that also goes down.
  void subtract(std::uint64_t n) { add(-n); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// How many values were at most each of `Bounds` (ascending), how many were larger, and their sum.
// Bounds and values are whole numbers: bytes, or microseconds.
template <const auto& Bounds>
class Histogram {
 public:
  static constexpr std::size_t kBuckets = std::size(Bounds) + 1;
  static_assert(std::ranges::is_sorted(Bounds));

  void observe(std::uint64_t value) {
    const auto bound = std::ranges::lower_bound(Bounds, value);
    counts_[static_cast<std::size_t>(bound - std::begin(Bounds))].add(1);
    sum_.add(value);
  }

  static constexpr std::span<const std::uint64_t> bounds() { return Bounds; }
  // The last bucket is of those above every bound.
  std::array<std::uint64_t, kBuckets> counts() const {
    std::array<std::uint64_t, kBuckets> counts;
    std::ranges::transform(counts_, counts.begin(), &Counter::value);
    return counts;
  }
  std::uint64_t sum() const { return sum_.value(); }

 private:
  std::array<Counter, kBuckets> counts_;
  Counter sum_;
};

}  // namespace lastframe
