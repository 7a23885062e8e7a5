// Who is told what a session sees. An interface at the border of the core, without members.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "core/base/endpoint.h"
#include "core/base/moment.h"
#include "core/session/mass_close_seen.h"
#include "core/session/recording.h"
#include "core/session/report.h"
#include "core/ws/frame.h"
#include "core/ws/violation.h"

namespace lastframe::session {

// Which session an event belongs to. Views live as long as the call.
struct SessionLabel {
  std::uint64_t id;
  unsigned attempt;  // which upgrade request of its connection
  std::string_view listener;
  std::string_view upstream;
  std::string_view client;
  WallTime accepted_wall;
  Moment accepted;
};

struct FrameSeen {
  Direction direction;
  ws::FrameHeader header;
  std::uint64_t frame;    // counts from 1 in this direction
  std::uint64_t message;  // which message it belongs to, from 1; 0 for control frames
  std::uint64_t offset;   // of its first byte, behind the handshake head
};

struct MessageSeen {
  Direction direction;
  ws::Opcode opcode;   // text or binary
  bool is_compressed;  // RSV1 on its first frame
  std::uint64_t size;  // payload bytes on the wire
  std::uint64_t fragments;
  std::uint64_t message;  // counts from 1 in this direction
};

struct LiveCounts;
struct UpstreamCounts;

class Observer {
 public:
  virtual ~Observer() = default;

  virtual void on_session_start(const SessionReport& so_far) = 0;
  virtual void on_frame(const SessionLabel& session, Moment at, const FrameSeen& frame) = 0;
  virtual void on_message(const SessionLabel& session, Moment at, const MessageSeen& message) = 0;
  virtual void on_violation(const SessionLabel& session, Moment at,
                            const ws::Violation& violation) = 0;
  virtual void on_session_end(SessionReport report) = 0;
  // Of many sessions, when it is over.
  virtual void on_mass_close(const MassCloseSeen& seen) = 0;

  // Who keeps what comes to a session that begins. Null: nobody does.
  virtual std::shared_ptr<Recording> begin_recording(const RecordingStart& /*start*/) {
    return nullptr;
  }

  // Where sessions of a listener count what passes while they run, and those of one of its
  // upstreams. They outlive the sessions. Null: nobody wants to know.
  virtual LiveCounts* live_counts(std::string_view /*listener*/) { return nullptr; }
  virtual UpstreamCounts* upstream_counts(std::string_view /*listener*/,
                                          std::string_view /*upstream*/) {
    return nullptr;
  }
};

// What an observer wants to be told of each session; the end is always told. Frames are many:
// a session does not make a call that nobody wants.
struct Interest {
  bool starts = false;
  bool violations = false;
  bool messages = false;
  bool frames = false;
};

}  // namespace lastframe::session
