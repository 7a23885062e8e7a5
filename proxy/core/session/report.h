// What is said of one connection when it has ended: facts only, in the words of the record.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/endpoint.h"
#include "core/base/moment.h"
#include "core/catalogue/catalogue.h"
#include "core/session/circumstances.h"
#include "core/session/heartbeats.h"
#include "core/session/input.h"
#include "core/session/texts.h"
#include "core/session/tls_facts.h"
#include "core/session/verdict.h"
#include "core/ws/close_code.h"
#include "core/ws/message_tracker.h"
#include "core/ws/violation.h"

namespace lastframe::session {

class Recording;

enum class RecordKind : unsigned char { session_end, handshake_failed, tls_failed, connect_failed };
std::string_view name(RecordKind kind);

enum class HandshakeOutcome : unsigned char { accepted, rejected, failed, unanswered, abandoned };
inline constexpr std::size_t kHandshakeOutcomes =
    static_cast<std::size_t>(HandshakeOutcome::abandoned) + 1;
std::string_view name(HandshakeOutcome outcome);

enum class Initiator : unsigned char { client, server, proxy, none };
std::string_view name(Initiator initiator);

enum class Ending : unsigned char {
  handshake_failed,
  connect_failed,
  tls_failed,
  closing_handshake,
  close_unanswered,
  proxy_shutdown,
  timeout,
  reset_mid_frame,
  reset,
  fin_mid_frame,
  fin_mid_message,
  fin_without_close,
};
std::string_view name(Ending ending);

// A side's first complete Close frame. `code` is absent for an empty or one-byte body.
struct CloseSeen {
  std::optional<std::uint16_t> code;
  ws::CloseCode reported = ws::CloseCode::no_status_received;  // 1005, 1002 or `code`
  std::string reason;                                          // bytes as on the wire
  std::uint64_t frame = 0;                                     // counts from 1
  Moment at;
};

struct StreamEnd {
  Endpoint endpoint = Endpoint::client;
  EndKind how = EndKind::fin;
  Moment at;
  std::string_view http2_error = {};  // of static life; empty: none was said
};

struct Traffic {
  std::uint64_t bytes = 0;  // behind the heads
  std::uint64_t frames = 0;
  std::uint64_t messages = 0;
  std::uint64_t pending_max = 0;
  std::chrono::microseconds stalled{0};
};

// Something legal that is worth knowing: how often it was seen, and where first.
struct Note {
  ws::Violation first;
  std::uint64_t count = 1;

  bool operator==(const Note&) const = default;
};

// Bytes that stand where frames should, and what they were recognised as. Printable texts.
struct StraySeen {
  Endpoint side = Endpoint::client;
  std::uint64_t frame = 0;       // in which, or instead of which, they stand
  std::uint64_t offset = 0;      // of their first byte, behind the handshake head
  bool is_inside_frame = false;  // they begin within the frame's payload
  std::string_view kind;         // of static life
  std::string summary;
  std::string shown;
  std::optional<std::uint64_t> frames_again_at = std::nullopt;  // where frames went on

  bool operator==(const StraySeen&) const = default;
};

struct HandshakeFacts {
  std::optional<HandshakeOutcome> outcome;  // absent where no request for an upgrade was seen
  std::optional<unsigned> status;
  std::optional<unsigned> http_version = std::nullopt;  // of the request: 11, 20
  std::optional<double> duration_s;                     // from the request's head to the response's
  std::optional<Moment> opened = std::nullopt;          // when the 101 passed
  std::optional<Refusal> refusal = std::nullopt;        // where the answer was another status
  bool has_subprotocol_offer = false;
};

// Which leg's TLS handshake failed, and how.
struct TlsFailureSeen {
  Endpoint peer = Endpoint::client;
  TlsFailure facts;
  Moment at;
};

struct SessionReport {
  RecordKind kind = RecordKind::session_end;
  std::uint64_t id = 0;
  unsigned attempt = 1;  // which upgrade request of its connection this is
  std::string listener;
  std::string upstream;
  std::string tap;         // how this place on the path is called; empty: not at all
  WallTime accepted_wall;  // when the client was accepted; every other time is counted from it
  Moment accepted;
  Moment ended;
  Texts texts;  // addresses, and what client and server said of themselves, redacted
  HandshakeFacts handshake;

  ws::CloseCode code = ws::CloseCode::abnormal_closure;
  Initiator initiator = Initiator::none;
  bool clean = false;
  Ending ending = Ending::fin_without_close;
  std::array<std::optional<CloseSeen>, 2> close_frames;  // by Endpoint
  std::vector<StreamEnd> stream_ends;                    // in the order seen
  std::array<std::optional<TlsLeg>, 2> tls;  // by the Endpoint on it; absent: plain text
  std::optional<TlsFailureSeen> tls_failure;
  std::optional<std::string> connect_error;
  bool is_opaque = false;  // the analysis lost track: counts and codes are what was seen until then
  bool is_answered_by_us = false;  // an HTTP 502 of ours
  // The bytes passed as TLS that we have no keys for. Nobody could see a Close: `code` says
  // nothing.
  bool is_sealed = false;

  std::vector<ws::Violation> violations;  // the first ones, in the order found
  std::vector<Moment> violation_moments;  // when each of them was found
  std::uint64_t violation_count = 0;
  std::vector<Note> notes;                         // in the order found
  std::vector<StraySeen> stray_bytes;              // in the order of the directions
  std::array<std::optional<PingCounts>, 2> pings;  // by the Endpoint that pings
  std::array<std::optional<ws::CompressionCounts>, 2> compression;  // by Direction
  std::array<Traffic, 2> traffic;                                   // by Direction
  std::array<std::optional<TransportFacts>, 2> transport;           // by Endpoint

  std::optional<Circumstances> circumstances;  // of a connection that was open
  KnownPatterns patterns;
  // What the verdict is made with; shared with the session's options. None: there is no verdict.
  std::shared_ptr<const catalogue::Catalogue> catalogue;
  // What was kept of the session, where somebody keeps it; complete.
  std::shared_ptr<const Recording> recording;
  std::optional<Verdict> verdict;  // absent until core/verdict has seen the facts
};

inline constexpr std::size_t kMostListedViolations = 32;

// Who sent the Close frame that came first, if anybody did; and that frame.
std::optional<Endpoint> first_closer(const SessionReport& report);
const CloseSeen* first_close(const SessionReport& report);

}  // namespace lastframe::session
