#include "core/ws/inflater.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/ws/zlib_state.h"

namespace lastframe::ws {
namespace {

// Output by call. zlib lets data refer back by what a call has written, however small the window
// is; short runs keep that small. The largest window covers all distances that there are.
std::size_t run_size(unsigned window_bits) {
  if (window_bits == kMaxWindowBits) return window_size(kMaxWindowBits) / 2;
  return std::max<std::size_t>(window_size(window_bits) / 4, 512);
}

}  // namespace

Inflater::Inflater(InflatePool& pool, DeflateParameters parameters)
    : pool_(pool), parameters_(parameters) {
  parameters_.window_bits =
      std::clamp<std::uint8_t>(parameters.window_bits, kMinWindowBits, kMaxWindowBits);
}

Inflater::~Inflater() { pool_.forget(*this); }

std::size_t Inflater::memory() const {
  if (state_ != nullptr) return state_->memory;
  return window_ != nullptr ? history_ : 0;
}

void Inflater::begin_message() {
  if (progress_ == Progress::in_message) lose_context();
  progress_ = Progress::in_message;
  outcome_ = InflateOutcome::good;
  is_shown_ = true;
  input_ = 0;
  output_ = 0;
  if (context_ == Context::unknown || !pool_.attach(*this)) stop(InflateOutcome::shed);
}

InflateOutcome Inflater::feed(ByteView compressed, Sink& sink) {
  if (outcome_ != InflateOutcome::good) return outcome_;
  if (state_->staged > 0) {
    const ByteView part =
        compressed.first(std::min(compressed.size(), kInputPart - state_->staged));
    std::ranges::copy(part, state_->staging.data() + state_->staged);
    state_->staged += part.size();
    compressed = compressed.subspan(part.size());
    if (state_->staged < kInputPart) return outcome_;
    state_->staged = 0;
    input_ += kInputPart;
    inflate(ByteView(state_->staging).first(kInputPart), sink);
  }
  while (outcome_ == InflateOutcome::good && compressed.size() >= kInputPart) {
    input_ += kInputPart;
    inflate(compressed.first(kInputPart), sink);
    compressed = compressed.subspan(kInputPart);
  }
  if (outcome_ != InflateOutcome::good) return outcome_;
  std::ranges::copy(compressed, state_->staging.data());
  state_->staged = compressed.size();
  return outcome_;
}

InflateOutcome Inflater::end_message(Sink& sink) {
  progress_ = Progress::between_messages;
  if (outcome_ == InflateOutcome::good) {
    input_ += state_->staged;
    std::ranges::copy(kTail, state_->staging.data() + state_->staged);
    inflate(ByteView(state_->staging).first(state_->staged + kTail.size()), sink);
  }
  if (outcome_ == InflateOutcome::good && !is_at_block_boundary()) stop(InflateOutcome::corrupt);
  if (outcome_ == InflateOutcome::good) {
    if (parameters_.takes_over) history_ = static_cast<std::uint32_t>(reachable());
    pool_.keep(*this);
  }
  return std::exchange(outcome_, InflateOutcome::shed);
}

void Inflater::lose_context() {
  if (outcome_ == InflateOutcome::good) return stop(InflateOutcome::shed);
  pool_.forget(*this);
  if (parameters_.takes_over) context_ = Context::unknown;
}

void Inflater::inflate(ByteView part, Sink& sink) {
  z_stream& stream = state_->stream;
  const std::size_t run = run_size(parameters_.window_bits);
  std::byte* const scratch = pool_.scratch_.get();
  stream.next_in = zlib_bytes(part.data());
  stream.avail_in = static_cast<uInt>(part.size());
  do {
    stream.next_out = zlib_bytes(scratch);
    stream.avail_out = static_cast<uInt>(run);
    const int code = ::inflate(&stream, Z_SYNC_FLUSH);
    const std::size_t written = run - stream.avail_out;
    output_ += written;
    const InflateOutcome measure = measured();
    if (measure != InflateOutcome::good) return stop(measure);
    if (written > 0 && is_shown_) is_shown_ = sink.take({scratch, written});
    if (code == Z_STREAM_END) {
      // RFC 7692 section 7.2.3.4: a block with BFINAL may stand anywhere. What follows begins at
      // the next byte and may refer to what was before, so the window stays.
      inflateResetKeep(&stream);
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      return stop(fault());
    }
    // A full run may hide more output. At a boundary there is none, and to ask would make zlib
    // forget that it stands there.
  } while (stream.avail_in > 0 || (stream.avail_out == 0 && !is_at_block_boundary()));
}

// Both are asked at the same places of a message, however it was cut: input_ counts whole parts.
InflateOutcome Inflater::measured() const {
  const InflateLimits& limits = pool_.limits_;
  const std::uint64_t ratio = std::max<std::uint64_t>(limits.ratio, 1);
  // output_ > ratio * input_, without the overflow.
  if (output_ > limits.ratio_from && output_ > 0 && (output_ - 1) / ratio >= input_) {
    return InflateOutcome::without_measure;
  }
  return output_ > limits.message ? InflateOutcome::shed : InflateOutcome::good;
}

InflateOutcome Inflater::fault() const {
  const char* const text = state_->stream.msg;
  if (text == nullptr || std::string_view(text) != "invalid distance too far back") {
    return InflateOutcome::corrupt;
  }
  return reachable() == window_size(parameters_.window_bits) ? InflateOutcome::window_exceeded
                                                             : InflateOutcome::context_lost;
}

// How far back the next byte of output may refer.
std::uint64_t Inflater::reachable() const {
  return std::min<std::uint64_t>(history_ + output_, window_size(parameters_.window_bits));
}

bool Inflater::is_at_block_boundary() const {
  const z_stream& stream = state_->stream;
  // Nothing came behind a block with BFINAL.
  if (stream.total_in == 0) return true;
  // zlib.h, inflate(): 128 is added at the end of a block, the low bits count the bits that are
  // left of the last byte. Behind the tail none are.
  return (stream.data_type & 0xff) == 128;
}

// The message is not inflated any further, and so nobody knows what the next one may refer to.
void Inflater::stop(InflateOutcome outcome) {
  outcome_ = outcome;
  if (outcome == InflateOutcome::shed) ++pool_.shed_messages_;
  pool_.forget(*this);
  if (parameters_.takes_over) context_ = Context::unknown;
}

}  // namespace lastframe::ws
