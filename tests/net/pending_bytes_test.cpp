#include "net/pending_bytes.h"

#include <doctest/doctest.h>

#include <array>
#include <random>
#include <string>

#include "support/raw_peer.h"

namespace lastframe::net {
namespace {

using test::numbered_bytes;

// The front of what is pending, as one string.
std::string front_of(const PendingBytes& pending, std::size_t most_parts = 16) {
  std::array<iovec, 16> parts{};
  const std::size_t count = pending.front(std::span(parts).first(most_parts));
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    CHECK(parts[i].iov_len > 0);
    text.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
  }
  return text;
}

TEST_CASE("nothing is pending at first, and nothing is shown of it") {
  const PendingBytes pending;
  CHECK(pending.is_empty());
  CHECK(pending.size() == 0);
  CHECK(front_of(pending).empty());
}

TEST_CASE("bytes come out as they went in, over the borders of chunks") {
  for (const std::size_t size : {std::size_t{1}, kChunkSize - 1, kChunkSize, kChunkSize + 1,
                                 2 * kChunkSize, 5 * kChunkSize + 17}) {
    CAPTURE(size);
    ChunkPool pool;
    PendingBytes pending;
    const std::string bytes = numbered_bytes(size);
    pending.append(as_bytes(bytes), pool);
    CHECK(pending.size() == size);
    CHECK(front_of(pending) == bytes);
    pending.consume(size, pool);
    CHECK(pending.is_empty());
  }
}

TEST_CASE("a gathering write with few pieces sees the front only") {
  ChunkPool pool;
  PendingBytes pending;
  const std::string bytes = numbered_bytes(3 * kChunkSize);
  pending.append(as_bytes(bytes), pool);
  pending.consume(100, pool);
  CHECK(front_of(pending, 1) == bytes.substr(100, kChunkSize - 100));
  CHECK(front_of(pending, 2) == bytes.substr(100, 2 * kChunkSize - 100));
}

TEST_CASE("clearing drops everything, and the object can be used again") {
  ChunkPool pool;
  PendingBytes pending;
  pending.append(as_bytes(numbered_bytes(100'000)), pool);
  pending.consume(50'000, pool);
  pending.clear(pool);
  CHECK(pending.is_empty());
  pending.append(as_bytes("again"), pool);
  CHECK(front_of(pending) == "again");
}

TEST_CASE("a chunk that was given back is taken again") {
  ChunkPool pool;
  auto chunk = pool.take();
  const Chunk* const first = chunk.get();
  pool.give_back(std::move(chunk));
  CHECK(pool.take().get() == first);
}

TEST_CASE("property: pending bytes are a queue, whatever is appended and consumed") {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    ChunkPool pool;
    PendingBytes pending;
    std::string expected;
    for (int step = 0; step < 200; ++step) {
      if (random() % 2 == 0) {
        const std::string bytes = numbered_bytes(random() % (2 * kChunkSize));
        pending.append(as_bytes(bytes), pool);
        expected += bytes;
      } else if (!expected.empty()) {
        const std::size_t count = random() % (expected.size() + 1);
        pending.consume(count, pool);
        expected.erase(0, count);
      }
      REQUIRE(pending.size() == expected.size());
      const std::string front = front_of(pending);
      REQUIRE(front == expected.substr(0, front.size()));
      REQUIRE(front.empty() == expected.empty());
    }
  }
}

}  // namespace
}  // namespace lastframe::net
