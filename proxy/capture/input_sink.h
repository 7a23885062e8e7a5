// What files hold of connections, as the session's own inputs: one way for captures of ours, packet
// captures and HAR. Readers call it, a replay and a comparison are told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/endpoint.h"
#include "core/base/moment.h"
#include "core/session/input.h"

namespace lastframe::capture {

// A connection begins. Views live as long as the call.
struct ConnectionStart {
  std::uint64_t id = 0;            // among all connections of one reader; never used twice
  std::uint64_t session_id = 0;    // that it had live; 0: it had none
  std::string_view client;         // an address as numbers, "203.0.113.9:50122"
  std::string_view server = {};    // empty: not known yet (UpstreamConnected tells)
  std::string_view listener = {};  // configured names; empty: there are none
  std::string_view upstream = {};
  std::string_view tap = {};
  bool is_client_trusted = false;
  // How the session looked at it live (SessionOptions); absent: as the reader's user wants.
  std::optional<bool> resynchronises = std::nullopt;
  std::optional<std::size_t> watched_head = std::nullopt;
  Moment accepted{};         // inputs are never earlier
  WallTime accepted_wall{};  // the same moment
};

// What a file does not show as it was. None of these is anybody's fault on the wire.
enum class FlawKind : unsigned char {
  damaged,        // bytes of the file that cannot be read; reading goes on behind them
  cut_off,        // the file ends within something
  lost,           // packets that the capture missed; BytesMissed stands for their bytes
  snapped,        // packets that were cut short when they were captured; BytesMissed, too
  not_kept,       // older parts that a recording gave up for newer ones, or never kept
  no_payload,     // a recording of headers and sizes: of payload there is at most a digest
  joined_late,    // the connection had begun before the capture did
  still_open,     // the connection goes on behind the end of the file: it gets no Finished
  contradiction,  // the same bytes of a stream twice, and different: the first ones count
  not_decrypted,  // TLS without its keys
  not_understood  // a link type, a block, a version
};

struct Flaw {
  FlawKind kind = FlawKind::damaged;
  std::optional<std::uint64_t> connection = std::nullopt;  // absent: of the file
  std::optional<Direction> direction = std::nullopt;
  std::uint64_t offset = 0;  // of the direction's bytes, or of the file's
  std::uint64_t bytes = 0;
  std::string text;  // one sentence, printable
};

// Numbers of the connections that one reader tells of.
class ConnectionIds {
 public:
  std::uint64_t next() { return ++last_; }

 private:
  std::uint64_t last_ = 0;
};

class InputSink {
 public:
  virtual ~InputSink() = default;

  virtual void on_start(const ConnectionStart& start) = 0;
  // In the order of time for each connection. The last one is Finished, for those whose end the
  // file shows; the others are flawed as still_open, and nothing more comes of them either.
  virtual void on_input(std::uint64_t connection, Moment now, const session::Input& input) = 0;
  virtual void on_flaw(const Flaw& flaw) = 0;
  // What was recorded when the connection ended live: one line of JSON. Comes before Finished.
  virtual void on_record(std::uint64_t connection, std::string_view json) = 0;
};

}  // namespace lastframe::capture
