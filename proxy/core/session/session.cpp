#include "core/session/session.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

#include "core/session/ending_findings.h"
#include "core/session/request_texts.h"
#include "core/session/sealed.h"
#include "core/ws/stray_bytes.h"

namespace lastframe::session {
namespace {

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};

}  // namespace

Session::Session(const SessionStart& start, const SessionOptions& options, Observer& observer)
    : options_(options),
      observer_(observer),
      id_(start.id),
      accepted_(start.accepted),
      accepted_wall_(start.accepted_wall),
      now_(start.accepted),
      watcher_(std::make_unique<http::ExchangeWatcher>(options.watched_head)),
      trackers_{DirectionTracker(Direction::client_to_server),
                DirectionTracker(Direction::server_to_client)},
      inflaters_(start.inflaters),
      counts_(start.counts),
      is_client_trusted_(start.is_client_trusted) {
  texts_.set(Text::client, start.client);
  recording_ =
      observer.begin_recording({.id = start.id,
                                .client = start.client,
                                .listener = options.listener,
                                .upstream = options.upstream,
                                .is_client_trusted = start.is_client_trusted,
                                .resynchronises = options.after_break == AfterBreak::resynchronise,
                                .watched_head = options.watched_head,
                                .accepted = start.accepted,
                                .accepted_wall = start.accepted_wall});
}

Session::~Session() {
  end_recording(false);
  if (counted_in_ != nullptr) counted_in_->open.subtract(1);
}

void Session::handle(Moment now, const Input& input) {
  now_ = now;
  if (recording_ && !std::holds_alternative<Finished>(input)) recording_->take(now, input);
  std::visit(Overloaded{
                 [&](const BytesRelayed& event) { relayed(event.direction, event.bytes); },
                 [&](const BytesMissed& event) { missed(event); },
                 [&](const HeadRelayed& event) { head_relayed(event); },
                 [&](const UpstreamConnected& event) { upstream_connected(event); },
                 [&](const ConnectFailed& event) { connect_failed(event); },
                 [&](const ClientNamed& event) { texts_.replace(Text::client, event.address); },
                 [&](const TlsEstablished& event) { tls_established(event); },
                 [&](const TlsFailed& event) { tls_failed(event); },
                 [&](const StreamEnded& event) { stream_ended(event); },
                 [&](const TransportSampled& event) {
                   last_facts().transport[index(event.endpoint)] = event.facts;
                 },
                 [&](const RelaySampled& event) {
                   last_facts().pending_max[index(event.direction)] = event.pending_max;
                   last_facts().stalled[index(event.direction)] = event.stalled;
                 },
                 [&](const PatternsKnown& event) {
                   last_facts().patterns = std::make_unique<KnownPatterns>(event.patterns);
                 },
                 [&](const TextsKnown& event) {
                   last_facts().texts = std::make_unique<Texts>(*event.texts);
                 },
                 [&](const GivenUp&) {
                   note_circumstances(std::nullopt);
                   closing_.note_given_up(now_);
                 },
                 [&](const Finished&) { finish(); },
             },
             input);
}

void Session::handle(Moment now, const BytesRelayed& event) {
  now_ = now;
  if (recording_) recording_->take_bytes(now, event);
  relayed(event.direction, event.bytes);
}

void Session::upstream_connected(const UpstreamConnected& event) {
  texts_.replace(Text::server, event.address);
  if (!event.upstream.empty()) texts_.replace(Text::upstream, event.upstream);
}

void Session::connect_failed(const ConnectFailed& event) {
  last_facts().connect_error = std::string(event.error);
  if (!event.address.empty()) texts_.replace(Text::server, event.address);
}

