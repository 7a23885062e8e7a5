#include "capture/pcapng_file.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "capture/packet_fields.h"

namespace lastframe::capture {
namespace {

enum BlockType : std::uint32_t {
  kInterface = 1,
  kOldPacket = 2,
  kSimplePacket = 3,
  kEnhancedPacket = 6,
  kSecrets = 0x0000000A,
  kSection = 0x0A0D0D0A  // the same in either byte order
};

constexpr std::uint32_t kByteOrderMagic = 0x1A2B3C4D;
constexpr std::size_t kSmallestBlock = 12;
constexpr std::size_t kSectionStart = 12;                // type, length, byte order
constexpr std::uint32_t kMostLength = 1024 * 1024;       // of a block that is looked into
constexpr std::uint32_t kMostSecrets = 8 * 1024 * 1024;  // of a block with secrets; the same
constexpr std::uint32_t kKeyLog = 0x544C534B;            // "TLSK": one of the NSS format
constexpr std::size_t kMostInterfaces = 4096;

Flaw damaged(std::uint64_t position, std::uint64_t bytes, std::string text) {
  return {.kind = FlawKind::damaged,
          .connection = std::nullopt,
          .direction = std::nullopt,
          .offset = position,
          .bytes = bytes,
          .text = std::move(text)};
}

}  // namespace

std::uint32_t PcapngFile::number32(ByteView bytes, std::size_t at) const {
  return number_at<std::uint32_t>(bytes, at, order_);
}

std::uint16_t PcapngFile::number16(ByteView bytes, std::size_t at) const {
  return number_at<std::uint16_t>(bytes, at, order_);
}

std::optional<FileEvent> PcapngFile::next(PacketWindow& window) {
  window.drop(std::exchange(read_, 0));
  while (true) {
    if (state_ == State::skipped) {
      const auto last = window.peek(4);
      if (!last) return std::nullopt;
      state_ = State::blocks;
      if (number32(*last, 0) != skipped_) return lose(window, "has two lengths that differ");
      window.drop(4);
    }
    if (state_ == State::lost && !seek(window)) return std::nullopt;
    const auto block = peek_block(window);
    if (!block) return std::nullopt;
    if (has_wrong_length(*block)) return lose(window, "has a length that cannot be right");
    if (!is_looked_into(*block)) {
      const std::uint64_t position = window.position();
      window.drop(block->length - 4);
      skipped_ = block->length;
      state_ = State::skipped;
      if (block->type != kSecrets) continue;
      return Flaw{.kind = FlawKind::not_understood,
                  .connection = std::nullopt,
                  .direction = std::nullopt,
                  .offset = position,
                  .bytes = block->length,
                  .text =
                      "secrets of more than 8 MiB in one block are not read; name them with "
                      "--key-log"};
    }
    const auto whole = window.peek(block->length);
    if (!whole) return std::nullopt;
    if (number32(*whole, block->length - 4) != block->length) {
      return lose(window, "has two lengths that differ");
    }
    if (auto event = read(block->type, whole->subspan(8, block->length - kSmallestBlock),
                          window.position())) {
      read_ = block->length;
      return event;
    }
    window.drop(block->length);
  }
}

//   type | length | body, padded to 4 bytes | length again
// A section's byte order stands in its body, and is needed for its length.
std::optional<PcapngFile::Block> PcapngFile::peek_block(PacketWindow& window) {
  auto head = window.peek(8);
  if (!head) return std::nullopt;
  if (number32(*head, 0) == kSection) {
    head = window.peek(kSectionStart);
    if (!head) return std::nullopt;
    const bool is_little =
        number_at<std::uint32_t>(*head, 8, std::endian::little) == kByteOrderMagic;
    const bool is_big = number_at<std::uint32_t>(*head, 8) == kByteOrderMagic;
    if (!is_little && !is_big) return Block{.type = kSection, .length = 0};
    order_ = is_little ? std::endian::little : std::endian::big;
  }
  return Block{.type = number32(*head, 0), .length = number32(*head, 4)};
}

bool PcapngFile::has_wrong_length(const Block& block) {
  return block.length < kSmallestBlock || block.length % 4 != 0 ||
         (is_looked_into(block) && block.type != kSecrets && block.length > kMostLength);
}

bool PcapngFile::is_looked_into(const Block& block) {
  return block.type == kSection || block.type == kInterface || block.type == kOldPacket ||
         block.type == kSimplePacket || block.type == kEnhancedPacket ||
         (block.type == kSecrets && block.length <= kMostSecrets);
}

FileEvent PcapngFile::lose(PacketWindow& window, std::string_view what) {
  const std::uint64_t position = window.position();
  state_ = State::lost;
  window.drop(1);
  return damaged(position, 0,
                 "a block " + std::string(what) +
                     "; what stands here is skipped up to the next block that can be read");
}

// Moves to the next block that is looked into, and whose two lengths agree.
bool PcapngFile::seek(PacketWindow& window) {
  while (window.peek(kSectionStart)) {
    const std::endian order = order_;
    const auto block = peek_block(window);
    if (block && is_looked_into(*block) && !has_wrong_length(*block)) {
      const auto whole = window.peek(block->length);
      if (!whole) {
        order_ = order;
        return false;
      }
      if (number32(*whole, block->length - 4) == block->length) {
        state_ = State::blocks;
        return true;
      }
    }
    order_ = order;
    window.drop(1);
  }
  return false;
}

std::optional<FileEvent> PcapngFile::read(std::uint32_t type, ByteView body,
                                          std::uint64_t position) {
  switch (type) {
    case kSection:
      return begin_section(body, position);
    case kInterface:
      return add_interface(body, position);
    case kOldPacket:
      return old_packet(body, position);
    case kSimplePacket:
      return simple_packet(body, position);
    case kSecrets:
      return secrets(body);
    default:
      return enhanced_packet(body, position);
  }
}

//   byte order | major, minor | section length | options
std::optional<FileEvent> PcapngFile::begin_section(ByteView body, std::uint64_t position) {
  interfaces_.clear();
  if (body.size() < 16) return damaged(position, body.size(), "a section's header is too short");
  const std::uint16_t major = number16(body, 4);
  if (major == 1) return std::nullopt;
  return Flaw{.kind = FlawKind::not_understood,
              .connection = std::nullopt,
              .direction = std::nullopt,
              .offset = position,
              .bytes = 2,
              .text = "a section says that it is pcapng version " + std::to_string(major) +
                      "; it is read as version 1, the only one that is known"};
}

//   kind | length | secrets, padded to 4 bytes | options
std::optional<FileEvent> PcapngFile::secrets(ByteView body) const {
  if (body.size() < 8 || number32(body, 0) != kKeyLog) return std::nullopt;
  const std::size_t length = number32(body, 4);
  return FileKeyLog{body.subspan(8, std::min(length, body.size() - 8))};
}

//   link type, reserved | snapshot length | options
std::optional<FileEvent> PcapngFile::add_interface(ByteView body, std::uint64_t position) {
  if (body.size() < 8 || interfaces_.size() >= kMostInterfaces) {
    return damaged(position, body.size(),
                   body.size() < 8 ? "an interface's description is too short"
                                   : "a section has more than 4096 interfaces; more are not read");
  }
  Interface interface{.link_type = number16(body, 0), .snapshot_length = number32(body, 4)};
  for (ByteView options = body.subspan(8); options.size() >= 4;) {
    const std::uint16_t code = number16(options, 0);
    const std::size_t size = number16(options, 2);
    if (code == 0 || options.size() - 4 < size) break;
    read_option(interface, code, options.subspan(4, size));
    options = options.subspan(std::min(options.size(), 4 + (size + 3) / 4 * 4));
  }
  interfaces_.push_back(interface);
  return std::nullopt;
}

void PcapngFile::read_option(Interface& interface, std::uint16_t code, ByteView value) const {
  constexpr std::uint16_t kResolution = 9;
  constexpr std::uint16_t kOffset = 14;
  if (code == kResolution && value.size() == 1) {
    interface.is_binary = (byte_at(value, 0) & 0x80) != 0;
    interface.resolution = byte_at(value, 0) & 0x7F;
  }
  if (code == kOffset && value.size() == 8) {
    const auto seconds = static_cast<std::int64_t>(number_at<std::uint64_t>(value, 0, order_));
    interface.offset = std::clamp(seconds, -kMostSeconds, kMostSeconds);
  }
}

//   interface | time, high | time, low | captured | original | bytes, options
std::optional<FileEvent> PcapngFile::enhanced_packet(ByteView body, std::uint64_t position) {
  if (body.size() < 20) return damaged(position, body.size(), "a packet's block is too short");
  return packet({.interface = number32(body, 0),
                 .ticks = std::uint64_t{number32(body, 4)} << 32 | number32(body, 8),
                 .captured = number32(body, 12),
                 .original = number32(body, 16)},
                body.subspan(20), position);
}

//   interface, drops | the rest is as above
std::optional<FileEvent> PcapngFile::old_packet(ByteView body, std::uint64_t position) {
  if (body.size() < 20) return damaged(position, body.size(), "a packet's block is too short");
  return packet({.interface = number16(body, 0),
                 .ticks = std::uint64_t{number32(body, 4)} << 32 | number32(body, 8),
                 .captured = number32(body, 12),
                 .original = number32(body, 16)},
                body.subspan(20), position);
}

//   original | bytes; of the first interface, without a time
std::optional<FileEvent> PcapngFile::simple_packet(ByteView body, std::uint64_t position) {
  if (body.size() < 4) return damaged(position, body.size(), "a packet's block is too short");
  const std::uint32_t original = number32(body, 0);
  auto captured = static_cast<std::uint32_t>(std::min<std::size_t>(original, body.size() - 4));
  if (!interfaces_.empty() && interfaces_.front().snapshot_length > 0) {
    captured = std::min(captured, interfaces_.front().snapshot_length);
  }
  return packet({.interface = 0, .ticks = std::nullopt, .captured = captured, .original = original},
                body.subspan(4), position);
}

FileEvent PcapngFile::packet(const PacketHead& head, ByteView rest, std::uint64_t position) {
  if (head.interface >= interfaces_.size()) {
    return damaged(position, rest.size(),
                   "a packet names an interface that the file does not describe; it is skipped");
  }
  if (head.captured > rest.size() || head.captured > kMostCaptured) {
    return damaged(position, rest.size(),
                   "a packet says that it is longer than its block; it is skipped");
  }
  const Interface& interface = interfaces_[head.interface];
  if (head.ticks) last_time_ = time_of(interface, *head.ticks);
  return FilePacket{.link_type = interface.link_type,
                    .at = last_time_,
                    .captured = rest.first(head.captured),
                    .original_length = std::max(head.original, head.captured)};
}

// In whole microseconds; nothing overflows, whatever the numbers are.
WallTime PcapngFile::time_of(const Interface& interface, std::uint64_t ticks) {
  std::uint64_t seconds = 0;
  std::uint64_t micros = 0;
  if (interface.is_binary) {
    constexpr unsigned kBits = 40;  // below the seconds; what 2^40 * 1e6 needs fits in 64
    const unsigned bits = interface.resolution;
    if (bits > kBits) ticks = bits - kBits < 64 ? ticks >> (bits - kBits) : 0;
    const unsigned kept = std::min(bits, kBits);
    seconds = ticks >> kept;
    micros = ((ticks & ((std::uint64_t{1} << kept) - 1)) * 1'000'000) >> kept;
  } else {
    std::uint64_t second = 1;
    for (unsigned i = 0; i < interface.resolution && second != 0; ++i) {
      second = second > UINT64_MAX / 10 ? 0 : second * 10;
    }
    if (second == 0) return WallTime(std::chrono::seconds(interface.offset));
    seconds = ticks / second;
    const std::uint64_t rest = ticks % second;
    micros = second >= 1'000'000 ? rest / (second / 1'000'000) : rest * (1'000'000 / second);
  }
  const auto most = static_cast<std::uint64_t>(kMostSeconds);
  const auto whole = static_cast<std::int64_t>(std::min(seconds, most)) + interface.offset;
  return WallTime(std::chrono::seconds(std::clamp(whole, -kMostSeconds, kMostSeconds)) +
                  std::chrono::microseconds(micros));
}

}  // namespace lastframe::capture
