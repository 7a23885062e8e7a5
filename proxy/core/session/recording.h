// Who keeps what comes to a session, so that it can be looked at again. An interface at the border
// of the core.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/moment.h"
#include "core/session/input.h"
#include "core/session/texts.h"

namespace lastframe::session {

// The session that begins. Views live as long as the call.
struct RecordingStart {
  std::uint64_t id;
  std::string_view client;
  std::string_view listener;
  std::string_view upstream;
  bool is_client_trusted;
  bool resynchronises;       // SessionOptions::after_break
  std::size_t watched_head;  // SessionOptions::watched_head
  Moment accepted;
  WallTime accepted_wall;
};

// Of one session. Used on the session's thread until note_over(); what was kept may then be read on
// another.
class Recording {
 public:
  virtual ~Recording() = default;

  // Comes before the session looks at the input itself; Finished does not come.
  virtual void take(Moment now, const Input& input) = 0;
  // The same for the input that nearly all are.
  virtual void take_bytes(Moment now, const BytesRelayed& input) = 0;

  // The connection is a WebSocket: of what came, so many bytes of each direction (by Direction) are
  // HTTP, and frames begin behind them.
  virtual void note_opened(const std::array<std::uint64_t, 2>& http_bytes) = 0;

  // Nothing more comes. `has_report`: the session tells of its end, and the report has this
  // recording.
  virtual void note_over(Moment now, bool has_report) = 0;

  // Of these each on the session's thread, or of one that is over on any.
  //
  // What is kept by now, as whoever keeps it writes it.
  virtual std::string blocks() const = 0;
  // Of one that is over: what was not handed out, the log's line, and what the session made of
  // texts that are redacted here (or null).
  virtual std::string last_blocks(std::string_view record_json, const Texts* texts) const = 0;
  virtual std::size_t memory() const = 0;  // bytes
};

}  // namespace lastframe::session
