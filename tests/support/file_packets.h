// Reads a capture file with one of the two readers, into lines.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "capture/packet_file.h"
#include "capture/packet_window.h"
#include "support/input_notes.h"
#include "support/splits.h"

namespace lastframe::test {

// "LINK TIME LENGTH BYTES" for each packet, times in microseconds since the epoch.
template <typename File>
std::vector<std::string> file_packets(const Split& split) {
  File file;
  capture::PacketWindow window;
  std::vector<std::string> lines;
  feed_parts(split, [&](std::string_view part) {
    window.add(as_bytes(part));
    while (const auto event = file.next(window)) {
      if (const auto* packet = std::get_if<capture::FilePacket>(&*event)) {
        lines.push_back(std::to_string(packet->link_type) + " " +
                        std::to_string(packet->at.time_since_epoch().count()) + " " +
                        std::to_string(packet->original_length) + " " +
                        std::string(as_text(packet->captured)));
      } else if (const auto* key_log = std::get_if<capture::FileKeyLog>(&*event)) {
        lines.push_back("key log " + std::string(as_text(key_log->bytes)));
      } else {
        const auto& flaw = std::get<capture::Flaw>(*event);
        lines.push_back(std::string(flaw_name(flaw.kind)) + " at " + std::to_string(flaw.offset));
      }
    }
  });
  return lines;
}

}  // namespace lastframe::test
