// Bytes that a peer has not taken yet, in chunks from a pool: nothing is held while nothing waits.
#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "core/base/bytes.h"

namespace lastframe::net {

inline constexpr std::size_t kChunkSize = 32 * 1024;  // bytes
using Chunk = std::array<std::byte, kChunkSize>;

// The spare chunks of one worker. Not thread-safe.
class ChunkPool {
 public:
  std::unique_ptr<Chunk> take();
  void give_back(std::unique_ptr<Chunk> chunk);

 private:
  static constexpr std::size_t kMostSpare = 64;  // 2 MiB
  std::vector<std::unique_ptr<Chunk>> spare_;
};

class PendingBytes {
 public:
  bool is_empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

  void append(ByteView bytes, ChunkPool& pool);

  // The front of the bytes as at most `parts.size()` pieces, for one gathering write; how many.
  std::size_t front(std::span<iovec> parts) const;

  // Drops `count` bytes from the front; 0 <= count <= size().
  void consume(std::size_t count, ChunkPool& pool);
  void clear(ChunkPool& pool);

 private:
  std::vector<std::unique_ptr<Chunk>> chunks_;
  std::size_t begin_ = 0;  // within the first chunk
  std::size_t size_ = 0;
};

}  // namespace lastframe::net
