#include "capture/recording_format.h"

#include <zlib.h>

#include "capture/codec.h"
#include "capture/reader.h"

namespace lastframe::capture {
namespace {

// `payload` as a block.
std::string block(BlockType type, std::string_view payload) {
  std::string bytes;
  bytes.reserve(kBlockHead + payload.size() + kBlockTail);
  Encoder encoder(bytes);
  encoder.fixed(kBlockMarker, 4);
  encoder.fixed(static_cast<std::uint64_t>(type), 2);
  encoder.fixed(payload.size(), 4);
  bytes += payload;
  encoder.fixed(crc32_of(as_bytes(std::string_view(bytes).substr(4))), 4);
  return bytes;
}

}  // namespace

std::uint32_t crc32_of(ByteView bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

std::string recording_head(std::string_view tap, std::string_view program) {
  std::string bytes;
  for (const unsigned byte : kRecordingMagic) bytes += static_cast<char>(byte);
  std::string payload;
  Encoder encoder(payload);
  encoder.fixed(kRecordingVersion, 2);
  encoder.text(tap);
  encoder.text(program);
  return bytes + block(BlockType::file, payload);
}

std::string start_block(const ConnectionStart& start) {
  std::string payload;
  Encoder encoder(payload);
  encoder.varint(start.id);
  encoder(start.accepted.time_since_epoch().count());
  encoder(start.accepted_wall.time_since_epoch().count());
  encoder(start.is_client_trusted);
  encoder(start.resynchronises.value_or(false));
  encoder.varint(start.watched_head.value_or(kUsualWatchedHead));
  for (const std::string_view text :
       {start.client, start.server, start.listener, start.upstream, start.tap}) {
    encoder.text(text);
  }
  return block(BlockType::start, payload);
}

std::string inputs_block(std::uint64_t connection, std::uint64_t since_accepted_us,
                         std::string_view entries) {
  std::string payload;
  Encoder encoder(payload);
  encoder.varint(connection);
  encoder.varint(since_accepted_us);
  payload += entries;
  return block(BlockType::inputs, payload);
}

std::string record_block(std::uint64_t connection, std::string_view json) {
  std::string payload;
  Encoder encoder(payload);
  encoder.varint(connection);
  encoder.text(json);
  return block(BlockType::record, payload);
}

std::string end_block(std::uint64_t connection, std::uint64_t since_accepted_us) {
  std::string payload;
  Encoder encoder(payload);
  encoder.varint(connection);
  encoder.varint(since_accepted_us);
  return block(BlockType::end, payload);
}

std::string dropped_block(const Flaw& flaw) {
  std::string payload;
  Encoder encoder(payload);
  encoder.varint(flaw.connection.value_or(0));
  const unsigned direction =
      flaw.direction ? 1U + static_cast<unsigned>(index(*flaw.direction)) : 0;
  encoder.byte(flaw.kind == FlawKind::no_payload ? kNoPayload : direction);
  encoder.varint(flaw.offset);
  encoder.varint(flaw.bytes);
  encoder.text(flaw.text);
  return block(BlockType::dropped, payload);
}

}  // namespace lastframe::capture
