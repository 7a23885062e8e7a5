// How a recording is laid out: a magic, then blocks that can each be found and checked for
// themselves (docs/recordings.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "capture/input_sink.h"
#include "core/base/bytes.h"
#include "core/base/moment.h"

namespace lastframe::capture {

// Numbers in files: never changed, only added.
enum class BlockType : std::uint16_t { file = 1, start, inputs, record, end, dropped };

inline constexpr std::uint16_t kRecordingVersion = 1;
inline constexpr std::uint32_t kBlockMarker = 0xB10CF4A3;  // where a block begins
// Marker, type and length; a checksum stands behind the payload.
inline constexpr std::size_t kBlockHead = 10;
inline constexpr std::size_t kBlockTail = 4;
inline constexpr std::size_t kLongestBlock = std::size_t{1} << 20;  // bytes of payload
inline constexpr unsigned kNoPayload = 3;  // in place of a direction in a block of type `dropped`
inline constexpr std::size_t kUsualWatchedHead = std::size_t{64} << 10;

// The magic and the first block. `tap`: how this place is called, or empty; `program`: who writes.
std::string recording_head(std::string_view tap, std::string_view program);

// Whole blocks, each to be appended to a file.
std::string start_block(const ConnectionStart& start);
// `entries`: of write_entry(); `since`: the moment that the first of them counts from, since the
// connection was accepted.
std::string inputs_block(std::uint64_t connection, std::uint64_t since_accepted_us,
                         std::string_view entries);
std::string record_block(std::uint64_t connection, std::string_view json);
std::string end_block(std::uint64_t connection, std::uint64_t since_accepted_us);
// Of kind not_kept: older parts were given up, or the writer fell behind; or no_payload.
std::string dropped_block(const Flaw& flaw);

// CRC-32 as in zlib and PNG (ISO 3309).
std::uint32_t crc32_of(ByteView bytes);

}  // namespace lastframe::capture