void Session::stream_ended(const StreamEnded& event) {
  note_circumstances(std::nullopt);
  DirectionTracker& own = trackers_[index(direction_from(event.endpoint))];
  if (closing_.first_end() == nullptr) {
    note_silent_refusal(event);
    // A reset cuts both directions, an orderly end only the ender's own.
    const DirectionTracker& opposite = trackers_[index(direction_from(other(event.endpoint)))];
    const bool cuts_both = event.how != EndKind::fin && event.how != EndKind::tls_truncated;
    cut_.is_mid_frame = own.is_mid_frame() || (cuts_both && opposite.is_mid_frame());
    cut_.is_mid_message = own.is_mid_message();
  }
  const bool is_peer_s_own_end = event.how != EndKind::proxy_shutdown;
  if (is_peer_s_own_end && !closing_.has_end(event.endpoint)) own.end(*this);
  closing_.note_end(event, now_);
}

void Session::relayed(Direction direction, ByteView bytes) {
  switch (phase_) {
    case Phase::frames:
      return trackers_[index(direction)].feed(bytes, now_,
                                              {.events = *this, .interest = options_.interest});
    case Phase::http:
      if (begins_sealed(direction, bytes)) {
        begin_sealed();
        return watch_sealed(direction, bytes);
      }
      return watch(direction, bytes);
    case Phase::sealed:
      return watch_sealed(direction, bytes);
    case Phase::opaque:
      if (!stray_answer_ || direction == Direction::client_to_server) return;
      stray_answer_->bytes.take(bytes, stray_answer_->end);
      stray_answer_->end += bytes.size();
      return;
  }
}

// What cannot be seen is nobody's fault.
void Session::missed(const BytesMissed& event) {
  if (phase_ == Phase::frames) {
    return trackers_[index(event.direction)].miss(event, now_,
                                                  {.events = *this, .interest = options_.interest});
  }
  if (phase_ == Phase::http) become_opaque();
}

void Session::watch(Direction direction, ByteView bytes) {
  while (phase_ == Phase::http) {
    const auto event = watcher_->next(direction, bytes);
    if (!event) return;
    heed(direction, *event);
  }
  leave_http();
  relayed(direction, bytes);
}

void Session::head_relayed(const HeadRelayed& event) {
  if (phase_ != Phase::http) return;
  const auto seen = watcher_->next_head(event.direction, event.text);
  if (seen) heed(event.direction, *seen);
  if (phase_ != Phase::http) leave_http();
}

void Session::heed(Direction direction, const http::WatchEvent& event) {
  if (const auto* request = std::get_if<http::RequestSeen>(&event)) {
    request_seen(*request);
  } else if (const auto* response = std::get_if<http::ResponseSeen>(&event)) {
    response_seen(*response);
  } else if (const auto* answer = std::get_if<http::SwitchedToWebSocket>(&event)) {
    switched(*answer);
  } else if (std::holds_alternative<http::HeldBytesAreHttp>(event)) {
    const std::string held = watcher_->take_held_client_bytes();
    watch(Direction::client_to_server, as_bytes(held));
  } else {
    const bool is_in_place_of_answer =
        direction == Direction::server_to_client && attempt_ && !outcome_ &&
        std::get<http::LostTrack>(event) == http::LostTrack::not_http;
    if (is_in_place_of_answer) keep_stray_answer();
    become_opaque();
  }
}

// Within bytes that had been held, the watcher may have gone already.
void Session::leave_http() {
  if (watcher_ && attempt_ && attempt_->refusal) {
    attempt_->refusal->body = watcher_->refusal_body();
  }
  watcher_.reset();
}

bool Session::is_between_messages() const {
  if (phase_ == Phase::http) return !watcher_->is_mid_message();
  if (is_opaque()) return false;
  for (const DirectionTracker& tracker : trackers_) {
    if (tracker.is_mid_frame() || tracker.is_mid_message()) return false;
  }
  return true;
}

void Session::finish() {
  if (!has_record()) return end_recording(false);
  note_circumstances(std::nullopt);
  LastFacts& facts = last_facts();
  SessionReport last = facts.report ? std::move(*facts.report) : report();
  if (facts.patterns) last.patterns = *facts.patterns;
  if (facts.texts) {
    for (const Text products : {Text::request_products, Text::response_products}) {
      if (const auto own = last.texts[products]) facts.texts->replace(products, *own);
    }
    last.texts = *facts.texts;
  }
  if (last.kind == RecordKind::session_end && !last.is_sealed) {
    for (const ws::Violation& found : ending_findings(last)) rule_broken(found);
    findings_.copy_into(last);
  }
  last.recording = recording_;
  end_recording(true);
  observer_.on_session_end(std::move(last));
}

