#include "capture/har_messages.h"

#include <algorithm>
#include <span>
#include <utility>
#include <variant>

#include "capture/har_base64.h"
#include "capture/har_time.h"
#include "core/ws/masking.h"
#include "core/ws/utf8.h"

namespace lastframe::capture {

bool HarMessageList::take(std::size_t size) {
  if (size > limits.connection - std::min(bytes, limits.connection)) return false;
  if (size > limits.total - std::min(total, limits.total)) return false;
  bytes += size;
  total += size;
  return true;
}

class HarMessages::Inflated final : public ws::Inflater::Sink {
 public:
  Inflated(HarMessages& messages, HarMessageList& list) : messages_(messages), list_(list) {}

  bool take(ByteView inflated) override {
    messages_.keep(inflated, list_);
    return true;
  }

 private:
  HarMessages& messages_;
  HarMessageList& list_;
};

void HarMessages::begin(const ws::NegotiatedExtensions& extensions, ws::InflatePool& pool) {
  extensions_ = extensions;
  if (!extensions.has_deflate) return;
  inflater_ = std::make_unique<ws::Inflater>(pool, extensions.deflate[index(sender(direction_))]);
}

void HarMessages::feed(ByteView bytes, WallTime now, HarMessageList& list) {
  const std::uint64_t start = std::exchange(offset_, offset_ + bytes.size());
  const std::size_t size = bytes.size();
  while (!lost_at_) {
    const auto event = parser_.next(bytes);
    if (!event) return;
    if (const auto* header = std::get_if<ws::FrameHeader>(&*event)) {
      header_ = *header;
      if (is_readable(*header)) {
        begin_frame(*header);
        continue;
      }
      // In a header that came in parts, this is where its last byte stands.
      const std::uint64_t end = start + size - bytes.size();
      lost_at_ = end - std::min<std::uint64_t>(end, header->header_length);
      drop(list);
    } else if (const auto* part = std::get_if<ws::PayloadPart>(&*event)) {
      take(*part, list);
    } else {
      end_frame(now, list);
    }
  }
}

void HarMessages::miss(const session::BytesMissed& missed, WallTime now, HarMessageList& list) {
  const bool is_payload = !lost_at_ && missed.count <= parser_.payload_left();
  offset_ += missed.count;
  if (is_payload) {
    parser_.skip_payload(missed.count);
    is_control_missing_ = true;
    if (message_ && !ws::is_control(header_.opcode)) {
      drop(list);
      if (message_->is_compressed) inflater_->lose_context();
    }
    return feed({}, now, list);
  }
  drop(list);
  message_.reset();
  if (inflater_) inflater_->lose_context();
  parser_ = {};
  if (missed.is_frame_next) {
    lost_at_.reset();
  } else if (!lost_at_) {
    lost_at_ = offset_ - missed.count;
  }
}

bool HarMessages::is_readable(const ws::FrameHeader& header) const {
  if (extensions_.has_unknown) return true;
  const bool is_compressed = extensions_.has_deflate && header.rsv == ws::kRsv1;
  return !ws::is_reserved(header.opcode) && (header.rsv == 0 || is_compressed);
}

void HarMessages::begin_frame(const ws::FrameHeader& header) {
  control_.clear();
  is_control_missing_ = false;
  if (ws::is_control(header.opcode)) return;
  if (header.opcode != ws::Opcode::continuation) {
    message_.emplace(Message{.opcode = header.opcode});
    message_->is_compressed = inflater_ && header.rsv == ws::kRsv1;
    if (message_->is_compressed) inflater_->begin_message();
  }
  if (message_ && !message_->is_compressed) message_->size += header.payload_length;
}

void HarMessages::take(const ws::PayloadPart& part, HarMessageList& list) {
  plain_.assign(as_text(part.bytes));
  if (header_.masking_key) {
    ws::unmask(part.bytes, *header_.masking_key, part.offset,
               std::as_writable_bytes(std::span(plain_)));
  }
  if (header_.opcode == ws::Opcode::close) {
    control_ +=
        plain_.substr(0, ws::kLongestControlPayload -
                             std::min<std::size_t>(control_.size(), ws::kLongestControlPayload));
  }
  if (ws::is_control(header_.opcode) || !message_) return;
  if (!message_->is_compressed) return keep(as_bytes(plain_), list);
  Inflated sink(*this, list);
  if (inflater_->feed(as_bytes(plain_), sink) != ws::InflateOutcome::good) drop(list);
}

void HarMessages::keep(ByteView content, HarMessageList& list) {
  if (message_->is_compressed) message_->size += content.size();
  if (!message_->is_kept) return;
  const bool fits = content.size() <= list.limits.message - message_->content.size();
  // Base64 takes a third more.
  if (!fits || !list.take(content.size() + content.size() / 3)) return drop(list);
  message_->content += as_text(content);
}

// The content of the message in hand, not its size.
void HarMessages::drop(HarMessageList& list) {
  if (!message_ || !std::exchange(message_->is_kept, false)) return;
  const std::size_t size = message_->content.size() + message_->content.size() / 3;
  const std::size_t back = std::min(size, list.bytes);
  list.bytes -= back;
  list.total -= back;
  std::string().swap(message_->content);
}

void HarMessages::end_frame(WallTime now, HarMessageList& list) {
  if (header_.opcode == ws::Opcode::close && !close_ && !is_control_missing_) {
    close_ = Close{.body = ws::decode_close_body(as_bytes(control_)), .at = now};
  }
  if (ws::is_control(header_.opcode) || !message_ || !header_.fin) return;
  if (message_->is_compressed) {
    Inflated sink(*this, list);
    if (inflater_->end_message(sink) != ws::InflateOutcome::good) drop(list);
  }
  end_message(now, list);
}

void HarMessages::end_message(WallTime now, HarMessageList& list) {
  Message whole = std::move(*message_);
  message_.reset();
  if (!list.take(sizeof(HarMessage))) {
    ++list.left_out;
    return;
  }
  HarMessage message;
  message.type = direction_ == Direction::client_to_server ? "send" : "receive";
  message.time = seconds_of(now);
  message.opcode = static_cast<double>(static_cast<unsigned>(whole.opcode));
  message.is_not_kept = !whole.is_kept;
  if (!whole.is_kept) {
    message.bytes = static_cast<double>(whole.size);
  } else if (whole.opcode != ws::Opcode::text) {
    message.data = base64_of(whole.content);
  } else {
    message.is_invalid_utf8 = !ws::is_valid_utf8(whole.content);
    message.data =
        message.is_invalid_utf8 ? ws::with_replacements(whole.content) : std::move(whole.content);
  }
  list.messages.push_back(std::move(message));
}

}  // namespace lastframe::capture
