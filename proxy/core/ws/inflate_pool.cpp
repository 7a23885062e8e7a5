#include "core/ws/inflate_pool.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "core/ws/inflater.h"
#include "core/ws/zlib_state.h"

namespace lastframe::ws {
namespace {

// What a state takes, for those who make room before they make one; zlib's own part is rounded up.
constexpr std::size_t state_size(unsigned window_bits) {
  return sizeof(ZlibState) + 8192 + window_size(window_bits);
}

std::size_t kind_of(unsigned window_bits) { return window_bits - kMinWindowBits; }

std::size_t idle_limit_of(const InflateLimits& limits) {
  return std::min(limits.idle_states, limits.memory / 4 / state_size(kMaxWindowBits));
}

// A ring's head stands between its newest and its oldest link.
void link_as_newest(UseLink& ring, UseLink& link) {
  link.older = ring.older;
  link.newer = &ring;
  ring.older->newer = &link;
  ring.older = &link;
}

}  // namespace

InflatePool::InflatePool(InflateLimits limits)
    : wanted_(limits),
      limits_(limits),
      idle_limit_(idle_limit_of(limits)),
      scratch_(std::make_unique_for_overwrite<std::byte[]>(window_size(kMaxWindowBits))) {}

InflatePool::~InflatePool() {
  for (std::size_t kind = 0; kind < spare_.size(); ++kind) {
    while (spare_[kind] != nullptr) destroy(take_spare(kind));
  }
}

void InflatePool::set_limits(const InflateLimits& limits) {
  if (limits == wanted_) return;
  wanted_ = limits_ = limits;
  limits_.memory = std::max(limits.memory, in_hand_);
  idle_limit_ = idle_limit_of(limits_);
  while (attached_count_ > idle_limit_) detach(static_cast<Inflater&>(*attached_.newer));
  make_room(0);
}

// No value where the budget or the system does not give it.
std::byte* InflatePool::allocate(std::size_t size) {
  return make_room(size) ? allocate_within_budget(size) : nullptr;
}

std::byte* InflatePool::allocate_within_budget(std::size_t size) {
  void* const memory = ::operator new(size, std::nothrow);
  if (memory != nullptr) memory_.add(size);
  return static_cast<std::byte*>(memory);
}

void InflatePool::deallocate(std::byte* memory, std::size_t size) {
  if (memory == nullptr) return;
  ::operator delete(memory);
  memory_.subtract(size);
}

// Gives way in this order: states that nobody has; windows, from the least recently used on; and
// attached states, which were used after all of those. Their windows are saved first, and go only
// if that is not enough. Messages in hand keep what they have.
bool InflatePool::make_room(std::size_t size) {
  if (in_hand_ + size > limits_.memory) return false;
  while (memory() + size > limits_.memory) {
    const auto spare =
        std::ranges::find_if(spare_, [](const ZlibState* s) { return s != nullptr; });
    if (spare != spare_.end()) {
      destroy(take_spare(static_cast<std::size_t>(spare - spare_.begin())));
    } else if (windows_.newer != &windows_) {
      auto& oldest = static_cast<Inflater&>(*windows_.newer);
      forget(oldest);
      oldest.context_ = Inflater::Context::unknown;
    } else if (attached_count_ > 0) {
      detach(static_cast<Inflater&>(*attached_.newer));
    } else {
      return false;
    }
  }
  return true;
}

ZlibState* InflatePool::borrow(unsigned window_bits) {
  ZlibState* state = take_spare(kind_of(window_bits));
  for (std::size_t kind = 0; state == nullptr && kind < spare_.size(); ++kind) {
    state = take_spare(kind);
  }
  if (state == nullptr) return make_state(window_bits);
  state->window_bits = window_bits;
  inflateReset2(&state->stream, -static_cast<int>(window_bits));
  return state;
}

ZlibState* InflatePool::make_state(unsigned window_bits) {
  if (!make_room(state_size(window_bits))) return nullptr;
  std::byte* const memory = allocate_within_budget(sizeof(ZlibState));
  if (memory == nullptr) return nullptr;
  auto* const state = new (memory) ZlibState;
  state->pool = this;
  state->window_bits = window_bits;
  state->stream.zalloc = ZlibState::allocate;
  state->stream.zfree = ZlibState::deallocate;
  state->stream.opaque = state;
  if (inflateInit2(&state->stream, -static_cast<int>(window_bits)) == Z_OK) return state;
  destroy(state);
  return nullptr;
}

ZlibState* InflatePool::take_spare(std::size_t kind) {
  ZlibState* const state = spare_[kind];
  if (state == nullptr) return nullptr;
  spare_[kind] = state->next_spare;
  --spare_count_;
  return state;
}

void InflatePool::give_back(ZlibState* state) {
  if (spare_count_ > idle_limit_) return destroy(state);
  state->next_spare = std::exchange(spare_[kind_of(state->window_bits)], state);
  ++spare_count_;
}

void InflatePool::destroy(ZlibState* state) {
  inflateEnd(&state->stream);  // does nothing where zlib could not begin
  state->~ZlibState();
  deallocate(reinterpret_cast<std::byte*>(state), sizeof(ZlibState));
}

// Gives a direction a state for the message that begins, with its window in it.
bool InflatePool::attach(Inflater& inflater) {
  unlink(inflater);
  if (inflater.state_ == nullptr) {
    inflater.state_ = borrow(inflater.parameters_.window_bits);
    if (inflater.state_ == nullptr) return false;
    // Also where there is nothing to give: then zlib allocates its window now, and not in the
    // middle of the message.
    const std::byte* const window = inflater.window_ != nullptr ? inflater.window_ : scratch_.get();
    const int code =
        inflateSetDictionary(&inflater.state_->stream, zlib_bytes(window), inflater.history_);
    if (code != Z_OK) {
      destroy(std::exchange(inflater.state_, nullptr));
      return false;
    }
    deallocate(std::exchange(inflater.window_, nullptr), inflater.history_);
  }
  inflater.state_->staged = 0;
  in_hand_ += inflater.state_->memory;
  return true;
}

// The message has ended well.
void InflatePool::keep(Inflater& inflater) {
  in_hand_ -= inflater.state_->memory;
  if (!inflater.parameters_.takes_over || inflater.history_ == 0) {
    return give_back(std::exchange(inflater.state_, nullptr));
  }
  link_as_newest(attached_, inflater);
  if (++attached_count_ > idle_limit_) detach(static_cast<Inflater&>(*attached_.newer));
}

// Takes the state of the direction that has not used its own for longest, and saves the window.
// This takes nothing from others: a state is larger than its window.
void InflatePool::detach(Inflater& inflater) {
  unlink(inflater);
  ZlibState* const state = std::exchange(inflater.state_, nullptr);
  if (inflater.history_ <= limits_.memory - memory()) {
    inflater.window_ = allocate_within_budget(inflater.history_);
    if (inflater.window_ != nullptr) {
      inflateGetDictionary(&state->stream, zlib_bytes(inflater.window_), nullptr);
    }
    give_back(state);
  } else {
    inflateGetDictionary(&state->stream, zlib_bytes(scratch_.get()), nullptr);
    destroy(state);
    inflater.window_ = allocate_within_budget(inflater.history_);
    if (inflater.window_ != nullptr) {
      std::memcpy(inflater.window_, scratch_.get(), inflater.history_);
    }
  }
  if (inflater.window_ == nullptr) {
    inflater.history_ = 0;
    inflater.context_ = Inflater::Context::unknown;
    return;
  }
  link_as_newest(windows_, inflater);
}

void InflatePool::forget(Inflater& inflater) {
  const bool is_in_hand = inflater.newer == &inflater && inflater.state_ != nullptr;
  if (is_in_hand) in_hand_ -= inflater.state_->memory;
  unlink(inflater);
  if (inflater.state_ != nullptr) give_back(std::exchange(inflater.state_, nullptr));
  deallocate(std::exchange(inflater.window_, nullptr), inflater.history_);
  inflater.history_ = 0;
}

void InflatePool::unlink(Inflater& inflater) {
  if (inflater.newer == &inflater) return;
  if (inflater.state_ != nullptr) --attached_count_;
  inflater.older->newer = inflater.newer;
  inflater.newer->older = inflater.older;
  inflater.older = &inflater;
  inflater.newer = &inflater;
}

}  // namespace lastframe::ws
