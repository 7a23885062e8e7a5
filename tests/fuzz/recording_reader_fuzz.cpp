// Any bytes as a recording. What is read does not depend on how they are cut; the inputs of each
// connection come in the order of time, behind its start, and none behind its end; each connection
// ends once or is told to be open; flaws are printable; and sessions make something of it all.
// Checksums are made right first, where a block's length fits: else no change would get past them.
//
// Input: the chunk size, then the file.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "capture/reader.h"
#include "capture/recording_format.h"
#include "capture/replay.h"
#include "fuzz/chunks.h"
#include "fuzz/live_bytes.h"
#include "fuzz/reader_properties.h"

namespace lastframe::fuzz {
namespace {

std::uint64_t read(std::string_view file, std::size_t chunk_size, CheckingSink& sink) {
  const auto reader = capture::make_recording_reader(sink);
  return read_in_chunks(*reader, file, chunk_size, sink);
}

std::size_t number_at(std::string_view bytes, std::size_t at) {
  std::size_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    value |= std::size_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  }
  return value;
}

std::string mended(std::string_view bytes) {
  using namespace capture;
  std::string file(bytes);
  for (std::size_t at = 0; at + kBlockHead + kBlockTail <= file.size(); ++at) {
    if (number_at(file, at) != kBlockMarker) continue;
    const std::size_t length = number_at(file, at + 6);
    if (length > file.size() - at - kBlockHead - kBlockTail) continue;
    const std::size_t end = at + kBlockHead + length;
    const auto crc = crc32_of(as_bytes(std::string_view(file).substr(at + 4, end - at - 4)));
    for (std::size_t i = 0; i < 4; ++i) file[end + i] = static_cast<char>(crc >> (8 * i) & 0xFF);
    at = end + kBlockTail - 1;
  }
  return file;
}

void check_file(std::string_view file, std::size_t chunk_size) {
  static const session::SessionOptions options{
      .listener = "", .upstream = "", .privacy = {}, .interest = {}};
  NoObserver observer;
  capture::Replay replay(options, observer);
  CheckingSink whole(&replay);
  const std::uint64_t seen = read(file, 100'000, whole);
  CheckingSink cut(nullptr);
  const Watermark watermark;
  require(read(file, chunk_size, cut) == seen);
  // Certificates of one byte each are the largest that few bytes can become.
  require(watermark.height() <= static_cast<std::ptrdiff_t>(512 * file.size() + 64 * 1024));
}

void check(const Input& input) {
  check_file(input.bytes, input.chunk_size);
  check_file(mended(input.bytes), input.chunk_size);
}

}  // namespace
}  // namespace lastframe::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  lastframe::fuzz::begin_counting();
  lastframe::fuzz::check(lastframe::fuzz::input_of(data, size));
  return 0;
}