void Session::end_recording(bool has_report) {
  if (const auto recording = std::exchange(recording_, nullptr)) {
    recording->note_over(now_, has_report);
  }
}

Stage Session::stage() const {
  if (closing_.first_end() != nullptr || closing_.has_close(Endpoint::client) ||
      closing_.has_close(Endpoint::server)) {
    return Stage::closing;
  }
  return phase_ == Phase::frames || phase_ == Phase::sealed ? Stage::open : Stage::opening;
}

SessionReport Session::so_far(Moment now) {
  SessionReport seen = report();
  seen.ended = now;
  return seen;
}

const SessionReport& Session::ending_report(Moment now) {
  now_ = now;
  note_circumstances(std::nullopt);
  last_facts().report = std::make_unique<SessionReport>(report());
  return *last_facts().report;
}

// A 101 that breaks a rule opens no connection, unless the client takes it all the same.
bool Session::is_handshake_complete() const {
  if (phase_ == Phase::sealed) return !has_tls_failure();
  if (phase_ != Phase::frames) return false;
  return outcome_ == HandshakeOutcome::accepted ||
         trackers_[index(Direction::client_to_server)].frames() > 0;
}

SessionReport Session::report() {
  SessionReport report;
  report.id = id_;
  report.attempt = attempt_count_ == 0 ? 1 : attempt_count_;
  report.listener = options_.listener;
  report.tap = options_.tap;
  report.upstream = texts_[Text::upstream].value_or(options_.upstream);
  report.accepted = accepted_;
  report.accepted_wall = accepted_wall_;
  report.ended = now_;
  report.texts = texts_;
  report.handshake.outcome = outcome_;
  if (status_ != 0) report.handshake.status = status_;
  if (http_version_ != 0) report.handshake.http_version = http_version_;
  if (handshake_seconds_ >= 0) report.handshake.duration_s = handshake_seconds_;
  if (phase_ == Phase::frames) report.handshake.opened = opened_;
  report.handshake.has_subprotocol_offer = has_subprotocol_offer_;
  report.is_opaque = phase_ == Phase::opaque;
  report.is_answered_by_us = is_answered_by_us_;
  report.catalogue = options_.catalogue;
  findings_.copy_into(report);
  for (const Direction direction : kDirections) {
    const DirectionTracker& tracker = trackers_[index(direction)];
    Traffic& traffic = report.traffic[index(direction)];
    traffic = {
        .bytes = tracker.bytes(), .frames = tracker.frames(), .messages = tracker.messages()};
    tracker.report_stray_bytes(report.stray_bytes);
    if (const auto* counts = tracker.compression()) report.compression[index(direction)] = *counts;
    if (!last_facts_) continue;
    traffic.pending_max = last_facts_->pending_max[index(direction)];
    traffic.stalled = last_facts_->stalled[index(direction)];
  }
  if (stray_answer_) {
    stray_answer_->bytes.report(Endpoint::server, stray_answer_->end, false, report.stray_bytes);
    // A head over the limit is an answer, only one that we did not follow.
    std::erase_if(report.stray_bytes, [](const StraySeen& stray) {
      return stray.kind == name(ws::StrayKind::http_response);
    });
  }
  if (last_facts_) {
    report.transport = last_facts_->transport;
    report.connect_error = last_facts_->connect_error;
  }
  for (const Endpoint endpoint : kEndpoints) {
    if (!heartbeats_) break;
    const PingCounts pings = heartbeats_->counts(endpoint);
    if (pings.sent > 0) report.pings[index(endpoint)] = pings;
  }
  if (attempt_ && attempt_->refusal) {
    report.handshake.refusal = attempt_->refusal;
    if (watcher_) report.handshake.refusal->body = watcher_->refusal_body();
  }
  closing_.conclude(cut_, report);
  if (phase_ == Phase::sealed) conclude_sealed(report);
  fill_in_tls(report);
  if (report.connect_error || !is_handshake_complete()) fill_in_handshake_failure(report);
  if (report.kind == RecordKind::session_end && remembered_) {
    report.circumstances = remembered_->circumstances;
  }
  return report;
}

