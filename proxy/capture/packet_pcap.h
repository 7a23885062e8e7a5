// Cuts a pcap file into packets (draft-ietf-opsawg-pcap): both byte orders, microseconds and
// nanoseconds.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>

#include "capture/packet_file.h"
#include "capture/packet_window.h"

namespace lastframe::capture {

class PcapFile {
 public:
  // What comes next. None: more bytes are needed. A record that cannot be one is a flaw; reading
  // goes on at the next place where two records in a row look right.
  std::optional<FileEvent> next(PacketWindow& window);

 private:
  struct Record {
    std::uint32_t seconds;
    std::uint32_t fraction;
    std::uint32_t captured;
    std::uint32_t original;
  };

  std::optional<FileEvent> read_header(PacketWindow& window);
  std::optional<FileEvent> read_packet(PacketWindow& window);
  bool seek(PacketWindow& window);
  Record record_of(ByteView header) const;
  bool can_be(const Record& record) const;
  bool looks_right(const Record& record) const;
  std::uint32_t fractions() const { return is_nano_ ? 1'000'000'000 : 1'000'000; }

  enum class State : unsigned char { header, packets, lost, unreadable };

  State state_ = State::header;
  std::endian order_ = std::endian::little;
  bool is_nano_ = false;
  std::uint32_t link_type_ = 0;
  std::uint32_t last_seconds_ = 0;  // of the last packet
  std::uint32_t read_ = 0;          // its bytes: the view of it lives until the next call
};

}  // namespace lastframe::capture
