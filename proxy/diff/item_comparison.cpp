#include "diff/item_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/bytes.h"
#include "core/base/words.h"
#include "core/ws/close_body.h"
#include "core/ws/interruption_finder.h"
#include "diff/text_variants.h"

namespace lastframe::diff {
namespace {

constexpr std::size_t kTellingPrefix = 4;  // as many equal first bytes say that two are related

std::string close_text(std::string_view sample) {
  const ws::CloseBody body = ws::decode_close_body(as_bytes(sample));
  const auto* status = std::get_if<ws::StatusAndReason>(&body);
  if (status == nullptr) return sample.empty() ? "no status" : "one byte in place of a status";
  const auto code = static_cast<unsigned>(status->code);
  if (status->reason.empty()) return fmt::format("{}", code);
  return fmt::format("{} {}", code, in_quotes(status->reason));
}

Place place_of(const DirectionTrace& trace, const Item* item) {
  if (item == nullptr) return {};
  Place place;
  const bool has_frames = item->kind == ItemKind::message || item->kind == ItemKind::control;
  if (has_frames) place.frame = item->first_frame + 1;
  place.offset = item->offset;
  place.size = item->size;
  place.bytes = trace.sample(*item);
  if (item->kind == ItemKind::stray) place.text = trace.stray_text(*item);
  if (item->opcode == ws::Opcode::close && item->kind == ItemKind::control) {
    place.text = close_text(place.bytes);
  }
  return place;
}

// Goes through a message's own frames, without control frames in between.
class FrameWalk {
 public:
  FrameWalk(const DirectionTrace& trace, const Item& item)
      : trace_(trace), at_(item.first_frame), end_(item.last_frame + 1), kind_(item.kind) {}

  const Frame* next() {
    while (at_ < end_) {
      const Frame& frame = trace_.frames[at_++];
      const bool is_own = ws::is_control(frame.header.opcode) == (kind_ == ItemKind::control);
      if (is_own) return &frame;
    }
    return nullptr;
  }

