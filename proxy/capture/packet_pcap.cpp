#include "capture/packet_pcap.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <utility>

#include "capture/packet_fields.h"

namespace lastframe::capture {
namespace {

constexpr std::size_t kFileHeader = 24;
constexpr std::size_t kRecordHeader = 16;
constexpr std::uint32_t kMicroMagic = 0xA1B2C3D4;
constexpr std::uint32_t kNanoMagic = 0xA1B23C4D;
constexpr std::uint32_t kMostOriginal = 16 * 1024 * 1024;
constexpr std::uint32_t kDay = 86'400;  // seconds

}  // namespace

std::optional<FileEvent> PcapFile::next(PacketWindow& window) {
  window.drop(std::exchange(read_, 0));
  switch (state_) {
    case State::header:
      return read_header(window);
    case State::packets:
      return read_packet(window);
    case State::lost:
      return seek(window) ? read_packet(window) : std::nullopt;
    case State::unreadable:
      while (window.peek(1)) window.drop(1);
      return std::nullopt;
  }
  return std::nullopt;
}

//   magic | major, minor | reserved | reserved | snapshot length | FCS bits, link type
std::optional<FileEvent> PcapFile::read_header(PacketWindow& window) {
  const auto header = window.peek(kFileHeader);
  if (!header) return std::nullopt;
  const auto little = number_at<std::uint32_t>(*header, 0, std::endian::little);
  const bool is_little = little == kMicroMagic || little == kNanoMagic;
  order_ = is_little ? std::endian::little : std::endian::big;
  is_nano_ = number_at<std::uint32_t>(*header, 0, order_) == kNanoMagic;
  const auto major = number_at<std::uint16_t>(*header, 4, order_);
  link_type_ = number_at<std::uint32_t>(*header, 20, order_) & 0xFFFF;
  state_ = major == 2 ? State::packets : State::unreadable;
  window.drop(kFileHeader);
  if (state_ == State::packets) return read_packet(window);
  return Flaw{.kind = FlawKind::not_understood,
              .offset = 4,
              .bytes = 2,
              .text = "the file says that it is pcap version " + std::to_string(major) +
                      "; only version 2 is known; write it anew with tcpdump or editcap"};
}

std::optional<FileEvent> PcapFile::read_packet(PacketWindow& window) {
  const auto header = window.peek(kRecordHeader);
  if (!header) return std::nullopt;
  const Record record = record_of(*header);
  if (!can_be(record)) {
    const std::uint64_t position = window.position();
    state_ = State::lost;
    window.drop(1);
    return Flaw{.kind = FlawKind::damaged,
                .offset = position,
                .bytes = kRecordHeader,
                .text = "a packet's record cannot be right (" + std::to_string(record.captured) +
                        " bytes captured of " + std::to_string(record.original) +
                        "); what stands here is skipped up to the next packet that can be read"};
  }
  const auto whole = window.peek(kRecordHeader + record.captured);
  if (!whole) return std::nullopt;
  last_seconds_ = record.seconds;
  read_ = static_cast<std::uint32_t>(whole->size());
  const auto divisor = is_nano_ ? 1000U : 1U;
  const FilePacket packet{.link_type = link_type_,
                          .at = WallTime(std::chrono::seconds(record.seconds) +
                                         std::chrono::microseconds(record.fraction / divisor)),
                          .captured = whole->subspan(kRecordHeader),
                          .original_length = std::max(record.original, record.captured)};
  return packet;
}

// Moves to the next place where a record looks right, and the one behind it, too.
bool PcapFile::seek(PacketWindow& window) {
  while (const auto header = window.peek(kRecordHeader)) {
    const Record record = record_of(*header);
    if (looks_right(record)) {
      const std::size_t behind = kRecordHeader + record.captured;
      const auto both = window.peek(behind + kRecordHeader);
      if (!both) return false;
      if (looks_right(record_of(both->subspan(behind)))) {
        state_ = State::packets;
        return true;
      }
    }
    window.drop(1);
  }
  return false;
}

PcapFile::Record PcapFile::record_of(ByteView header) const {
  return {.seconds = number_at<std::uint32_t>(header, 0, order_),
          .fraction = number_at<std::uint32_t>(header, 4, order_),
          .captured = number_at<std::uint32_t>(header, 8, order_),
          .original = number_at<std::uint32_t>(header, 12, order_)};
}

// Some programs are careless with the fraction, and with the original length.
bool PcapFile::can_be(const Record& record) const {
  return record.captured <= kMostCaptured && record.fraction / 2 < fractions();
}

bool PcapFile::looks_right(const Record& record) const {
  const std::uint32_t apart = record.seconds > last_seconds_ ? record.seconds - last_seconds_
                                                             : last_seconds_ - record.seconds;
  return record.captured > 0 && record.captured <= kMostCaptured &&
         record.captured <= record.original && record.original <= kMostOriginal &&
         record.fraction < fractions() && (last_seconds_ == 0 || apart <= kDay);
}

}  // namespace lastframe::capture
