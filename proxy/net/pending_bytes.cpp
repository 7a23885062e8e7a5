#include "net/pending_bytes.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace lastframe::net {

std::unique_ptr<Chunk> ChunkPool::take() {
  if (spare_.empty()) return std::make_unique_for_overwrite<Chunk>();
  auto chunk = std::move(spare_.back());
  spare_.pop_back();
  return chunk;
}

void ChunkPool::give_back(std::unique_ptr<Chunk> chunk) {
  if (spare_.size() < kMostSpare) spare_.push_back(std::move(chunk));
}

void PendingBytes::append(ByteView bytes, ChunkPool& pool) {
  while (!bytes.empty()) {
    const std::size_t end = begin_ + size_;
    if (end == chunks_.size() * kChunkSize) chunks_.push_back(pool.take());
    const std::size_t used = end % kChunkSize;
    const std::size_t count = std::min(bytes.size(), kChunkSize - used);
    std::copy_n(bytes.data(), count, chunks_.back()->data() + used);
    size_ += count;
    bytes = bytes.subspan(count);
  }
}

std::size_t PendingBytes::front(std::span<iovec> parts) const {
  std::size_t left = size_;
  std::size_t begin = begin_;
  std::size_t count = 0;
  for (; count < parts.size() && left > 0; ++count) {
    const std::size_t length = std::min(left, kChunkSize - begin);
    parts[count] = {.iov_base = chunks_[count]->data() + begin, .iov_len = length};
    left -= length;
    begin = 0;
  }
  return count;
}

void PendingBytes::consume(std::size_t count, ChunkPool& pool) {
  assert(count <= size_);
  begin_ += count;
  size_ -= count;
  const std::size_t done = size_ == 0 ? chunks_.size() : begin_ / kChunkSize;
  for (std::size_t i = 0; i < done; ++i) pool.give_back(std::move(chunks_[i]));
  chunks_.erase(chunks_.begin(), chunks_.begin() + static_cast<std::ptrdiff_t>(done));
  begin_ %= kChunkSize;
  if (size_ == 0) {
    begin_ = 0;
    chunks_.shrink_to_fit();
  }
}

void PendingBytes::clear(ChunkPool& pool) { consume(size_, pool); }

}  // namespace lastframe::net
