// Reads recordings: block by block, and past what is damaged.
#include <algorithm>
#include <cstring>
#include <string>
#include <unordered_map>
#include <utility>

#include "capture/codec.h"
#include "capture/input_codec.h"
#include "capture/reader.h"
#include "capture/recording_format.h"
#include "core/base/words.h"

namespace lastframe::capture {
namespace {

constexpr std::size_t kMagicSize = kRecordingMagic.size();

std::uint32_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  return static_cast<std::uint32_t>(Decoder(as_bytes(bytes.substr(at))).fixed(size));
}

// Moments of a hostile file must not overflow.
constexpr std::int64_t kLongestTime = std::int64_t{1} << 60;

bool is_time(std::int64_t microseconds) {
  return -kLongestTime <= microseconds && microseconds <= kLongestTime;
}

// Bytes that may be checked in vain, for each byte of the file.
constexpr std::uint64_t kMostInVain = 16;
constexpr std::size_t kMostOpen = 200'000;  // connections at a time

class RecordingReader final : public Reader {
 public:
  explicit RecordingReader(InputSink& sink) : sink_(sink) {
    Encoder(marker_).fixed(kBlockMarker, 4);
  }

  void feed(ByteView bytes) override {
    kept_ += as_text(bytes);
    std::size_t at = 0;
    if (!has_magic_) {
      if (kept_.size() < kMagicSize) return;
      has_magic_ = true;
      at = kMagicSize;
    }
    while (read_block(at)) {
    }
    kept_.erase(0, at);
    offset_ += at;
  }

  void finish() override {
    std::size_t at = 0;
    while (read_block(at) || (has_marker_behind(at) && skip(at))) {
    }
    if (damage_) at = next_beginning(at);
    flush_damage(offset_ + at);
    kept_.erase(0, at);
    offset_ += at;
    if (!kept_.empty()) {
      flaw({.kind = FlawKind::cut_off,
            .offset = offset_,
            .bytes = kept_.size(),
            .text = "the file ends within a block"});
    }
    for (const auto& [id, connection] : open_) {
      leave_open(connection, "the connection goes on behind the end of the recording");
    }
    open_.clear();
  }

 private:
  struct Connection {
    std::uint64_t id;  // as the sink is told
    Moment accepted;
    Moment now;
  };

  // One block from kept_[at] on, or one byte of damage. False: more bytes are needed.
  bool read_block(std::size_t& at) {
    const std::string_view rest = std::string_view(kept_).substr(at);
    if (rest.size() < kBlockHead) return false;
    const std::size_t length = number_at(rest, 6, 4);
    if (number_at(rest, 0, 4) != kBlockMarker || length > kLongestBlock) return skip(at);
    const std::size_t size = kBlockHead + length + kBlockTail;
    if (rest.size() < size) return false;
    // Markers within noise may claim long blocks, one within the other.
    if (checked_in_vain_ > kMostInVain * (offset_ + at) + kLongestBlock) return skip(at);
    const std::string_view checked = rest.substr(4, kBlockHead - 4 + length);
    if (crc32_of(as_bytes(checked)) != number_at(rest, kBlockHead + length, 4)) {
      checked_in_vain_ += checked.size();
      return skip(at);
    }
    flush_damage(offset_ + at);
    const auto type = static_cast<BlockType>(number_at(rest, 4, 2));
    Decoder payload(as_bytes(rest.substr(kBlockHead, length)));
    take(type, payload, offset_ + at);
    at += size;
    return true;
  }

  // To where the next block may begin.
  bool skip(std::size_t& at) {
    if (!damage_) damage_ = offset_ + at;
    const std::size_t next = kept_.find(marker_, at + 1);
    at = next != std::string::npos ? next : std::max(at + 1, kept_.size() - 3);
    return true;
  }

  bool has_marker_behind(std::size_t at) const {
    return kept_.find(marker_, at + 1) != std::string::npos;
  }

  // Where a block may begin from `at` on, as far as its bytes are there; else the end.
  std::size_t next_beginning(std::size_t at) const {
    const std::string_view bytes = kept_;
    while (at < bytes.size() && !marker_.starts_with(bytes.substr(at, marker_.size()))) ++at;
    return at;
  }

  void flush_damage(std::uint64_t end) {
    const auto begin = std::exchange(damage_, std::nullopt);
    if (!begin) return;
    flaw({.kind = FlawKind::damaged,
          .offset = *begin,
          .bytes = end - *begin,
          .text = in_bytes(end - *begin) + " of the recording are damaged and were passed over"});
  }

  void take(BlockType type, Decoder& payload, std::uint64_t offset) {
    bool is_read = false;
    switch (type) {
      case BlockType::file:
        is_read = take_file(payload);
        break;
      case BlockType::start:
        is_read = take_start(payload);
        break;
      case BlockType::inputs:
        is_read = take_inputs(payload);
        break;
      case BlockType::record:
        is_read = take_record(payload);
        break;
      case BlockType::end:
        is_read = take_end(payload);
        break;
      case BlockType::dropped:
        is_read = take_dropped(payload);
        break;
      default:
        return flaw({.kind = FlawKind::not_understood,
                     .offset = offset,
                     .text = "a block of an unknown type was passed over"});
    }
    if (is_read) return;
    flaw({.kind = FlawKind::damaged,
          .offset = offset,
          .text = "a block's content cannot be read to its end"});
  }