void Session::fill_in_handshake_failure(SessionReport& report) const {
  if (report.connect_error) {
    report.kind = RecordKind::connect_failed;
    report.ending = Ending::connect_failed;
    if (report.initiator == Initiator::proxy) report.initiator = Initiator::none;
  } else if (has_tls_failure()) {
    return fill_in_tls_failure(report);
  } else {
    report.kind = RecordKind::handshake_failed;
    report.ending = Ending::handshake_failed;
  }
  if (attempt_ && !outcome_) {
    report.handshake.outcome = report.initiator == Initiator::client ? HandshakeOutcome::abandoned
                                                                     : HandshakeOutcome::unanswered;
  }
}

SessionLabel Session::label() const {
  return {.id = id_,
          .attempt = attempt_count_,
          .listener = options_.listener,
          .upstream = texts_[Text::upstream].value_or(options_.upstream),
          .client = *texts_[Text::client],
          .accepted_wall = accepted_wall_,
          .accepted = accepted_};
}

Session::LastFacts& Session::last_facts() {
  if (!last_facts_) last_facts_ = std::make_unique<LastFacts>();
  return *last_facts_;
}

void Session::frame_seen(const FrameSeen& frame) { observer_.on_frame(label(), now_, frame); }

void Session::message_seen(const MessageSeen& message) {
  observer_.on_message(label(), now_, message);
}

void Session::rule_broken(const ws::Violation& violation) {
  const bool is_broken_rule = findings_.add(violation, now_);
  if (is_broken_rule && counts_ != nullptr) counts_->note_violation(violation);
  if (is_broken_rule && options_.interest.violations) {
    observer_.on_violation(label(), now_, violation);
  }
}

void Session::heartbeat_seen(const HeartbeatSeen& heartbeat) {
  if (!heartbeats_) heartbeats_ = std::make_unique<Heartbeats>();
  const Endpoint sender = heartbeat.sender;
  if (heartbeat.opcode == ws::Opcode::ping) {
    heartbeats_->note_ping(sender, heartbeat.payload, now_, !closing_.has_close(sender));
    return;
  }
  const auto latency = heartbeats_->note_pong(sender, heartbeat.payload, now_);
  if (latency && counts_ != nullptr) {
    counts_->pongs[index(sender)].observe(static_cast<std::uint64_t>(latency->count()));
  }
  if (latency && *latency <= kLatePong) return;
  ws::Violation found{.rule = latency ? ws::Rule::pong_late : ws::Rule::pong_unsolicited,
                      .side = sender,
                      .frame = heartbeat.frame,
                      .offset = heartbeat.offset};
  if (latency) found.detail = std::to_string(latency->count() / 1'000'000) + " s after its Ping";
  rule_broken(found);
}

void Session::close_found(Endpoint sender, CloseFound close) {
  const auto code = static_cast<unsigned>(ws::reported_code(close.body));
  const bool is_for_other_side =
      sender == Endpoint::server ? code == 1010 : code >= 1011 && code <= 1014;
  if (is_for_other_side) {
    rule_broken({.rule = ws::Rule::close_code_of_other_side,
                 .side = sender,
                 .frame = close.frame,
                 .offset = trackers_[index(direction_from(sender))].frame_offset(),
                 .detail = "code " + std::to_string(code)});
  }
  note_circumstances(sender);
  closing_.note_close(sender, close, now_);
  trackers_[index(direction_from(other(sender)))].note_close_of_other_side();
}

}  // namespace lastframe::session
