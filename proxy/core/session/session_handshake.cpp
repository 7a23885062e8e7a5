// What a session makes of the heads of its opening handshake.
#include <charconv>
#include <chrono>
#include <cstdint>
#include <limits>
#include <utility>

#include "core/session/privacy.h"
#include "core/session/request_texts.h"
#include "core/session/session.h"
#include "core/session/shown_text.h"

namespace lastframe::session {
namespace {

constexpr std::size_t kLongestRefusalText = 128;  // bytes, of a field's value
constexpr std::size_t kLongestScheme = 32;

std::optional<std::uint64_t> content_length(const http::Fields& fields) {
  const std::string_view digits = fields.first("Content-Length").value_or("");
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  const bool is_number = error == std::errc{} && end == digits.data() + digits.size();
  return is_number ? std::optional(length) : std::nullopt;
}

}  // namespace

void Session::request_seen(const http::RequestSeen& request) {
  has_unanswered_request_ = true;
  // An upgrade that was refused is over when the client goes on to the next request.
  std::string last_key;
  if (attempt_ && outcome_) {
    observer_.on_session_end(report());
    last_key = std::exchange(attempt_, nullptr)->offer.key;
  }
  if (request.asks == http::Asks::websocket) begin_attempt(request, last_key);
}

void Session::begin_attempt(const http::RequestSeen& request, std::string_view last_key) {
  if (attempt_count_ < std::numeric_limits<std::uint16_t>::max()) ++attempt_count_;
  attempt_ = std::make_unique<Attempt>(ws::offer_of(request.head), now_);
  http_version_ = static_cast<std::uint8_t>(request.head.version);
  outcome_.reset();
  status_ = 0;
  handshake_seconds_ = -1;
  has_subprotocol_offer_ = attempt_->offer.subprotocols.has_value();
  texts_ = request_texts(request.head, texts_, options_.privacy, is_client_trusted_);
  if (options_.recognition) {
    const std::string products = options_.recognition->products_in(request.head);
    if (!products.empty()) texts_.set(Text::request_products, products);
  }
  findings_.clear();
  auto faults = ws::request_faults(request.head, request.place.text);
  if (!last_key.empty() && attempt_->offer.key == last_key) {
    faults.push_back({.rule = ws::Rule::key_repeated, .offset = 0, .detail = {}});
  }
  note_handshake_faults(Endpoint::client, request.place, faults);
}

void Session::note_handshake_faults(Endpoint side, const http::HeadPlace& place,
                                    const std::vector<ws::HandshakeFault>& faults) {
  for (const ws::HandshakeFault& fault : faults) {
    rule_broken({.rule = fault.rule,
                 .side = side,
                 .frame = 0,
                 .offset = place.offset + fault.offset,
                 .detail = fault.detail});
  }
}

void Session::response_seen(const http::ResponseSeen& response) {
  if (response.head.status < 200) return;  // an interim answer decides nothing
  has_answer_ = true;
  has_unanswered_request_ = false;
  if (response.asks != http::Asks::websocket || !attempt_) return;
  note_response(response.head);
  attempt_->refusal = refusal_of(response.head);
  outcome_ = HandshakeOutcome::rejected;
}

// Its body comes later. What is shown of it is redacted and printable.
Refusal Session::refusal_of(const http::ResponseHead& response) const {
  const http::Fields& fields = response.fields;
  const auto shown = [&](std::string_view name) {
    return shown_text(fields.first(name).value_or(""), kLongestRefusalText);
  };
  Refusal refusal{.body_length = content_length(fields),
                  .content_type = shown("Content-Type"),
                  .authenticate = {},
                  .location = {},
                  .retry_after = shown("Retry-After"),
                  .body = {},
                  .rows = {}};
  for (const std::string_view name : {"WWW-Authenticate", "Proxy-Authenticate"}) {
    const std::string_view value = fields.first(name).value_or("");
    const std::string_view scheme = value.substr(0, value.find_first_of(" \t,"));
    if (!refusal.authenticate.empty() || !http::is_token(scheme)) continue;
    refusal.authenticate = scheme.substr(0, kLongestScheme);
  }
  if (const auto location = fields.first("Location")) {
    refusal.location = shown_redacted(redact_target(*location, options_.privacy), Texts::kLongest);
  }
  if (options_.recognition) refusal.rows = options_.recognition->refusals_of(response);
  return refusal;
}

void Session::note_response(const http::ResponseHead& response) {
  status_ = static_cast<std::uint16_t>(response.status);
  handshake_seconds_ = static_cast<float>(seconds_between(attempt_->requested, now_));
  note_response_texts(response, texts_);
  if (!options_.recognition) return;
  const std::string products = options_.recognition->products_in(response);
  if (!products.empty()) texts_.set(Text::response_products, products);
}

// The rest of the server's bytes, and what the client sent before it knew, are frames.
void Session::switched(const http::SwitchedToWebSocket& answer) {
  if (!attempt_) return become_opaque();
  has_answer_ = true;
  has_unanswered_request_ = false;
  note_response(answer.head);
  const auto faults = ws::response_faults(answer.head, answer.place.text, attempt_->offer);
  outcome_ = ws::is_acceptable(faults) ? HandshakeOutcome::accepted : HandshakeOutcome::failed;
  note_handshake_faults(Endpoint::server, answer.place, faults);
  const auto accepted = answer.head.fields.joined("Sec-WebSocket-Extensions");
  const ws::NegotiatedExtensions extensions = ws::negotiated(accepted.value_or(""));
  for (DirectionTracker& tracker : trackers_) {
    tracker.begin(extensions, inflaters_, options_.after_break);
    if (options_.recognition) {
      tracker.watch_for(options_.recognition->openings(sender(tracker.direction())));
    }
    if (counts_ != nullptr) tracker.count_in(counts_->directions[index(tracker.direction())]);
  }
  texts_.shrink();
  const std::string early = watcher_->take_held_client_bytes();
  if (!early.empty()) {
    judge_early_data(early, watcher_->position(Direction::client_to_server));
  }
  if (recording_) {
    recording_->note_opened({watcher_->position(Direction::client_to_server),
                             watcher_->position(Direction::server_to_client)});
  }
  phase_ = Phase::frames;
  opened_ = now_;
  count_opening();
  if (options_.interest.starts) observer_.on_session_start(report());
  relayed(Direction::client_to_server, as_bytes(early));
  attempt_.reset();
}

void Session::count_opening() {
  if (counts_ == nullptr) return;
  const auto waited =
      std::chrono::duration_cast<std::chrono::microseconds>(now_ - attempt_->requested);
  counts_->handshakes.observe(static_cast<std::uint64_t>(waited.count()));
  counted_in_ = observer_.upstream_counts(options_.listener,
                                          texts_[Text::upstream].value_or(options_.upstream));
  if (counted_in_ == nullptr) return;
  counted_in_->open.add(1);
  const bool is_accepted = outcome_ == HandshakeOutcome::accepted;
  (is_accepted ? counted_in_->accepted : counted_in_->failed).add(1);
}

// RFC 6455 section 4.1: "Once the client's opening handshake has been sent, the client MUST wait
// for a response from the server before sending any further data."
void Session::judge_early_data(std::string_view early, std::uint64_t offset) {
  rule_broken({.rule = ws::Rule::data_before_answer,
               .side = Endpoint::client,
               .frame = 0,
               .offset = offset,
               .detail = std::to_string(early.size()) + " bytes"});
}

// A TLS alert, the first frames of HTTP/2: worth a word. The input in hand comes as bytes of an
// opaque connection.
void Session::keep_stray_answer() {
  const std::string_view before = watcher_->unread_response();
  const std::uint64_t position = watcher_->position(Direction::server_to_client);
  stray_answer_ = std::make_unique<StrayAnswer>(StrayWatch{}, position);
  stray_answer_->bytes.begin_break({.offset = position - before.size(), .frame = 0, .bytes = {}});
  stray_answer_->bytes.take(as_bytes(before), position - before.size());
}

void Session::become_opaque() {
  phase_ = Phase::opaque;
  has_answer_ = true;
  // The answer to the upgrade request is nothing that can be read as one.
  if (attempt_ && !outcome_) outcome_ = HandshakeOutcome::failed;
}

}  // namespace lastframe::session
