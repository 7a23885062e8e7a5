#include "core/session/stray_watch.h"

#include <algorithm>
#include <utility>

#include "core/session/privacy.h"
#include "core/ws/mask_fault.h"
#include "core/ws/stray_bytes.h"

namespace lastframe::session {
namespace {

// Of the stream's `bytes` from `at` on, those that follow what the excerpt has.
void append(ByteView bytes, std::uint64_t at, std::size_t most, Excerpt& excerpt) {
  const std::uint64_t end = excerpt.offset + excerpt.bytes.size();
  if (end < at || end - at >= bytes.size() || excerpt.bytes.size() >= most) return;
  const ByteView next = bytes.subspan(static_cast<std::size_t>(end - at));
  excerpt.bytes += as_text(next.first(std::min(next.size(), most - excerpt.bytes.size())));
}

// A page's status line and fields are text of whoever wrote it, and may hold a credential.
StraySeen recognised(const Excerpt& excerpt, bool is_inside_frame, Endpoint side,
                     std::uint64_t end) {
  const std::uint64_t length = end - std::min(end, excerpt.offset);
  const ws::StrayBytes stray = ws::recognise(as_bytes(excerpt.bytes), length);
  return {.side = side,
          .frame = excerpt.frame,
          .offset = excerpt.offset,
          .is_inside_frame = is_inside_frame,
          .kind = name(stray.kind),
          .summary = redact_tokens(stray.summary),
          .shown = redact_tokens(stray.shown)};
}

}  // namespace

void StrayWatch::take(ByteView bytes, std::uint64_t at) {
  if (interruption_ && !break_end_) append(bytes, at, ws::kStrayWindow, *interruption_);
  if (break_ && !break_end_) append(bytes, at, ws::kStrayWindow, *break_);
  if (text_fault_) append(bytes, at, ws::kMaskWindow, text_fault_->excerpt);
}

void StrayWatch::begin_interruption(Excerpt excerpt) {
  if (!break_) interruption_ = std::move(excerpt);
}

void StrayWatch::forget_interruption() {
  if (!break_) interruption_.reset();
}

void StrayWatch::begin_break(Excerpt excerpt) {
  if (!break_) break_ = std::move(excerpt);
}

void StrayWatch::end_break(std::uint64_t offset) {
  if (break_end_) return;
  break_end_ = offset;
  const auto cut = [offset](std::optional<Excerpt>& excerpt) {
    if (!excerpt || excerpt->offset + excerpt->bytes.size() <= offset) return;
    excerpt->bytes.resize(static_cast<std::size_t>(offset - std::min(offset, excerpt->offset)));
  };
  cut(break_);
  cut(interruption_);
}

void StrayWatch::begin_text_fault(TextFault fault) {
  if (!text_fault_) text_fault_ = std::move(fault);
}

void StrayWatch::report(Endpoint side, std::uint64_t end, bool is_cut,
                        std::vector<StraySeen>& seen) const {
  if (text_fault_) {
    const std::string& kept = text_fault_->excerpt.bytes;
    const auto size = std::min<std::uint64_t>(kept.size(), text_fault_->payload_left);
    const ws::MaskFault fault = ws::mask_fault(as_bytes(kept).first(static_cast<std::size_t>(size)),
                                               text_fault_->key, text_fault_->payload_offset);
    if (fault != ws::MaskFault::none) {
      seen.push_back({.side = side,
                      .frame = text_fault_->excerpt.frame,
                      .offset = text_fault_->excerpt.offset,
                      .is_inside_frame = true,
                      .kind = name(fault),
                      .summary = std::string(sentence(fault)),
                      .shown = {}});
    }
  }
  // A page that begins inside a frame explains the break behind it, too.
  const std::uint64_t stray_end = break_end_.value_or(end);
  if (interruption_ && (break_ || is_cut)) {
    seen.push_back(recognised(*interruption_, true, side, stray_end));
  } else if (break_) {
    seen.push_back(recognised(*break_, false, side, stray_end));
  }
  if (break_) seen.back().frames_again_at = break_end_;
}

}  // namespace lastframe::session
