// Any bytes as what the two ends of a path test say to each other: an instruction, an account, the
// answer to the opening request, frames. What is understood is written in a form that is understood
// as the same; what frames are cut into does not depend on how they come.
//
// Input: the chunk size, then the bytes.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/chunks.h"
#include "fuzz/live_bytes.h"
#include "probe/account.h"
#include "probe/frame.h"
#include "probe/instruction.h"
#include "probe/request.h"

namespace lastframe::fuzz {
namespace {

constexpr std::size_t kMostPayload = 1024;

void check_instruction(std::string_view text) {
  const auto instruction = probe::parse_instruction(text);
  if (!instruction) {
    require(!instruction.error().what.empty() && instruction.error().where.empty());
    return;
  }
  require(probe::parse_instruction(probe::to_json(*instruction)) == *instruction);
}

void check_account(std::string_view text) {
  const auto account = probe::parse_account(text);
  if (account) require(probe::parse_account(probe::account_json(*account)) == *account);
}

// A head ends by itself, by what cannot be HTTP, by its length, or because nothing more comes.
void check_answer(std::string_view bytes, std::size_t chunk_size) {
  std::size_t at = 0;
  const probe::Answer answer = probe::read_answer([&](std::string& to) {
    if (at >= bytes.size()) return probe::Wire::Got::end;
    to += bytes.substr(at, chunk_size);
    at += chunk_size;
    return probe::Wire::Got::bytes;
  });
  require(!answer.is_complete || !answer.stopped_by);
  require(answer.rest.empty() || answer.is_complete);
  require(answer.head.size() <= probe::kLongestAnswerHead + chunk_size);
}

std::vector<probe::Frame> frames_of(std::string_view bytes, std::size_t chunk_size) {
  probe::FrameReader reader(kMostPayload);
  std::vector<probe::Frame> frames;
  feed_chunks(bytes, chunk_size, [&](std::string_view chunk) {
    ByteView rest = as_bytes(chunk);
    while (auto frame = reader.next(rest)) {
      require(frame->payload.size() <= kMostPayload);
      frames.push_back(*std::move(frame));
    }
    require(rest.empty());
  });
  return frames;
}

void check(const Input& input) {
  const Watermark watermark;
  check_instruction(input.bytes);
  check_account(input.bytes);
  check_answer(input.bytes, input.chunk_size);
  require(frames_of(input.bytes, input.chunk_size) == frames_of(input.bytes, 100'000));
  require(watermark.height() <= static_cast<std::ptrdiff_t>(256 * input.bytes.size() + 256 * 1024));
}

}  // namespace
}  // namespace lastframe::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  lastframe::fuzz::begin_counting();
  lastframe::fuzz::check(lastframe::fuzz::input_of(data, size));
  return 0;
}