  bool take_file(Decoder& payload) {
    const auto version = static_cast<unsigned>(payload.fixed(2));
    tap_ = payload.text();
    payload.text();
    if (payload.has_failed()) return false;
    if (version != kRecordingVersion) {
      flaw({.kind = FlawKind::not_understood,
            .text = "the recording is of version " + std::to_string(version) +
                    "; this program reads version " + std::to_string(kRecordingVersion)});
    }
    return true;
  }

  bool take_start(Decoder& payload) {
    const std::uint64_t id = payload.varint();
    std::int64_t accepted = 0;
    std::int64_t wall = 0;
    ConnectionStart start;
    payload(accepted);
    payload(wall);
    payload(start.is_client_trusted);
    payload(start.resynchronises.emplace());
    start.watched_head = static_cast<std::size_t>(payload.varint());
    for (std::string_view* text :
         {&start.client, &start.server, &start.listener, &start.upstream, &start.tap}) {
      *text = payload.text();
    }
    if (*start.watched_head > kLongestBlock) return false;
    if (payload.has_failed() || !is_time(accepted) || !is_time(wall)) return false;
    if (open_.size() >= kMostOpen && !open_.contains(id)) {
      if (std::exchange(has_too_many_, true)) return true;
      flaw({.kind = FlawKind::not_understood,
            .text =
                "more connections are open at a time than are followed; the others are not read"});
      return true;
    }
    if (start.tap.empty()) start.tap = tap_;
    start.id = ++connections_;
    start.session_id = id;
    start.accepted = Moment(std::chrono::microseconds(accepted));
    start.accepted_wall = WallTime(std::chrono::microseconds(wall));
    if (const auto before = open_.find(id); before != open_.end()) {
      leave_open(before->second, "another connection took its id; its end is not in the recording");
    }
    open_[id] = {.id = start.id, .accepted = start.accepted, .now = start.accepted};
    sink_.on_start(start);
    return true;
  }

  // Of a connection whose start was lost, nothing can be told.
  Connection* find(Decoder& payload) {
    const auto found = open_.find(payload.varint());
    return found == open_.end() ? nullptr : &found->second;
  }

  static bool advance(Moment& now, std::uint64_t microseconds) {
    if (microseconds > static_cast<std::uint64_t>(kLongestTime)) return false;
    const Moment next = now + std::chrono::microseconds(microseconds);
    if (next.time_since_epoch().count() > 2 * kLongestTime) return false;
    now = next;
    return true;
  }

  bool take_inputs(Decoder& payload) {
    Connection* const connection = find(payload);
    if (connection == nullptr) return payload.has_failed() ? false : true;
    Moment now = connection->accepted;
    if (!advance(now, payload.varint())) return false;
    while (!payload.is_at_end()) {
      const EntryHead head = read_entry_head(payload);
      if (!advance(now, head.microseconds)) return false;
      connection->now = std::max(connection->now, now);
      const bool is_read = read_input(head, payload, [&](const session::Input& input) {
        const auto* bytes = std::get_if<session::BytesRelayed>(&input);
        const auto* missed = std::get_if<session::BytesMissed>(&input);
        if (missed != nullptr && missed->count == 0) return;
        if (bytes != nullptr && bytes->bytes.empty()) return;
        sink_.on_input(connection->id, connection->now, input);
      });
      if (!is_read) return false;
    }
    return !payload.has_failed();
  }

  bool take_record(Decoder& payload) {
    const Connection* const connection = find(payload);
    const std::string_view json = payload.text();
    if (payload.has_failed()) return false;
    if (connection != nullptr) sink_.on_record(connection->id, json);
    return true;
  }

  bool take_end(Decoder& payload) {
    const std::uint64_t id = payload.varint();
    const auto found = open_.find(id);
    if (found == open_.end()) return !payload.has_failed();
    Moment now = found->second.accepted;
    if (!advance(now, payload.varint()) || payload.has_failed()) return false;
    const Connection over = found->second;
    open_.erase(found);
    sink_.on_input(over.id, std::max(now, over.now), session::Finished{});
    return true;
  }

  bool take_dropped(Decoder& payload) {
    const Connection* const connection = find(payload);
    const unsigned direction = payload.byte();
    Flaw dropped;
    dropped.kind = FlawKind::not_kept;
    if (connection != nullptr) dropped.connection = connection->id;
    if (direction == kNoPayload) dropped.kind = FlawKind::no_payload;
    if (direction == 1) dropped.direction = Direction::client_to_server;
    if (direction == 2) dropped.direction = Direction::server_to_client;
    dropped.offset = payload.varint();
    dropped.bytes = payload.varint();
    dropped.text = printable(payload.text(), 300);
    if (payload.has_failed()) return false;
    if (dropped.text.empty()) dropped.text = "parts of what passed were not kept";
    flaw(std::move(dropped));
    return true;
  }

  void leave_open(const Connection& connection, const char* why) {
    flaw({.kind = FlawKind::still_open, .connection = connection.id, .text = why});
  }

  void flaw(Flaw what) { sink_.on_flaw(what); }

  InputSink& sink_;
  std::string kept_;          // bytes that no block was made of yet
  std::uint64_t offset_ = 0;  // of kept_, in the file
  std::optional<std::uint64_t> damage_;
  std::uint64_t checked_in_vain_ = 0;  // bytes of blocks that were none
  std::string marker_;
  std::string tap_;
  std::unordered_map<std::uint64_t, Connection> open_;  // by the file's ids
  std::uint64_t connections_ = 0;
  bool has_too_many_ = false;
  bool has_magic_ = false;
};

}  // namespace

std::unique_ptr<Reader> make_recording_reader(InputSink& sink) {
  return std::make_unique<RecordingReader>(sink);
}

}  // namespace lastframe::capture
