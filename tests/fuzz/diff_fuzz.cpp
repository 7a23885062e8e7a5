// Two taps see anything. A trace does not depend on how the bytes are cut; a connection compared
// with itself has no finding; sentences are printable and places lie within what was said; findings
// are at most one for each kind and direction.
//
// Input: the chunk size; a byte of options (bit 0: permessage-deflate, bit 1: payload as digests at
// the second tap's end, bit 2: the second tap's connection is not finished); then, for each tap,
// two bytes of length and the bytes behind its handshake: the first half is the client's.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/ascii.h"
#include "diff/comparison.h"
#include "diff/trace_collector.h"
#include "diff/words.h"
#include "fuzz/chunks.h"
#include "support/handshake.h"

namespace lastframe::fuzz {
namespace {

constexpr std::string_view kDeflate = "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";

std::string with_deflate(std::string_view head, bool is_wanted) {
  if (!is_wanted) return std::string(head);
  return std::string(head.substr(0, head.size() - 2)) + std::string(kDeflate);
}

struct Tap {
  std::string_view client;
  std::string_view server;
};

Tap tap_of(std::string_view& bytes) {
  std::size_t size = 0;
  for (int i = 0; i < 2 && !bytes.empty(); ++i) {
    size = size << 8 | static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
  }
  const std::string_view own = bytes.substr(0, size);
  bytes.remove_prefix(own.size());
  return {own.substr(0, own.size() / 2), own.substr(own.size() / 2)};
}

diff::Trace trace_of(const Tap& tap, std::size_t chunk_size, unsigned options, bool is_finished) {
  diff::Trace result;
  diff::TraceCollector collector([&](diff::Trace trace) { result = std::move(trace); });
  collector.on_start({.id = 1, .client = "192.0.2.1:1"});
  const auto relay = [&](Direction direction, std::string_view bytes) {
    feed_chunks(bytes, chunk_size, [&](std::string_view chunk) {
      collector.on_input(1, Moment{}, session::BytesRelayed{direction, as_bytes(chunk)});
    });
  };
  const bool has_deflate = (options & 1) != 0;
  relay(Direction::client_to_server, with_deflate(test::kUpgradeRequest, has_deflate));
  relay(Direction::server_to_client, with_deflate(test::kAcceptingResponse, has_deflate));
  relay(Direction::client_to_server, tap.client);
  relay(Direction::server_to_client, tap.server);
  if ((options & 2) != 0) {
    collector.on_input(1, Moment{},
                       session::BytesMissed{.direction = Direction::server_to_client,
                                            .count = 1 + (options >> 3)});
  }
  if (is_finished) collector.on_input(1, Moment{}, session::Finished{});
  collector.finish();
  return result;
}

void check_items(const diff::DirectionTrace& trace) {
  for (const diff::Item& item : trace.items) {
    require(item.offset <= trace.bytes);
    require(std::uint64_t{item.sample_at} + item.sample_size <= trace.samples.size());
    if (item.frame_count > 0) require(item.last_frame < trace.frames.size());
  }
}

void check(const Input& input) {
  std::string_view bytes = input.bytes;
  const unsigned options = bytes.empty() ? 0 : static_cast<unsigned char>(bytes.front());
  bytes.remove_prefix(std::min<std::size_t>(1, bytes.size()));
  const Tap first = tap_of(bytes);
  const Tap second = tap_of(bytes);
  const bool is_finished = (options & 4) == 0;
  const diff::Trace before = trace_of(first, 4096, options & 1u, true);
  const diff::Trace after = trace_of(second, 4096, options, is_finished);
  for (const Direction direction : kDirections) {
    check_items(before.direction(direction));
    check_items(after.direction(direction));
  }
  const auto findings = diff::compare(before, after, {}).findings;
  const diff::Trace cut_before = trace_of(first, input.chunk_size, options & 1u, true);
  const diff::Trace cut_after = trace_of(second, input.chunk_size, options, is_finished);
  require(diff::compare(cut_before, cut_after, {}).findings == findings);
  require(diff::compare(before, cut_before, {}).findings.empty());
  for (const diff::Finding& finding : findings) {
    require(std::ranges::count_if(findings, [&](const diff::Finding& other) {
              return other.kind == finding.kind && other.direction == finding.direction;
            }) == 1);
    const std::string text = diff::sentence(finding, {"A", "B"}) +
                             diff::place_text(finding.before) + diff::place_text(finding.after);
    require(text.find('\n') == std::string::npos && text.find('\x1b') == std::string::npos);
  }
}

}  // namespace
}  // namespace lastframe::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  lastframe::fuzz::check(lastframe::fuzz::input_of(data, size));
  return 0;
}
