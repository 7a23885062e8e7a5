#include <algorithm>
#include <array>
#include <cstring>

#include "capture/reader.h"

namespace lastframe::capture {
namespace {

std::size_t first_word(std::string_view text) { return text.find_first_not_of(" \t\r\n"); }

bool begins_with(ByteView bytes, std::initializer_list<unsigned> magic) {
  return bytes.size() >= magic.size() &&
         std::ranges::equal(magic, bytes.first(magic.size()), {}, {},
                            [](std::byte byte) { return std::to_integer<unsigned>(byte); });
}

}  // namespace

FileKind kind_of(ByteView beginning) {
  // Both byte orders, microseconds and nanoseconds (draft-ietf-opsawg-pcap).
  for (const auto& magic : {std::initializer_list<unsigned>{0xD4, 0xC3, 0xB2, 0xA1},
                            {0xA1, 0xB2, 0xC3, 0xD4},
                            {0x4D, 0x3C, 0xB2, 0xA1},
                            {0xA1, 0xB2, 0x3C, 0x4D}}) {
    if (begins_with(beginning, magic)) return FileKind::pcap;
  }
  if (begins_with(beginning, {0x0A, 0x0D, 0x0D, 0x0A})) return FileKind::pcapng;
  if (begins_with(beginning, kRecordingMagic)) return FileKind::recording;
  std::string_view text = as_text(beginning.first(std::min(beginning.size(), kKindWindow)));
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  text.remove_prefix(std::min(first_word(text), text.size()));
  if (text.starts_with("{\"event\"")) return FileKind::log;
  if (!text.starts_with('{')) return FileKind::unknown;
  text.remove_prefix(1);
  text.remove_prefix(std::min(first_word(text), text.size()));
  return text.starts_with("\"log\"") ? FileKind::har : FileKind::unknown;
}

std::unique_ptr<Reader> make_reader(FileKind kind, InputSink& sink, TlsKeyLogs* logs) {
  switch (kind) {
    case FileKind::recording:
      return make_recording_reader(sink);
    case FileKind::pcap:
    case FileKind::pcapng:
      return make_packet_reader(sink, logs);
    case FileKind::har:
      return make_har_reader(sink);
    case FileKind::log:
    case FileKind::unknown:
      break;
  }
  return nullptr;
}

}  // namespace lastframe::capture
