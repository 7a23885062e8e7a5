// One relayed connection as the analysis sees it: HTTP exchanges first, frames after a 101, facts
// all along, and a report at the end. It is fed inputs and tells an observer; it does nothing else.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "core/base/moment.h"
#include "core/catalogue/catalogue.h"
#include "core/catalogue/recognition.h"
#include "core/http/exchange_watcher.h"
#include "core/session/closing.h"
#include "core/session/direction_tracker.h"
#include "core/session/findings.h"
#include "core/session/heartbeats.h"
#include "core/session/input.h"
#include "core/session/live_counts.h"
#include "core/session/observer.h"
#include "core/session/privacy.h"
#include "core/session/silences.h"
#include "core/session/stage.h"
#include "core/session/text_watch.h"
#include "core/session/texts.h"
#include "core/ws/handshake_rules.h"
#include "core/ws/opening_handshake.h"

namespace lastframe::session {

class Sealed;

// Shared by the sessions of a listener; outlives them.
struct SessionOptions {
  std::string listener;  // the configured names
  std::string upstream;
  std::string tap = {};  // see SessionReport
  PrivacyOptions privacy;
  std::size_t watched_head = 64 * 1024;  // bytes
  Interest interest;
  AfterBreak after_break = AfterBreak::give_up;
  // For recognising products, farewells and heartbeats; without one, none are. Set both by use().
  std::shared_ptr<const catalogue::Catalogue> catalogue = nullptr;  // shared by all listeners
  // Of that catalogue; shared by copies of these options. It is built here and not with the
  // catalogue, for only sessions need it.
  std::shared_ptr<const catalogue::Recognition> recognition = nullptr;

  void use(std::shared_ptr<const catalogue::Catalogue> known);
};

struct SessionStart {
  std::uint64_t id;
  std::string_view client;  // address as numbers; copied
  bool is_client_trusted;   // whether its X-Forwarded-For is believed
  Moment accepted;
  WallTime accepted_wall;
  // Shared by the sessions of a thread; outlives them. Without one, compressed messages are not
  // looked into.
  ws::InflatePool* inflaters = nullptr;
  // Of the listener and this thread; outlives them. Null: nobody wants to know.
  LiveCounts* counts = nullptr;
};

class Session final : private TrackerEvents {
 public:
  // `options` and `observer` outlive the session.
  Session(const SessionStart& start, const SessionOptions& options, Observer& observer);
  ~Session() override;

  // Inputs come in the order of their moments; after Finished none may come.
  void handle(Moment now, const Input& input);
  // The same for the input that nearly all are, which then needs no look at which of them it is.
  void handle(Moment now, const BytesRelayed& event);

  // Whether a request for a WebSocket was seen, so that there is something to report.
  bool has_upgrade_request() const { return attempt_count_ > 0; }
  // Whether the connection stands between frames and messages (or between HTTP exchanges).
  bool is_between_messages() const;
  // Whether the server has answered a request, or the connection is not HTTP.
  bool has_answer() const { return has_answer_; }
  // Whether the analysis lost track of the bytes before the connection became a WebSocket, or they
  // are TLS that passes through.
  bool is_opaque() const { return phase_ == Phase::opaque || phase_ == Phase::sealed; }
  // Whether a whole request has come that is not answered (where a 502 of ours is an answer).
  bool has_unanswered_request() const { return has_unanswered_request_; }
  void note_answered_by_us() { is_answered_by_us_ = true; }
  // What the connection is as far as can be told; refused, only others know.
  ConnectionResult result() const;
  // What the request said, as far as one has come.
  std::optional<std::string_view> text(Text which) const { return texts_[which]; }

  // Whether there is something to tell of it while it lasts, and how far it has come.
  bool has_begun() const { return has_upgrade_request() || phase_ == Phase::sealed; }
  Stage stage() const;
  // The facts up to `now`, of a session that has begun and goes on.
  SessionReport so_far(Moment now);
  const Recording* recording() const { return recording_.get(); }  // null: nothing is kept

  // The facts for PatternsKnown, when everything else has come: after this only PatternsKnown and
  // Finished may. Made once, for the last report is this one. Lives until Finished.
  const SessionReport& ending_report(Moment now);

 private:
  enum class Phase : unsigned char { http, frames, opaque, sealed };

  // A request for a WebSocket that has not become one (yet).
  struct Attempt {
    ws::HandshakeOffer offer;
    Moment requested;
    std::optional<Refusal> refusal = std::nullopt;
  };

  // What only the last part of a connection's life, or few connections, need.
  struct Remembered {
    Silences silences;
    TextWatch texts;
    std::optional<Circumstances> circumstances;
  };

