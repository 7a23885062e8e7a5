// What is kept of one connection, and the blocks of a recording that it makes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "capture/entry_ring.h"
#include "capture/flight_options.h"
#include "core/base/endpoint.h"
#include "core/base/moment.h"
#include "core/session/recording.h"

namespace lastframe::capture {

struct KeptConnection {
  // A part of what came before the 101.
  struct HttpChunk {
    std::uint64_t sequence;
    Moment at;
    Direction direction;
    std::uint32_t size;
  };
  // An input that is no bytes, as append_input() writes it.
  struct Other {
    std::uint64_t sequence;
    Moment at;
    std::string body;
  };

  explicit KeptConnection(const session::RecordingStart& start);

  std::uint64_t since_accepted(Moment at) const {  // microseconds
    return static_cast<std::uint64_t>((at - accepted).count());
  }
  std::size_t memory() const;  // bytes, besides its own size
  void drop_http() { http = {}, chunks = {}; }
  // The rings' frames give way; what they stood for is counted.
  void drop_frames();

  std::uint64_t id;
  Moment accepted;
  WallTime accepted_wall;
  std::string client, listener, upstream;
  std::size_t watched_head;
  bool is_client_trusted;
  bool resynchronises;

  bool is_http_over_limit = false;  // nothing of what came before the 101 is here
  std::array<std::string, 2> http;  // by Direction
  std::vector<HttpChunk> chunks;    // of http
  std::vector<Other> others;
  std::array<EntryRing, 2> rings;
  std::array<std::uint64_t, 2> dropped{};  // bytes that the rings stood for, not told yet
};

// The beginning of the connection, and what is never kept of it.
std::string start_blocks(const KeptConnection& kept, const FlightOptions& options);

struct InputBlocks {
  std::string blocks;  // or empty: there is nothing
  // Bytes that gave way, by Direction, and behind which nothing is kept that could tell of them.
  std::array<std::uint64_t, 2> untold{};
};
// Everything that is kept, brought together in its order. HTTP is redacted.
InputBlocks input_blocks(const KeptConnection& kept, const RedactionOptions& redaction);

// That frames gave way to newer ones; empty if none did.
std::string dropped_blocks(const KeptConnection& kept, Direction direction);
// That something of the connection is not there, in a sentence.
std::string not_kept_block(const KeptConnection& kept, std::string text);
// What a session made of the texts that were redacted.
std::string texts_block(const KeptConnection& kept, Moment at, const session::Texts& texts);

}  // namespace lastframe::capture
