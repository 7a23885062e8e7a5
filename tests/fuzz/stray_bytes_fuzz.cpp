// Any bytes are something that stands where a frame should begin. What is said of them is short and
// printable; where a response or frames begin does not depend on how the bytes are cut.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/endpoint.h"
#include "core/ws/interruption_finder.h"
#include "core/ws/resynchroniser.h"
#include "core/ws/stray_bytes.h"
#include "core/ws/utf8.h"
#include "fuzz/chunks.h"
#include "fuzz/live_bytes.h"

namespace lastframe::fuzz {
namespace {

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
}

void check_recognition(std::string_view bytes) {
  // In memory of its own: the window is all that may be read.
  const std::string first(bytes.substr(0, ws::kStrayWindow));
  for (const std::optional<std::uint64_t> length :
       {std::optional<std::uint64_t>(), std::optional<std::uint64_t>(bytes.size()),
        std::optional<std::uint64_t>(~std::uint64_t{0})}) {
    const ws::StrayBytes found = ws::recognise(as_bytes(first), length);
    require(!found.summary.empty() && found.summary.size() <= ws::kLongestStrayText);
    require(found.shown.size() <= ws::kLongestStrayText);
    require(is_printable(found.summary) && is_printable(found.shown));
    require(!ws::name(found.kind).empty());
    require(bytes.size() >= 2 || found.kind == ws::StrayKind::unknown);
    require(ws::recognise(as_bytes(bytes), length) == found);
  }
}

struct Interruption {
  std::optional<std::uint64_t> offset;
  std::string beginning;

  bool operator==(const Interruption&) const = default;
};

Interruption last_interruption(std::string_view bytes, std::size_t chunk_size) {
  Interruption last;
  ws::InterruptionFinder finder;
  feed_chunks(bytes, chunk_size, [&](std::string_view chunk) {
    const Watermark watermark;
    const auto offset = finder.feed(as_bytes(chunk));
    require(watermark.height() == 0);
    if (!offset) return;
    require(*offset + ws::kInterruptionSize <= bytes.size());
    last = {.offset = offset, .beginning = std::string(as_text(finder.beginning()))};
    require(bytes.substr(*offset, ws::kInterruptionSize) == last.beginning);
  });
  return last;
}

void check_interruptions(const Input& input) {
  const Interruption whole = last_interruption(input.bytes, input.bytes.size() + 1);
  require(last_interruption(input.bytes, input.chunk_size) == whole);
  const auto first = ws::find_http_response(as_bytes(input.bytes));
  require(first.has_value() == whole.offset.has_value());
  if (first) require(*first <= *whole.offset && input.bytes.substr(*first).starts_with("HTTP/1."));
}

struct Resync {
  std::optional<ws::Resynchronised> found;
  std::string rest;  // the stream from there on

  bool operator==(const Resync&) const = default;
};

Resync resynchronise(std::string_view bytes, std::size_t chunk_size,
                     const ws::FrameContext& context) {
  Resync resync;
  ws::Resynchroniser resynchroniser(context);
  feed_chunks(bytes, chunk_size, [&](std::string_view chunk) {
    ByteView input = as_bytes(chunk);
    if (!resync.found) {
      const Watermark watermark;
      resync.found = resynchroniser.feed(input);
      require(watermark.height() == 0);
      require(resync.found.has_value() || input.empty());
      require(resynchroniser.retained().size() <= ws::kResyncWindow);
      if (resync.found) resync.rest = as_text(resynchroniser.retained());
    }
    if (resync.found) resync.rest += as_text(input);
  });
  return resync;
}

void check_resynchronising(const Input& input) {
  for (const Endpoint sender : kEndpoints) {
    for (const bool has_deflate : {false, true}) {
      const ws::FrameContext context{.sender = sender, .has_deflate = has_deflate};
      const Resync whole = resynchronise(input.bytes, input.bytes.size() + 1, context);
      require(resynchronise(input.bytes, input.chunk_size, context) == whole);
      if (whole.found) require(input.bytes.substr(whole.found->offset) == whole.rest);
    }
  }
}

}  // namespace
}  // namespace lastframe::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The UTF-8 library allocates once, where it chooses its code for this CPU.
  static const bool is_ready = lastframe::ws::is_valid_utf8("ready");
  lastframe::fuzz::require(is_ready);
  lastframe::fuzz::begin_counting();
  const lastframe::fuzz::Input input = lastframe::fuzz::input_of(data, size);
  lastframe::fuzz::check_recognition(input.bytes);
  lastframe::fuzz::check_interruptions(input);
  lastframe::fuzz::check_resynchronising(input);
  return 0;
}