  void upstream_connected(const UpstreamConnected& event);
  void connect_failed(const ConnectFailed& event);
  void tls_established(const TlsEstablished& event);
  void tls_failed(const TlsFailed& event);
  void note_silent_refusal(const StreamEnded& end);
  void stream_ended(const StreamEnded& event);
  void relayed(Direction direction, ByteView bytes);
  void end_recording(bool has_report);
  void missed(const BytesMissed& event);
  void head_relayed(const HeadRelayed& event);
  void watch(Direction direction, ByteView bytes);
  void heed(Direction direction, const http::WatchEvent& event);
  void leave_http();
  bool begins_sealed(Direction direction, ByteView bytes) const;
  void begin_sealed();
  void watch_sealed(Direction direction, ByteView bytes);
  void request_seen(const http::RequestSeen& request);
  void response_seen(const http::ResponseSeen& response);
  void switched(const http::SwitchedToWebSocket& answer);
  void count_opening();
  void begin_attempt(const http::RequestSeen& request, std::string_view last_key);
  void note_handshake_faults(Endpoint side, const http::HeadPlace& place,
                             const std::vector<ws::HandshakeFault>& faults);
  void note_request_texts(const http::RequestHead& request);
  void note_response(const http::ResponseHead& response);
  void judge_early_data(std::string_view early, std::uint64_t offset);
  void keep_stray_answer();
  void become_opaque();
  void finish();
  SessionReport report();
  void note_sealed_circumstances();
  void conclude_sealed(SessionReport& report);
  void fill_in_tls(SessionReport& report) const;
  void fill_in_handshake_failure(SessionReport& report) const;
  void fill_in_tls_failure(SessionReport& report) const;
  bool has_record() const;
  bool has_tls_failure() const;
  bool is_handshake_complete() const;
  SessionLabel label() const;

  void frame_seen(const FrameSeen& frame) override;
  void message_seen(const MessageSeen& message) override;
  void rule_broken(const ws::Violation& violation) override;
  void heartbeat_seen(const HeartbeatSeen& heartbeat) override;
  void close_found(Endpoint sender, CloseFound close) override;
  void text_seen(Endpoint sender, std::string_view beginning) override;
  void second_began(Direction direction) override;

  // The end begins here, unless it has begun before. `closer`: whose Close it is; none: there is
  // none.
  void note_circumstances(std::optional<Endpoint> closer);
  Refusal refusal_of(const http::ResponseHead& response) const;
  catalogue::HandshakeWords handshake_words() const;
  Remembered& remembered();

  const SessionOptions& options_;
  Observer& observer_;
  std::uint64_t id_;
  Moment accepted_;
  WallTime accepted_wall_;
  Moment now_;  // of the input in hand

  std::unique_ptr<http::ExchangeWatcher> watcher_;  // while the connection speaks HTTP
  std::unique_ptr<Attempt> attempt_;                // while an upgrade is asked for
  Texts texts_;
  std::array<DirectionTracker, 2> trackers_;
  Closing closing_;
  // What came in place of an answer to the upgrade.
  struct StrayAnswer {
    StrayWatch bytes;
    std::uint64_t end;  // of the server's bytes
  };
  std::unique_ptr<StrayAnswer> stray_answer_;
  Findings findings_;
  std::unique_ptr<Heartbeats> heartbeats_;  // once there was a Ping or Pong
  ws::InflatePool* inflaters_;
  LiveCounts* counts_;
  UpstreamCounts* counted_in_ = nullptr;  // while open

  // Facts that come at the end.
  struct LastFacts {
    std::array<std::optional<TransportFacts>, 2> transport;
    std::array<std::uint64_t, 2> pending_max{};
    std::array<std::chrono::microseconds, 2> stalled{};
    std::optional<std::string> connect_error;
    std::unique_ptr<KnownPatterns> patterns;
    std::unique_ptr<Texts> texts;
    std::unique_ptr<SessionReport> report;  // once somebody asked for it
  };
  std::unique_ptr<LastFacts> last_facts_;
  LastFacts& last_facts();

  // What came of TLS; a connection in plain text has none.
  struct TlsSeen {
    std::array<std::unique_ptr<TlsLeg>, 2> legs;  // by Endpoint
    std::optional<TlsFailureSeen> failure;        // the first one
    bool is_of_handshake = false;                 // that failure, and not of what came behind it
    // Of a client that was shown a certificate of our making.
    std::optional<Moment> intercepted_at;
    std::uint64_t intercepted_bytes = 0;  // of its handshake
    std::unique_ptr<Sealed> sealed;       // while TLS passes through
  };
  std::unique_ptr<TlsSeen> tls_;
  TlsSeen& tls_seen();

  std::unique_ptr<Remembered> remembered_;

  std::shared_ptr<Recording> recording_;  // or none

  Moment opened_{};               // when a 101 passed
  float handshake_seconds_ = -1;  // negative: no response yet
  std::uint16_t status_ = 0;      // 0: none
  std::uint16_t attempt_count_ = 0;
  std::uint8_t http_version_ = 0;  // of the last request for a WebSocket
  std::optional<HandshakeOutcome> outcome_;
  Phase phase_ = Phase::http;
  bool is_client_trusted_;
  bool has_answer_ = false;
  bool has_unanswered_request_ = false;
  bool is_answered_by_us_ = false;
  bool has_subprotocol_offer_ = false;
  Closing::Cut cut_;
};

}  // namespace lastframe::session
