// Cuts a pcapng file into packets (draft-ietf-opsawg-pcapng): several sections, both byte orders,
// enhanced, simple and obsolete packet blocks, secrets of TLS; other blocks are skipped.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "capture/packet_file.h"
#include "capture/packet_window.h"

namespace lastframe::capture {

class PcapngFile {
 public:
  // What comes next. None: more bytes are needed. A block whose lengths cannot be right is a flaw;
  // reading goes on at the next place where a block's two lengths agree.
  std::optional<FileEvent> next(PacketWindow& window);

 private:
  struct Interface {
    std::uint32_t link_type;
    std::uint32_t snapshot_length;  // 0: no limit
    // Ticks are 10 to the minus `resolution` seconds, or 2 to the minus it.
    std::uint8_t resolution = 6;
    bool is_binary = false;
    std::int64_t offset = 0;  // seconds
  };

  struct Block {
    std::uint32_t type;
    std::uint32_t length;  // of all of it
  };

  struct PacketHead {
    std::uint32_t interface;
    std::optional<std::uint64_t> ticks;
    std::uint32_t captured;
    std::uint32_t original;
  };

  // `skipped`: the last length of a block that is not looked into is to come.
  enum class State : unsigned char { blocks, skipped, lost };

  std::optional<Block> peek_block(PacketWindow& window);
  static bool has_wrong_length(const Block& block);
  static bool is_looked_into(const Block& block);
  FileEvent lose(PacketWindow& window, std::string_view what);
  bool seek(PacketWindow& window);

  std::optional<FileEvent> read(std::uint32_t type, ByteView body, std::uint64_t position);
  std::optional<FileEvent> begin_section(ByteView body, std::uint64_t position);
  std::optional<FileEvent> add_interface(ByteView body, std::uint64_t position);
  void read_option(Interface& interface, std::uint16_t code, ByteView value) const;
  std::optional<FileEvent> enhanced_packet(ByteView body, std::uint64_t position);
  std::optional<FileEvent> old_packet(ByteView body, std::uint64_t position);
  std::optional<FileEvent> simple_packet(ByteView body, std::uint64_t position);
  std::optional<FileEvent> secrets(ByteView body) const;
  FileEvent packet(const PacketHead& head, ByteView rest, std::uint64_t position);
  static WallTime time_of(const Interface& interface, std::uint64_t ticks);

  std::uint32_t number32(ByteView bytes, std::size_t at) const;
  std::uint16_t number16(ByteView bytes, std::size_t at) const;

  State state_ = State::blocks;
  std::endian order_ = std::endian::little;
  std::vector<Interface> interfaces_;
  std::uint32_t skipped_ = 0;  // the first length of that block
  std::uint32_t read_ = 0;  // bytes of what was read last: views into it live until the next call
  WallTime last_time_{};    // simple packets have none of their own
};

}  // namespace lastframe::capture
