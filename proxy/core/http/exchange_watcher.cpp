#include "core/http/exchange_watcher.h"

#include <utility>

namespace lastframe::http {
namespace {

// A request for a WebSocket is known by its Upgrade field; one whose Upgrade was stripped by a hop
// before us still carries its key.
Asks asks_of(const RequestHead& head) {
  if (head.method == "CONNECT") return Asks::tunnel;
  if (head.fields.has_token("Upgrade", "websocket")) return Asks::websocket;
  if (head.fields.first("Upgrade")) return Asks::other_protocol;
  if (head.fields.first("Sec-WebSocket-Key")) return Asks::websocket;
  return Asks::nothing;
}

}  // namespace

ExchangeWatcher::ExchangeWatcher(std::size_t head_limit)
    : request_reader_(MessageKind::request, head_limit),
      response_reader_(MessageKind::response, head_limit),
      head_limit_(head_limit) {}

std::optional<WatchEvent> ExchangeWatcher::next(Direction direction, ByteView& input) {
  if (lost_) {
    input = {};
    return std::nullopt;
  }
  const std::size_t size = input.size();
  auto event = next_event(direction, input);
  std::uint64_t& position = positions_[index(direction)];
  position += size - input.size();
  const auto place = [position](std::string_view text) {
    return HeadPlace{.text = text, .offset = position - text.size()};
  };
  if (!event) return event;
  if (auto* request = std::get_if<RequestSeen>(&*event))
    request->place = place(request->place.text);
  if (auto* answer = std::get_if<SwitchedToWebSocket>(&*event)) {
    answer->place = place(answer->place.text);
  }
  return event;
}

std::optional<WatchEvent> ExchangeWatcher::next_head(Direction direction, std::string_view text) {
  if (lost_) return std::nullopt;
  if (direction == Direction::client_to_server) {
    request_head_ = parse_request_head(text);
    if (!request_head_ || is_holding_) return lose_track(LostTrack::not_http);
    outstanding_.push_back({std::string(request_head_->method), Asks::websocket});
    is_holding_ = true;
    return RequestSeen{
        .head = *request_head_, .asks = Asks::websocket, .place = {.text = text, .offset = 0}};
  }
  response_head_ = parse_response_head(text);
  if (!response_head_ || !is_holding_) return lose_track(LostTrack::bad_head);
  if (response_head_->status / 100 == 2) {
    return SwitchedToWebSocket{.head = *response_head_, .place = {.text = text, .offset = 0}};
  }
  if (response_head_->status >= 200) {
    response_body_ = Body::until_end_of_stream();
    is_refusal_ = true;
  }
  return ResponseSeen{*response_head_, Asks::websocket};
}

std::optional<WatchEvent> ExchangeWatcher::next_event(Direction direction, ByteView& input) {
  return direction == Direction::client_to_server ? next_from_client(input)
                                                  : next_from_server(input);
}

std::optional<WatchEvent> ExchangeWatcher::next_from_client(ByteView& input) {
  if (!request_body_.consume(input)) return lose_track(LostTrack::bad_framing);
  if (input.empty()) return std::nullopt;
  if (is_holding_) {
    if (held_.size() + input.size() > head_limit_) return lose_track(LostTrack::over_limit);
    held_ += as_text(input);
    // They come again, or are frames.
    positions_[index(Direction::client_to_server)] -= input.size();
    input = {};
    return std::nullopt;
  }
  const HeadResult result = request_reader_.read(input);
  if (const auto* head = std::get_if<CompleteHead>(&result)) return take_request(head->text);
  if (std::holds_alternative<NotHttp>(result)) return lose_track(LostTrack::not_http);
  return std::nullopt;
}

std::optional<WatchEvent> ExchangeWatcher::next_from_server(ByteView& input) {
  if (std::exchange(is_release_due_, false)) return HeldBytesAreHttp{};
  if (!response_body_.consume(input, is_refusal_ ? &refusal_body_ : nullptr))
    return lose_track(LostTrack::bad_framing);
  if (input.empty()) return std::nullopt;
  const HeadResult result = response_reader_.read(input);
  if (const auto* head = std::get_if<CompleteHead>(&result)) return take_response(head->text);
  if (std::holds_alternative<NotHttp>(result)) return lose_track(LostTrack::not_http);
  return std::nullopt;
}

WatchEvent ExchangeWatcher::take_request(std::string_view text) {
  request_head_ = parse_request_head(text);
  // "PRI * HTTP/2.0" opens an HTTP/2 connection.
  if (!request_head_ || request_head_->version / 10 != 1) return lose_track(LostTrack::not_http);
  const auto body = Body::of_request(request_head_->fields);
  if (!body) return lose_track(LostTrack::bad_framing);
  if (outstanding_.size() == kMostOutstanding) return lose_track(LostTrack::over_limit);
  request_body_ = *body;
  const Asks asks = asks_of(*request_head_);
  outstanding_.push_back({std::string(request_head_->method), asks});
  is_holding_ = asks != Asks::nothing;
  return RequestSeen{.head = *request_head_, .asks = asks, .place = {.text = text}};
}

WatchEvent ExchangeWatcher::take_response(std::string_view text) {
  response_head_ = parse_response_head(text);
  if (!response_head_) return lose_track(LostTrack::bad_head);
  const bool has_request = !outstanding_.empty();
  const Asks asks = has_request ? outstanding_.front().asks : Asks::nothing;
  const unsigned status = response_head_->status;
  if (status == 101 && asks == Asks::websocket) {
    return SwitchedToWebSocket{.head = *response_head_, .place = {.text = text}};
  }
  if (status == 101 || (asks == Asks::tunnel && status / 100 == 2)) {
    return lose_track(LostTrack::other_protocol);
  }
  if (status < 200) return ResponseSeen{*response_head_, asks};
  const auto body = Body::of_response(
      *response_head_, has_request ? std::string_view(outstanding_.front().method) : "");
  if (!body) return lose_track(LostTrack::bad_framing);
  response_body_ = *body;
  is_refusal_ = asks == Asks::websocket;
  if (is_refusal_) refusal_body_.bytes.clear();
  if (has_request) outstanding_.erase(outstanding_.begin());
  if (outstanding_.empty()) is_release_due_ = std::exchange(is_holding_, false);
  return ResponseSeen{*response_head_, asks};
}

WatchEvent ExchangeWatcher::lose_track(LostTrack why) {
  lost_ = why;
  held_ = {};
  return why;
}

std::string ExchangeWatcher::take_held_client_bytes() { return std::exchange(held_, {}); }

bool ExchangeWatcher::is_mid_message() const {
  return !request_body_.is_done() || request_reader_.is_mid_head() ||
         (!response_body_.is_done() && !response_body_.ends_with_stream()) ||
         response_reader_.is_mid_head() || !outstanding_.empty();
}

}  // namespace lastframe::http
