// Memory for inflating: the zlib states and windows that all connections of a worker share, under
// one budget.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "core/base/counter.h"

namespace lastframe::ws {

struct InflateLimits {
  std::size_t memory = 64 * 1024 * 1024;       // bytes, all states and windows of the pool
  std::uint64_t message = 64 * 1024 * 1024;    // bytes that one message may inflate to
  std::uint64_t ratio = 200;                   // output by input; counts from ratio_from on
  std::uint64_t ratio_from = 4 * 1024 * 1024;  // bytes of output
  std::size_t idle_states = 32;  // zlib states kept attached between messages, at most; those that
                                 // would take more than a quarter of `memory` are not

  bool operator==(const InflateLimits&) const = default;
};

class Inflater;
struct ZlibState;  // zlib_state.h: a zlib stream, and the input that waits for it

// A place in a ring ordered by last use; alone it is a ring of its own.
struct UseLink {
  UseLink* older = this;
  UseLink* newer = this;
};

// zlib states and windows of a worker, under one budget; the least recently used window goes first.
// Beside the budget it holds 32 KiB for output.
class InflatePool {
 public:
  explicit InflatePool(InflateLimits limits);
  ~InflatePool();
  InflatePool(const InflatePool&) = delete;
  InflatePool& operator=(const InflatePool&) = delete;

  // Lower limits hold at once, but for messages in hand. Cheap where nothing changes.
  void set_limits(const InflateLimits& limits);

  // Bytes, never above limits.memory; from any thread.
  std::size_t memory() const { return static_cast<std::size_t>(memory_.value()); }
  std::uint64_t shed_messages() const { return shed_messages_; }  // whatever the reason

 private:
  friend class Inflater;
  friend struct ZlibState;

  std::byte* allocate(std::size_t size);
  std::byte* allocate_within_budget(std::size_t size);
  void deallocate(std::byte* memory, std::size_t size);
  bool make_room(std::size_t size);

  ZlibState* borrow(unsigned window_bits);
  ZlibState* make_state(unsigned window_bits);
  ZlibState* take_spare(std::size_t kind);
  void give_back(ZlibState* state);
  void destroy(ZlibState* state);

  bool attach(Inflater& inflater);
  void keep(Inflater& inflater);
  void detach(Inflater& inflater);
  void forget(Inflater& inflater);
  void unlink(Inflater& inflater);

  InflateLimits wanted_;     // as they were set
  InflateLimits limits_;     // as they hold: never less memory than messages in hand have
  std::size_t idle_limit_;   // 0 <= attached_count_ <= idle_limit_
  Counter memory_;           // 0 <= in_hand_ <= memory_ <= limits_.memory
  std::size_t in_hand_ = 0;  // of it, what messages in hand hold: it cannot be taken away
  std::uint64_t shed_messages_ = 0;
  std::unique_ptr<std::byte[]> scratch_;  // a run of output, or a window on its way
  std::array<ZlibState*, 8> spare_{};     // states that nobody has, a list for each window size
  std::size_t spare_count_ = 0;
  UseLink attached_;  // between messages, with a state; all used later than those of windows_
  std::size_t attached_count_ = 0;
  UseLink windows_;  // between messages, with a window
};

}  // namespace lastframe::ws
