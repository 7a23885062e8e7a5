// What a comparison keeps of one connection at one tap: heads, frames and messages as numbers,
// ends. Bounded: of a payload its digest and its first bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/endpoint.h"
#include "core/base/moment.h"
#include "core/session/input.h"
#include "core/ws/frame.h"

namespace lastframe::diff {

inline constexpr std::size_t kSampleSize = 64;  // bytes of a payload that are kept
// Texts up to this size are known well enough to say how they were encoded anew.
inline constexpr std::size_t kLongestVariedText = 64 * 1024;
inline constexpr std::uint32_t kMostFrames = 1'000'000;  // of one direction of a connection
// Of all connections of a capture that are kept at once, about 300 bytes each.
inline constexpr std::uint64_t kMostFramesOfCapture = 5'000'000;
inline constexpr std::size_t kMostBytesOfHead = 64 * 1024;

struct Frame {
  std::uint64_t offset = 0;  // of its header, behind the handshake's head
  ws::FrameHeader header;
  std::optional<std::uint64_t> digest = {};  // of its unmasked payload, where all of it is known

  bool operator==(const Frame&) const = default;
};

enum class ItemKind : unsigned char {
  message,  // text, binary or a reserved data opcode, of one frame or many
  control,
  stray,  // bytes that are no frames
  gap     // bytes that this capture has not seen
};

// What passes in a direction, in the order in which it was complete: a Ping between two fragments
// comes before their message.
struct Item {
  ItemKind kind = ItemKind::message;
  ws::Opcode opcode = ws::Opcode::continuation;  // of its first frame
  bool is_complete = false;                      // all of its frames came, and all of their payload
  bool is_compressed = false;                    // RSV1 on its first frame
  bool is_inflated = false;                      // `content` is of what it inflates to
  std::uint8_t sample_size = 0;
  std::uint32_t sample_at = 0;    // of its plain content, in DirectionTrace::samples
  std::uint32_t first_frame = 0;  // places in DirectionTrace::frames; a stray or a gap has none
  std::uint32_t last_frame = 0;   // control frames in between are not its own
  std::uint32_t frame_count = 0;
  std::uint32_t note = 0;       // 1 + a place in `variants` (messages) or `stray_texts`; 0: none
  std::uint64_t offset = 0;     // of its first byte, behind the handshake's head
  std::uint64_t size = 0;       // bytes of its content: inflated where it could be
  std::uint64_t payload = 0;    // bytes of payload on the wire
  std::uint64_t structure = 0;  // of its frames' lengths and digests, for contents that are unknown
  std::optional<std::uint64_t> wire = {};  // digest of its whole payload, unmasked, as on the wire
  std::optional<std::uint64_t> content = {};  // digest of its content
  Moment began{};
  Moment ended{};
};

// Digests of what a text may become on its way, each only where it differs from the text itself.
struct TextVariants {
  std::optional<std::uint64_t> latin1_read_as_utf8;  // each byte as a character of its own
  std::optional<std::uint64_t> utf8_as_latin1;       // characters up to U+00FF as one byte
  std::optional<std::uint64_t> replaced;             // ill-formed parts as U+FFFD
  std::optional<std::uint64_t> bare_line_ends;       // CR LF as LF
  std::optional<std::uint64_t> without_mark;         // without a byte order mark
  std::optional<std::uint64_t> trimmed;              // without white space at both ends
};

// What one direction has of the frames that all connections of a capture may keep; given back with
// its trace.
class FrameShare {
 public:
  // `left`: of all of them.
  explicit FrameShare(std::shared_ptr<std::uint64_t> left) : left_(std::move(left)) {}
  ~FrameShare() { *left_ += taken_; }
  FrameShare(const FrameShare&) = delete;
  FrameShare& operator=(const FrameShare&) = delete;

  bool take() {
    if (*left_ == 0) return false;
    --*left_;
    ++taken_;
    return true;
  }

 private:
  std::shared_ptr<std::uint64_t> left_;
  std::uint64_t taken_ = 0;
};

struct DirectionTrace {
  std::shared_ptr<FrameShare> share;  // null: there is no limit of all together
  std::vector<Frame> frames;
  std::vector<Item> items;
  std::vector<TextVariants> variants;
  std::vector<std::string> stray_texts;  // "an HTTP/1.1 502 page from nginx, 157 bytes"
  std::string samples;
  std::uint64_t bytes = 0;        // behind the handshake's head, unseen ones included
  std::uint64_t unseen = 0;       // of them, payload and all that no digest stands for
  std::uint64_t frames_over = 0;  // frames beyond the limits, which are not compared

  std::string_view sample(const Item& item) const {
    return std::string_view(samples).substr(item.sample_at, item.sample_size);
  }
  const TextVariants* varied(const Item& item) const {
    return item.kind == ItemKind::message && item.note > 0 ? &variants[item.note - 1] : nullptr;
  }
  std::string_view stray_text(const Item& item) const {
    if (item.kind != ItemKind::stray || item.note == 0) return {};
    return stray_texts[item.note - 1];
  }
};

struct End {
  session::EndKind how = session::EndKind::fin;
  Moment at{};
};

enum class Stage : unsigned char {
  no_upgrade,  // never asked for a WebSocket
  requested,   // no final answer was seen
  refused,     // another status than 101
  open
};

struct Trace {
  std::uint64_t id = 0;
  std::string client;
  std::string server;
  std::string tap;
  WallTime accepted_wall{};
  Moment accepted{};

  Stage stage = Stage::no_upgrade;
  std::string request;    // head as it came, from the start line to the empty line
  std::string response;   // empty: none was seen
  bool is_http2 = false;  // a stream of it (RFC 8441); there are no keys
  std::string key;        // Sec-WebSocket-Key
  std::string accept;     // Sec-WebSocket-Accept
  unsigned status = 0;    // 0: no answer

  std::array<DirectionTrace, 2> directions;  // by Direction
  std::array<std::optional<End>, 2> ends;    // by Endpoint
  std::array<bool, 2> has_left{};            // by Endpoint: a reset came behind its own FIN
  std::array<bool, 2> is_tls{};              // by Endpoint: that leg spoke TLS
  std::optional<Endpoint> ended_first;
  std::string connect_error;  // why the upstream was not reached
  bool is_finished = false;   // false: the capture ended before the connection did
  bool is_partial = false;    // its handshake was not seen: it began before the capture
  bool is_given_up = false;   // the tap itself ended it
  Moment last{};

  const DirectionTrace& direction(Direction which) const { return directions[index(which)]; }
  WallTime wall(Moment at) const { return accepted_wall + (at - accepted); }
};

}  // namespace lastframe::diff
