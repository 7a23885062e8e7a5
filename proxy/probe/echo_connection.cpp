#include "probe/echo_connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "core/http/head.h"
#include "core/http/head_reader.h"
#include "core/tls/names.h"
#include "core/ws/close_body.h"
#include "core/ws/extensions.h"
#include "core/ws/frame_rules.h"
#include "core/ws/handshake_rules.h"
#include "core/ws/masking.h"
#include "core/ws/opening_handshake.h"
#include "net/clock.h"

namespace lastframe::probe {
namespace {

constexpr std::size_t kSlice = std::size_t{16} * 1024;

constexpr std::string_view kFrontPage =
    "This is `lastframe echo`, the far end of a path test. Try it with\n"
    "  lastframe probe --against ws://this-address\n";

// The last segment of a request's path.
std::string_view last_segment(std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  return path.substr(path.rfind('/') + 1);
}

bool offers(const http::RequestHead& request, std::string_view subprotocol) {
  const auto offered = request.fields.joined("Sec-WebSocket-Protocol");
  if (!offered) return false;
  const auto names = http::list_elements(*offered);
  return std::ranges::find(names, subprotocol) != names.end();
}

bool offers_deflate(const http::RequestHead& request) {
  const auto offered = request.fields.joined("Sec-WebSocket-Extensions");
  return offered && std::ranges::any_of(ws::parse_extensions(*offered), ws::is_deflate);
}

// Whether a WebSocket server may say 101 to it (RFC 6455 section 4.2.1).
bool is_upgrade(const http::RequestHead& request) {
  return request.method == "GET" && request.version >= 11 &&
         request.fields.has_token("Upgrade", "websocket") &&
         request.fields.has_token("Connection", "upgrade") &&
         request.fields.first("Sec-WebSocket-Key").has_value();
}

}  // namespace

EchoConnection::EchoConnection(Wire& wire, Accounts& accounts, std::string id)
    : wire_(wire), accounts_(accounts) {
  account_.connection = std::move(id);
  account_.digest = all_payloads_.value();
  if (wire.tls() == nullptr) return;
  session::TlsLeg leg;
  wire.tls()->describe(leg);
  account_.tls = tls::version_name(leg.version);
}

void EchoConnection::serve() {
  if (!answer_request()) {
    wire_.end();
    return await_end();
  }
  std::string input;
  while (state_ != State::over) {
    const Moment idle = net::now() + kIdlePatience;
    const Wire::Got got = wire_.receive(input, ping_at_ ? std::min(*ping_at_, idle) : idle);
    if (got == Wire::Got::bytes) {
      take_bytes(as_bytes(input));
      input.clear();
      publish();
      continue;
    }
    if (got == Wire::Got::nothing_in_time && ping_at_ && net::now() >= *ping_at_) {
      ping_at_.reset();
      send_frame(ws::Opcode::ping, "still there?");
      continue;
    }
    if (got == Wire::Got::end && wire_.ended() == session::EndKind::fin && !at_end_.empty()) {
      send(at_end_);
    }
    break;
  }
  if (state_ != State::over || wire_.ended()) wire_.end();
  await_end();
}

// Reads what still comes, so that nothing that was sent is destroyed by a reset, and notes how the
// stream ended.
void EchoConnection::await_end() {
  constexpr std::chrono::seconds kPatience{10};
  const Moment deadline = net::now() + kPatience;
  std::string rest;
  while (wire_.descriptor() >= 0 && wire_.receive(rest, deadline) == Wire::Got::bytes) rest.clear();
  account_.ended = wire_.ended() ? std::string(name(*wire_.ended())) : "left";
  if (parser_.is_mid_frame()) account_.mid_frame = parser_.payload_left();
  publish();
}

bool EchoConnection::answer_request() {
  http::HeadReader reader(http::MessageKind::request, kLongestHead);
  const Moment deadline = net::now() + kHandshakePatience;
  std::string input;
  while (true) {
    input.clear();
    if (wire_.receive(input, deadline) != Wire::Got::bytes) return false;
    ByteView rest = as_bytes(input);
    const http::HeadResult result = reader.read(rest);
    if (std::holds_alternative<http::NeedMore>(result)) continue;
    const auto* head = std::get_if<http::CompleteHead>(&result);
    const auto request = head != nullptr ? http::parse_request_head(head->text) : std::nullopt;
    if (!request) {
      refuse("400 Bad Request", "This is no HTTP request, or its head is longer than 32 KiB.\n");
      return false;
    }
    account_.head = head->text;
    if (!is_upgrade(*request)) {
      const bool is_visit = !request->fields.has_token("Upgrade", "websocket");
      is_visit ? refuse("200 OK", kFrontPage)
               : refuse("400 Bad Request", "This is no WebSocket request (RFC 6455, 4.2.1).\n");
      return false;
    }
    if (request->fields.first("Sec-WebSocket-Version") != "13") {
      refuse("426 Upgrade Required\r\nSec-WebSocket-Version: 13", "Version 13 is spoken here.\n");
      return false;
    }
    switch_protocols(head->text, !rest.empty());
    take_bytes(rest);
    publish();
    return state_ != State::over;
  }
}

void EchoConnection::refuse(std::string_view status, std::string_view text) {
  send(
      fmt::format("HTTP/1.1 {}\r\nServer: lastframe-echo\r\nContent-Type: text/plain\r\n"
                  "Content-Length: {}\r\nConnection: close\r\n\r\n{}",
                  status, text.size(), text));
}

void EchoConnection::switch_protocols(std::string_view head, bool has_early) {
  const std::string kept(head);
  const auto request = http::parse_request_head(kept);
  if (has_early) account_.early = "yes";
  is_probe_ = offers(*request, kSubprotocol);
  const std::string_view wish = last_segment(request->target);
  has_deflate_ = wish == "deflate" && offers_deflate(*request);
  std::string answer = fmt::format(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: {}\r\nServer: lastframe-echo\r\n",
      ws::accept_value(ws::offer_of(*request).key));
  if (is_probe_) answer += fmt::format("Sec-WebSocket-Protocol: {}\r\n", kSubprotocol);
  if (has_deflate_) answer += "Sec-WebSocket-Extensions: permessage-deflate\r\n";
  answer += "\r\n";
  account_.answer = answer;
  // In one segment with the head.
  if (wish == "glue") {
    answer += wire_bytes(make_frame(ws::Opcode::text, "behind the 101", std::nullopt));
  }
  send(answer);
}

void EchoConnection::take_bytes(ByteView bytes) {
  while (state_ != State::over) {
    const auto event = parser_.next(bytes);
    if (!event) return;
    if (const auto* header = std::get_if<ws::FrameHeader>(&*event)) begin_frame(*header);
    if (const auto* part = std::get_if<ws::PayloadPart>(&*event)) take_payload(*part);
    if (std::holds_alternative<ws::FrameEnd>(*event)) end_frame();
  }
}

bool EchoConnection::is_forbidden(const ws::FrameHeader& header) {
  const ws::RuleSet broken = ws::broken_rules(
      header,
      {.sender = Endpoint::client, .is_in_message = is_in_message_, .has_deflate = has_deflate_});
  // A key that repeats is no reason to refuse a frame.
  for (const ws::Rule rule :
       {ws::Rule::client_frame_unmasked, ws::Rule::reserved_bit_set, ws::Rule::reserved_opcode,
        ws::Rule::length_not_minimal, ws::Rule::length_top_bit_set,
        ws::Rule::control_frame_too_long, ws::Rule::control_frame_fragmented,
        ws::Rule::continuation_without_message, ws::Rule::message_inside_message,
        ws::Rule::compressed_bit_misplaced}) {
    if (broken.has(rule)) return true;
  }
  return false;
}

void EchoConnection::begin_frame(const ws::FrameHeader& header) {
  if (state_ == State::open && is_forbidden(header)) {
    return fail(1002, "the frame's header breaks a rule of RFC 6455");
  }
  header_ = header;
  digest_ = capture::Digest();
  kept_.clear();
  const bool is_control = ws::is_control(header.opcode);
  if (!is_control && header.opcode != ws::Opcode::continuation) {
    text_.reset();
    is_text_ = header.opcode == ws::Opcode::text && header.rsv == 0;
  }
  if (!is_control) is_in_message_ = !header.fin;
  is_kept_ = is_control || header.payload_length <= kLongestInstruction;
  if (!is_kept_ && state_ == State::open) send_echo_header();
}

// The same frame without its masking key.
void EchoConnection::send_echo_header() {
  ws::FrameHeader echo = header_;
  echo.masking_key.reset();
  echo.header_length = static_cast<std::uint8_t>(header_.header_length - 4);
  std::array<std::byte, 14> bytes{};
  const std::size_t size = ws::encode_frame_header(echo, bytes.data());
  send(as_text(ByteView(bytes).first(size)));
}

void EchoConnection::take_payload(const ws::PayloadPart& part) {
  std::array<std::byte, kSlice> plain{};
  for (std::size_t at = 0; at < part.bytes.size() && state_ != State::over; at += kSlice) {
    const ByteView slice = part.bytes.subspan(at, std::min(kSlice, part.bytes.size() - at));
    ws::unmask(slice, header_.masking_key.value_or(ws::MaskingKey{}), part.offset + at, plain);
    const ByteView bytes = ByteView(plain).first(slice.size());
    digest_.take(bytes);
    if (!is_kept_) all_payloads_.take(bytes);
    if (is_kept_) {
      kept_ += as_text(bytes);
      continue;
    }
    if (state_ != State::open) continue;
    if (is_text_ && text_.feed(bytes)) {
      // Within a frame of ours that has begun, no Close can stand.
      wire_.end();
      state_ = State::over;
    }
    send(as_text(bytes));
  }
}

void EchoConnection::note_arrived() {
  ++account_.frame_count;
  if (is_kept_) all_payloads_.take(as_bytes(kept_));
  account_.digest = all_payloads_.value();
  if (account_.frames.size() >= kMostListedFrames) return;
  account_.frames.push_back({.first_byte = ws::first_byte(header_),
                             .masking_key = header_.masking_key,
                             .length_bytes = ws::length_bytes(header_),
                             .length = header_.payload_length,
                             .digest = digest_.value()});
}

void EchoConnection::end_frame() {
  if (state_ == State::over) return;
  const bool is_instruction = is_probe_ && is_kept_ && header_.opcode == ws::Opcode::text &&
                              header_.fin && kept_.starts_with(kInstructionOpening);
  if (is_instruction) return follow(kept_);
  note_arrived();
  if (ws::is_control(header_.opcode)) return end_control();
  if (state_ != State::open) return;
  if (is_kept_ && is_text_ && text_.feed(as_bytes(kept_))) {
    return fail(1007, "the text is not UTF-8");
  }
  if (is_kept_) {
    send_echo_header();
    send(kept_);
  }
  if (header_.fin && is_text_ && !text_.is_between_characters()) {
    fail(1007, "the text ends within a character");
  }
}

void EchoConnection::end_control() {
  if (header_.opcode == ws::Opcode::ping && state_ == State::open) {
    return send_frame(ws::Opcode::pong, std::exchange(kept_, {}));
  }
  if (header_.opcode != ws::Opcode::close) return;
  account_.close = kept_;
  const bool is_answer = state_ == State::closing;
  if (!is_answer) {
    const ws::CloseBody body = ws::decode_close_body(as_bytes(kept_));
    const auto* status = std::get_if<ws::StatusAndReason>(&body);
    if (!ws::broken_rules(body).is_empty()) {
      send_close(close_body(1002, "the Close is malformed"));
    } else {
      send_close(status == nullptr ? "" : close_body(static_cast<std::uint16_t>(status->code), ""));
    }
  }
  // RFC 6455 section 7.1.1: the server ends TCP first.
  wire_.end();
  state_ = State::over;
}

void EchoConnection::send_close(std::string body) {
  if (state_ == State::open) send_frame(ws::Opcode::close, std::move(body));
  state_ = State::closing;
}

void EchoConnection::fail(std::uint16_t code, std::string_view reason) {
  send_close(close_body(code, reason));
  wire_.end();
  state_ = State::over;
}

void EchoConnection::send_frame(ws::Opcode opcode, std::string payload) {
  if (state_ == State::over) return;
  send(wire_bytes(make_frame(opcode, std::move(payload), std::nullopt)));
}

// A peer that takes nothing for a minute, or has gone, is given up.
void EchoConnection::send(std::string_view bytes) {
  if (!wire_.send(as_bytes(bytes), net::now() + kSendPatience)) state_ = State::over;
}

void EchoConnection::publish() {
  if (!is_probe_) return;
  account_.mid_frame.reset();
  if (parser_.is_mid_frame()) account_.mid_frame = parser_.payload_left();
  accounts_.put(account_);
}

}  // namespace lastframe::probe
