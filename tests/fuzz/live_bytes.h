// Counts what is allocated, so that a target can hold its subject to a limit. Sanitizers tell of
// every allocation; without one nothing is counted and every limit holds. libFuzzer has a thread of
// its own that allocates now and then: only the thread that runs the target counts.
#pragma once

#include <cstddef>

extern "C" {
// sanitizer/allocator_interface.h, as weak symbols: absent in a build without a sanitizer.
[[gnu::weak]] int __sanitizer_install_malloc_and_free_hooks(
    void (*malloc_hook)(const volatile void*, std::size_t),
    void (*free_hook)(const volatile void*));
[[gnu::weak]] std::size_t __sanitizer_get_allocated_size(const volatile void* memory);
}

namespace lastframe::fuzz {

inline std::ptrdiff_t live_bytes = 0;
inline std::ptrdiff_t most_live_bytes = 0;
inline thread_local bool is_counted_thread = false;

// Once is enough; where it is called again nothing happens.
inline void begin_counting() {
  is_counted_thread = true;
  static const bool is_begun = [] {
    if (__sanitizer_install_malloc_and_free_hooks == nullptr) return false;
    __sanitizer_install_malloc_and_free_hooks(
        [](const volatile void*, std::size_t size) {
          if (!is_counted_thread) return;
          live_bytes += static_cast<std::ptrdiff_t>(size);
          if (live_bytes > most_live_bytes) most_live_bytes = live_bytes;
        },
        [](const volatile void* memory) {
          if (memory == nullptr || !is_counted_thread) return;
          live_bytes -= static_cast<std::ptrdiff_t>(__sanitizer_get_allocated_size(memory));
        });
    return true;
  }();
  static_cast<void>(is_begun);
}

// The most that was alive at once since its beginning, above what was alive then.
class Watermark {
 public:
  Watermark() : begin_(live_bytes) { most_live_bytes = live_bytes; }
  std::ptrdiff_t height() const { return most_live_bytes - begin_; }

 private:
  std::ptrdiff_t begin_;
};

}  // namespace lastframe::fuzz
