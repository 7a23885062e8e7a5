// Any bytes as a HAR. What is read does not depend on how they are cut; the inputs of each
// connection come in the order of time, behind its start, and none behind its end; flaws are
// printable; and sessions make something of it all.
//
// Input: the chunk size, then the file.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "capture/reader.h"
#include "capture/replay.h"
#include "fuzz/chunks.h"
#include "fuzz/live_bytes.h"
#include "fuzz/reader_properties.h"

namespace lastframe::fuzz {
namespace {

std::uint64_t read(std::string_view file, std::size_t chunk_size, CheckingSink& sink) {
  const auto reader = capture::make_har_reader(sink);
  return read_in_chunks(*reader, file, chunk_size, sink);
}

void check(const Input& input) {
  static const session::SessionOptions options{
      .listener = "", .upstream = "", .privacy = {}, .interest = {}};
  NoObserver observer;
  capture::Replay replay(options, observer);
  CheckingSink whole(&replay);
  const std::uint64_t seen = read(input.bytes, 100'000, whole);
  require(observer.reports <= whole.finished);
  CheckingSink cut(nullptr);
  const Watermark watermark;
  require(read(input.bytes, input.chunk_size, cut) == seen);
  // An entry in hand, mended and as facts; the shortest message is of some 20 bytes.
  require(watermark.height() <= static_cast<std::ptrdiff_t>(64 * input.bytes.size() + 64 * 1024));
}

}  // namespace
}  // namespace lastframe::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  lastframe::fuzz::begin_counting();
  lastframe::fuzz::check(lastframe::fuzz::input_of(data, size));
  return 0;
}
