// Of DirectionCollector: how frames become messages.
#include <algorithm>
#include <array>
#include <span>

#include "core/ws/masking.h"
#include "diff/direction_collector.h"
#include "diff/text_variants.h"

namespace lastframe::diff {
namespace {

constexpr std::size_t kUnmaskedAtOnce = 4096;

void take_number(capture::Digest& digest, std::uint64_t number) {
  digest.take(std::as_bytes(std::span(&number, 1)));
}

}  // namespace

class DirectionCollector::Inflated final : public ws::Inflater::Sink {
 public:
  Inflated(DirectionCollector& collector, Open& open) : collector_(collector), open_(open) {}

  bool take(ByteView inflated) override {
    open_.plain.take(inflated);
    collector_.take_content(open_, inflated);
    return true;
  }

 private:
  DirectionCollector& collector_;
  Open& open_;
};

DirectionCollector::Open::Open() = default;

void DirectionCollector::begin_frame(const ws::FrameHeader& header) {
  is_control_ = ws::is_control(header.opcode);
  is_over_ = is_over_ || trace_.frames.size() >= kMostFrames ||
             (trace_.share != nullptr && !trace_.share->take());
  if (is_over_) {
    ++trace_.frames_over;
    return;
  }
  is_frame_known_ = true;
  given_digest_.reset();
  frame_digest_ = capture::Digest();
  if (!is_control_ && header.opcode != ws::Opcode::continuation) give_up(message_);
  std::optional<Open>& open = current();
  if (!open) begin_open(open, header);
  open->item.last_frame = static_cast<std::uint32_t>(trace_.frames.size());
  ++open->item.frame_count;
  trace_.frames.push_back({.offset = parsed_ - header.header_length, .header = header});
}

void DirectionCollector::begin_open(std::optional<Open>& open, const ws::FrameHeader& header) {
  open.emplace();
  Item& item = open->item;
  item.kind = is_control_ ? ItemKind::control : ItemKind::message;
  item.opcode = header.opcode;
  item.is_compressed = !is_control_ && (header.rsv & ws::kRsv1) != 0;
  item.first_frame = static_cast<std::uint32_t>(trace_.frames.size());
  item.offset = parsed_ - header.header_length;
  item.began = now_;
  if (!item.is_compressed) return;
  if (!inflater_) inflater_.emplace(pool_, negotiated_.deflate[index(sender(direction_))]);
  inflater_->begin_message();
}

void DirectionCollector::take_payload(const ws::PayloadPart& part) {
  if (is_over_) return;
  const auto& key = trace_.frames.back().header.masking_key;
  if (!key) return take_plain(part.bytes);
  std::array<std::byte, kUnmaskedAtOnce> plain;
  for (std::size_t at = 0; at < part.bytes.size(); at += plain.size()) {
    const ByteView masked = part.bytes.subspan(at, std::min(plain.size(), part.bytes.size() - at));
    ws::unmask(masked, *key, part.offset + at, plain);
    take_plain(ByteView(plain).first(masked.size()));
  }
}

void DirectionCollector::take_plain(ByteView plain) {
  Open& open = *current();
  open.item.payload += plain.size();
  open.wire.take(plain);
  frame_digest_.take(plain);
  if (!open.item.is_compressed) return take_content(open, plain);
  Inflated sink(*this, open);
  const bool is_good = inflater_->feed(plain, sink) == ws::InflateOutcome::good;
  open.is_content_known = open.is_content_known && is_good;
}

void DirectionCollector::take_content(Open& open, ByteView content) {
  open.item.size += content.size();
  const std::size_t missing = kSampleSize - open.sample.size();
  open.sample.append(as_text(content.first(std::min(missing, content.size()))));
  if (open.item.kind != ItemKind::message || open.item.opcode == ws::Opcode::binary) return;
  if (!open.is_text_whole) return;
  open.is_text_whole = open.item.size <= kLongestVariedText;
  if (open.is_text_whole) {
    open.text.append(as_text(content));
  } else {
    open.text = {};
  }
}

void DirectionCollector::miss_payload(const session::BytesMissed& missed) {
  parsed_ += missed.count;
  if (!is_over_) {
    Open& open = *current();
    const Frame& frame = trace_.frames.back();
    is_frame_known_ = false;
    const bool is_whole = missed.count == frame.header.payload_length;
    if (is_whole) given_digest_ = missed.digest;
    open.item.payload += missed.count;
    open.item.size += missed.count;
    open.is_wire_known = open.is_content_known = open.is_text_whole = false;
    if (open.item.is_compressed) inflater_->lose_context();
  }
  parser_.skip_payload(missed.count);
}

void DirectionCollector::end_frame() {
  if (is_over_) return;
  Frame& frame = trace_.frames.back();
  frame.digest = is_frame_known_ ? std::optional(frame_digest_.value()) : given_digest_;
  std::optional<Open>& open = current();
  open->is_shape_known = open->is_shape_known && frame.digest.has_value();
  take_number(open->shape, frame.header.payload_length);
  take_number(open->shape, frame.digest.value_or(0));
  if (frame.header.fin) return complete(open);
  // A control frame that says it is not whole stands for itself all the same.
  if (is_control_) complete(open);
}

void DirectionCollector::complete(std::optional<Open>& open) {
  Item& item = open->item;
  item.is_complete = true;
  if (item.is_compressed) {
    Inflated sink(*this, *open);
    const bool is_good = inflater_->end_message(sink) == ws::InflateOutcome::good;
    open->is_content_known = open->is_content_known && is_good;
    item.is_inflated = open->is_content_known;
  }
  if (open->is_wire_known) {
    item.wire = open->wire.value();
  } else if (item.frame_count == 1) {
    item.wire = trace_.frames[item.last_frame].digest;
  }
  if (item.is_compressed) {
    if (item.is_inflated) item.content = open->plain.value();
    if (!item.is_inflated && !negotiated_.has_deflate) item.content = item.wire;
    if (!item.is_inflated) item.size = item.payload;
  } else {
    item.content = item.wire;
  }
  push(*open);
  open.reset();
}

void DirectionCollector::give_up(std::optional<Open>& open) {
  if (!open) return;
  if (open->is_wire_known) open->item.wire = open->wire.value();
  if (open->is_wire_known && !open->item.is_compressed) open->item.content = open->item.wire;
  if (open->item.is_compressed && inflater_) inflater_->lose_context();
  push(*open);
  open.reset();
}

void DirectionCollector::push(Open& open) {
  Item& item = open.item;
  item.ended = now_;
  item.structure = open.is_shape_known ? open.shape.value() | 1 : 0;
  item.sample_at = static_cast<std::uint32_t>(trace_.samples.size());
  item.sample_size = static_cast<std::uint8_t>(open.sample.size());
  trace_.samples += open.sample;
  if (item.is_complete) keep_text(open);
  trace_.items.push_back(item);
}

void DirectionCollector::keep_text(Open& open) {
  if (open.text.empty() || !open.is_text_whole || !open.is_content_known) return;
  auto variants = variants_of(open.text);
  if (!variants) return;
  trace_.variants.push_back(*variants);
  open.item.note = static_cast<std::uint32_t>(trace_.variants.size());
}

}  // namespace lastframe::diff