 private:
  const DirectionTrace& trace_;
  std::uint32_t at_;
  std::uint32_t end_;
  ItemKind kind_;
};

bool has_same_lengths(const Flow& flow, const Item& sent, const Item& arrived) {
  FrameWalk left(flow.sent, sent);
  FrameWalk right(flow.arrived, arrived);
  while (true) {
    const Frame* const a = left.next();
    const Frame* const b = right.next();
    if (a == nullptr || b == nullptr) return a == b;
    if (a->header.payload_length != b->header.payload_length) return false;
  }
}

std::string mask_text(const ws::FrameHeader& header) {
  if (!header.masking_key) return "no mask";
  const auto& key = *header.masking_key;
  return "masking key " + hex_text(as_text(ByteView(key)));
}

void compare_headers(const Flow& flow, const Item& sent, const Item& arrived, Findings& findings) {
  FrameWalk left(flow.sent, sent);
  FrameWalk right(flow.arrived, arrived);
  const bool compression_differs = sent.is_compressed != arrived.is_compressed;
  const auto add = [&](Kind kind, Severity severity, std::string detail) {
    Finding finding = finding_at(flow, kind, &sent, &arrived);
    finding.severity = severity;
    finding.detail = std::move(detail);
    findings.add(std::move(finding));
  };
  for (const Frame *a = left.next(), *b = right.next(); a != nullptr && b != nullptr;
       a = left.next(), b = right.next()) {
    const ws::FrameHeader& was = a->header;
    const ws::FrameHeader& is = b->header;
    if (was.masking_key != is.masking_key) {
      const bool must_mask = sender(flow.direction) == Endpoint::client;
      const Kind kind = !is.masking_key    ? Kind::unmasked
                        : !was.masking_key ? Kind::masked
                                           : Kind::remasked;
      const bool was_legal = was.masking_key.has_value() == must_mask;
      const bool is_legal = is.masking_key.has_value() == must_mask || !was_legal;
      add(kind, is_legal ? Severity::reframed : Severity::corrupted,
          mask_text(was) + " became " + mask_text(is));
    }
    const unsigned ignored = compression_differs ? ws::kRsv1 : 0u;
    if (((was.rsv ^ is.rsv) & ~ignored) != 0) {
      add(Kind::rsv_changed, Severity::corrupted,
          fmt::format("RSV bits {:03b} became {:03b}", was.rsv, is.rsv));
    }
    if (ws::length_bytes(was) != ws::length_bytes(is) && was.payload_length == is.payload_length) {
      add(Kind::length_form_changed,
          ws::has_minimal_length(is) ? Severity::reframed : Severity::corrupted,
          fmt::format("{} length bytes became {}", ws::length_bytes(was), ws::length_bytes(is)));
    }
    if (sent.kind == ItemKind::control && was.fin != is.fin) {
      add(Kind::refragmented, is.fin ? Severity::reframed : Severity::corrupted, "FIN changed");
    }
  }
}

void compare_compression(const Flow& flow, const Item& sent, const Item& arrived,
                         Findings& findings) {
  // Where nothing was accepted on the other side either, the sender is to blame.
  const bool was_legal = flow.sent_accepts_compression || !sent.is_compressed;
  if (arrived.is_compressed && !flow.arrived_accepts_compression && was_legal) {
    findings.add(finding_at(flow, Kind::compressed_without_acceptance, &sent, &arrived));
  }
  const bool is_changed = sent.content && arrived.content &&
                          (*sent.content != *arrived.content || sent.size != arrived.size);
  if (is_changed) return;
  if (sent.is_compressed != arrived.is_compressed) {
    const Kind kind = arrived.is_compressed ? Kind::compression_added : Kind::compression_removed;
    findings.add(finding_at(flow, kind, &sent, &arrived));
  } else if (sent.is_compressed && sent.is_inflated && sent.wire != arrived.wire) {
    findings.add(finding_at(flow, Kind::compression_redone, &sent, &arrived));
  }
}

// Whether one payload is the other under a masking key of four bytes (not zero).
bool is_masked_again(std::string_view was, std::string_view is) {
  if (was.size() != is.size() || was.size() < 8) return false;
  const auto difference = [&](std::size_t i) { return static_cast<char>(was[i] ^ is[i]); };
  bool is_zero = true;
  for (std::size_t i = 0; i < was.size(); ++i) {
    if (i < 4) is_zero = is_zero && difference(i) == 0;
    if (i >= 4 && difference(i) != difference(i - 4)) return false;
  }
  return !is_zero;
}

bool are(const std::optional<std::uint64_t>& a, const std::optional<std::uint64_t>& b) {
  return a && b && *a == *b;
}

// What became of a text, found by the digests of what it can become.
std::optional<Kind> text_change(const Flow& flow, const Item& sent, const Item& arrived) {
  const TextVariants* const was = flow.sent.varied(sent);
  const TextVariants* const is = flow.arrived.varied(arrived);
  if (was != nullptr) {
    if (are(was->latin1_read_as_utf8, arrived.content)) {
      return was->replaced ? Kind::text_latin1_to_utf8 : Kind::text_encoded_twice;
    }
    if (are(was->utf8_as_latin1, arrived.content)) return Kind::text_utf8_to_latin1;
    if (are(was->replaced, arrived.content)) return Kind::text_invalid_replaced;
    if (are(was->bare_line_ends, arrived.content)) return Kind::text_line_ends_changed;
    if (are(was->without_mark, arrived.content)) return Kind::text_mark_removed;
    if (are(was->trimmed, arrived.content)) return Kind::text_trimmed;
  }
  if (is != nullptr) {
    if (are(is->bare_line_ends, sent.content)) return Kind::text_line_ends_changed;
    if (are(is->without_mark, sent.content)) return Kind::text_mark_added;
    if (are(is->trimmed, sent.content)) return Kind::text_trimmed;
  }
  if (was != nullptr && is != nullptr) {
    if (are(was->bare_line_ends, is->bare_line_ends)) return Kind::text_line_ends_changed;
    if (are(was->trimmed, is->trimmed)) return Kind::text_trimmed;
  }
  return std::nullopt;
}

std::size_t common_prefix(std::string_view a, std::string_view b) {
  return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

Kind close_change(std::string_view was, std::string_view is) {
  const bool same_code = was.substr(0, 2) == is.substr(0, 2);
  return same_code ? Kind::close_reason_changed : Kind::close_code_changed;
}

Kind payload_change(const Flow& flow, const Item& sent, const Item& arrived) {
  const std::string_view was = flow.sent.sample(sent);
  const std::string_view is = flow.arrived.sample(arrived);
  if (are(sent.wire, arrived.content) && arrived.is_inflated) return Kind::compression_doubled;
  if (arrived.is_compressed && !arrived.is_inflated && sent.content) {
    return Kind::compression_broken;
  }
  if (are(sent.wire, arrived.wire) && sent.is_compressed != arrived.is_compressed) {
    return Kind::rsv_changed;
  }
  if (const auto text = text_change(flow, sent, arrived)) return *text;
  const auto found = ws::find_http_response(as_bytes(is));
  if (found && ws::find_http_response(as_bytes(was)) != found) return Kind::payload_interrupted;
  if (sent.size != arrived.size) return Kind::payload_resized;
  return is_masked_again(was, is) ? Kind::masking_broken : Kind::payload_changed;
}

std::string difference_text(const Flow& flow, const Item& sent, const Item& arrived) {
  const std::string_view was = flow.sent.sample(sent);
  const std::string_view is = flow.arrived.sample(arrived);
  const std::size_t at = common_prefix(was, is);
  const std::string sizes = sent.size == arrived.size
                                ? in_bytes(sent.size)
                                : fmt::format("{} became {}", in_bytes(sent.size), arrived.size);
  if (at == was.size() && at == is.size()) {
    if (was.empty()) return sizes;
    return fmt::format("{}; the first {} are the same", sizes, in_bytes(at));
  }
  return fmt::format("{}, from payload byte {} on", sizes, at);
}

std::string in_frames(std::uint32_t count) {
  return fmt::format("{} frame{}", count, count == 1 ? "" : "s");
}

// Whether the borders of frames changed, and not only what stands between them.
bool has_other_cuts(const Flow& flow, const Item& sent, const Item& arrived) {
  const bool is_changed = !is_same(flow, sent, arrived);
  if (is_changed && sent.payload != arrived.payload) return false;
  if (sent.frame_count != arrived.frame_count) return true;
  // Coded anew, the one frame is as long as it then is.
  return sent.payload == arrived.payload || sent.frame_count > 1;
}

}  // namespace

bool is_comparable(const Item& sent, const Item& arrived) {
  if (sent.content && arrived.content) return true;
  if (sent.wire && arrived.wire && sent.is_compressed == arrived.is_compressed) return true;
  return sent.structure != 0 && arrived.structure != 0 && sent.frame_count == arrived.frame_count;
}

bool is_same(const Flow&, const Item& sent, const Item& arrived) {
  if (sent.kind != arrived.kind || sent.opcode != arrived.opcode) return false;
  if (sent.kind == ItemKind::gap) return false;
  if (sent.is_complete != arrived.is_complete) return false;
  if (sent.content && arrived.content) {
    return *sent.content == *arrived.content && sent.size == arrived.size;
  }
  if (sent.wire && arrived.wire && sent.is_compressed == arrived.is_compressed) {
    return *sent.wire == *arrived.wire && sent.payload == arrived.payload;
  }
  if (is_comparable(sent, arrived)) return sent.structure == arrived.structure;
  if (sent.is_compressed || arrived.is_compressed) return true;
  return sent.payload == arrived.payload;
}

bool is_similar(const Flow& flow, const Item& sent, const Item& arrived) {
  if (sent.kind != arrived.kind) return false;
  if (are(sent.content, arrived.content) && sent.size == arrived.size && sent.size > 0) return true;
  if (sent.opcode != arrived.opcode) return false;
  if (sent.opcode == ws::Opcode::close) return true;
  if (are(sent.wire, arrived.wire) || are(sent.wire, arrived.content)) return true;
  if (text_change(flow, sent, arrived)) return true;
  const std::string_view was = flow.sent.sample(sent);
  const std::string_view is = flow.arrived.sample(arrived);
  if (is_masked_again(was, is)) return true;
  const std::size_t common = common_prefix(was, is);
  if (sent.size == arrived.size && sent.size > 0 && common * 2 >= std::min(was.size(), is.size())) {
    return true;
  }
  return common >= kTellingPrefix && common * 2 >= std::min(was.size(), is.size());
}

Finding finding_at(const Flow& flow, Kind kind, const Item* sent, const Item* arrived) {
  Finding finding = finding_of(kind);
  finding.direction = flow.direction;
  finding.before = place_of(flow.sent, sent);
  finding.after = place_of(flow.arrived, arrived);
  if (flow.direction == Direction::server_to_client) std::swap(finding.before, finding.after);
  return finding;
}

void compare_frames(const Flow& flow, const Item& sent, const Item& arrived, Findings& findings) {
  if (sent.kind != ItemKind::message && sent.kind != ItemKind::control) return;
  compare_compression(flow, sent, arrived, findings);
  if (sent.frame_count == arrived.frame_count && has_same_lengths(flow, sent, arrived)) {
    return compare_headers(flow, sent, arrived, findings);
  }
  if (has_other_cuts(flow, sent, arrived)) {
    const bool is_fewer = arrived.frame_count < sent.frame_count;
    Finding finding =
        finding_at(flow, is_fewer ? Kind::coalesced : Kind::refragmented, &sent, &arrived);
    finding.detail =
        sent.frame_count == arrived.frame_count
            ? "the frames begin elsewhere"
            : fmt::format("{} became {}", in_frames(sent.frame_count), arrived.frame_count);
    findings.add(std::move(finding));
  }
  // The frames are others: their headers are compared as far as they stand beside each other.
  compare_headers(flow, sent, arrived, findings);
}

Finding change_of(const Flow& flow, const Item& sent, const Item& arrived) {
  const bool has_same_content = are(sent.content, arrived.content) && sent.size == arrived.size;
  if (sent.opcode != arrived.opcode && has_same_content) {
    Finding finding = finding_at(flow, Kind::opcode_changed, &sent, &arrived);
    if (ws::is_reserved(arrived.opcode) ||
        ws::is_control(arrived.opcode) != ws::is_control(sent.opcode)) {
      finding.severity = Severity::corrupted;
    }
    finding.detail = fmt::format("{} became {}", name(sent.opcode), name(arrived.opcode));
    return finding;
  }
  if (sent.is_complete && !arrived.is_complete) {
    Finding finding = finding_at(flow, Kind::message_truncated, &sent, &arrived);
    finding.detail = fmt::format("{} of {} arrived", in_bytes(arrived.size), in_bytes(sent.size));
    return finding;
  }
  if (sent.opcode == ws::Opcode::close && sent.kind == ItemKind::control) {
    return finding_at(flow, close_change(flow.sent.sample(sent), flow.arrived.sample(arrived)),
                      &sent, &arrived);
  }
  Finding finding = finding_at(flow, payload_change(flow, sent, arrived), &sent, &arrived);
  finding.detail = difference_text(flow, sent, arrived);
  if (finding.kind == Kind::rsv_changed) finding.detail = "RSV1 changed, the payload did not";
  return finding;
}

}  // namespace lastframe::diff
