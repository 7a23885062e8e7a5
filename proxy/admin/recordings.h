// Recordings of single connections, for whoever asks.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "admin/message.h"
#include "capture/head_redaction.h"

namespace lastframe::admin {

// What is asked for with ?format=
enum class RecordingFormat : unsigned char { lastframe, pcapng, har };

// Of "name=value" parts; anything but one format is a mistake.
std::expected<RecordingFormat, Response> parse_recording_format(std::span<const std::string> parts);

// How this program records.
struct RecorderFacts {
  std::string version;    // of this program
  std::string tap{};      // this place's name; or empty
  bool is_whole = false;  // connections are recorded whole, to files
  capture::RedactionOptions redaction{};
};

// A file to save, with all of `blocks` (capture/recording_format.h). `id`: the session's.
Response recording_file(std::string_view id, std::string_view blocks, RecordingFormat format,
                        const RecorderFacts& recorder);

}  // namespace lastframe::admin
