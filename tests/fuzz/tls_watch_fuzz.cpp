// Two endpoints say anything to each other. What is seen of it does not depend on how it is cut,
// and little memory is held.
//
// Input: the chunk size, then turns: one byte (bit 7: the server speaks; the others: how many
// bytes, 127 stands for 1,000) and the bytes.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/tls/tls_watch.h"
#include "fuzz/chunks.h"
#include "fuzz/live_bytes.h"

namespace lastframe::fuzz {
namespace {

// A message of each side, twice while its buffer grows; and a hello while it is read, see the
// target client_hello.
constexpr std::ptrdiff_t kMostMemory =
    4 * tls::kLongestMessage + 8 * tls::kLongestHello + 64 * 1024;

struct Heard {
  tls::PassingTls seen;
  std::array<std::uint64_t, 2> bytes{};  // by Endpoint
};

Heard heard_of(std::string_view turns, std::size_t chunk_size) {
  tls::TlsWatch watch;
  Heard heard;
  const Watermark watermark;
  while (!turns.empty()) {
    const auto head = static_cast<unsigned char>(turns.front());
    turns.remove_prefix(1);
    const std::size_t size = (head & 0x7F) == 0x7F ? 1000 : head & 0x7F;
    const std::string_view bytes = turns.substr(0, size);
    turns.remove_prefix(bytes.size());
    const Endpoint sender = (head & 0x80) != 0 ? Endpoint::server : Endpoint::client;
    heard.bytes[index(sender)] += bytes.size();
    feed_chunks(bytes, chunk_size, [&](std::string_view chunk) {
      watch.feed(direction_from(sender), as_bytes(chunk));
    });
  }
  require(watermark.height() <= kMostMemory);
  heard.seen = watch.seen();
  return heard;
}

void check_side(const tls::PassingTls& seen, Endpoint endpoint, std::uint64_t bytes) {
  const tls::SideSeen& side = seen.sides[index(endpoint)];
  require(side.bytes == bytes);
  require(side.application_bytes <= side.bytes);
  require(seen.is_handshake_over || side.application_bytes == 0);
  const bool has_records =
      side.state == tls::StreamState::records || side.state == tls::StreamState::lost;
  require(has_records || side.last_record == tls::LastRecord::none);
  require(has_records || !side.alert);
  require(!has_records || endpoint == Endpoint::client || seen.first_bytes.empty());
}

void check(const Input& input) {
  const Heard whole = heard_of(input.bytes, 1000);
  const tls::PassingTls& seen = whole.seen;
  require(heard_of(input.bytes, input.chunk_size).seen == seen);
  for (const Endpoint endpoint : kEndpoints) {
    check_side(seen, endpoint, whole.bytes[index(endpoint)]);
  }
  require(seen.first_bytes.size() <= tls::kMostFirstBytes);
  require(!seen.is_handshake_over || seen.server_hello);
  require(seen.chain_length <= whole.bytes[index(Endpoint::server)]);
}

}  // namespace
}  // namespace lastframe::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  lastframe::fuzz::begin_counting();
  lastframe::fuzz::check(lastframe::fuzz::input_of(data, size));
  return 0;
}
