#include "probe/visit.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <utility>

#include "core/base/words.h"
#include "core/http/head.h"
#include "core/session/privacy.h"
#include "core/ws/close_body.h"
#include "core/ws/handshake_rules.h"
#include "core/ws/opening_handshake.h"
#include "core/ws/rule_table.h"
#include "net/clock.h"
#include "probe/frame.h"
#include "probe/visit_ways.h"
#include "probe/watched_wire.h"

namespace lastframe::probe {
namespace {

constexpr std::size_t kMostPayload = std::size_t{1} << 20;  // kept of one frame
constexpr std::size_t kMostShown = 200;                     // bytes of a text in a sentence

std::chrono::microseconds since(Moment begin) { return net::now() - begin; }

// Plays the part of a client, one step after the other.
class Visitor {
 public:
  Visitor(Visit& visit, const VisitOptions& options, WatchedWire& wire)
      : visit_(visit), options_(options), wire_(wire), random_(std::random_device{}()) {}

  void play();

 private:
  void begin(std::string_view name);
  void finish(StepResult result, std::string says);
  bool open();
  void judge_answer(const std::string& request, const Answer& answer);
  void note_refusal(const http::ResponseHead& head, const Answer& answer);
  void note_open(const http::ResponseHead& head);
  void ping();
  void exchange_message(const std::string& text);
  void close();
  void await_end();
  bool send(ws::Opcode opcode, std::string payload);
  std::optional<Frame> next_frame();
  bool is_stopped_by(const Frame& frame);
  std::string silence_text(std::string_view what) const;
  Moment deadline() const { return net::now() + options_.dial.timeout; }

  Visit& visit_;
  const VisitOptions& options_;
  WatchedWire& wire_;
  std::mt19937 random_;
  FrameReader reader_{kMostPayload};
  std::string input_;
  std::optional<Wire::Got> stopped_;  // why the last frame that was waited for did not come
  Moment step_began_;
  Moment patience_;             // of the step in hand
  std::optional<Frame> close_;  // the server's
};

void Visitor::begin(std::string_view name) {
  step_began_ = net::now();
  patience_ = deadline();
  visit_.steps.push_back({.name = std::string(name)});
}

void Visitor::finish(StepResult result, std::string says) {
  Step& step = visit_.steps.back();
  step.took = since(step_began_);
  step.result =
      std::max(step.result == StepResult::not_reached ? StepResult::good : step.result, result);
  step.says.push_back(std::move(says));
}

void Visitor::play() {
  if (!open()) return;
  ping();
  if (options_.message && !close_ && !wire_.wire().ended()) exchange_message(*options_.message);
  close();
}

bool Visitor::open() {
  begin("handshake");
  const std::string request = request_head({.target = visit_.target.request,
                                            .host = visit_.target.host,
                                            .key = drawn_key(),
                                            .subprotocols = options_.subprotocols,
                                            .origin = options_.origin,
                                            .fields = options_.fields});
  wire_.send(request, patience_);
  const Answer answer =
      read_answer([&](std::string& into) { return wire_.receive(into, patience_); });
  judge_answer(request, answer);
  input_ = answer.rest;
  return visit_.steps.back().result != StepResult::bad;
}

void Visitor::judge_answer(const std::string& request, const Answer& answer) {
  const auto asked = http::parse_request_head(request);
  const auto head = answer.is_complete ? http::parse_response_head(answer.head) : std::nullopt;
  if (!head) {
    if (answer.stopped_by && answer.head.empty()) {
      stopped_ = answer.stopped_by;
      return finish(StepResult::bad, silence_text("an answer"));
    }
    return finish(StepResult::bad, fmt::format("what came is no HTTP answer: {}",
                                               in_quotes(answer.head.substr(0, kMostShown))));
  }
  if (head->status != 101) return note_refusal(*head, answer);
  note_open(*head);
  const auto faults = ws::response_faults(*head, answer.head, ws::offer_of(*asked));
  for (const ws::HandshakeFault& fault : faults) {
    const ws::RuleRow& row = ws::row_of(fault.rule);
    const auto result = row.severity == ws::Severity::violation ? StepResult::bad : StepResult::odd;
    finish(result, fmt::format("{} {} ({}): {}", row.id, row.name, row.section, fault.detail));
  }
}

void Visitor::note_refusal(const http::ResponseHead& head, const Answer& answer) {
  const std::string line(answer.head.substr(0, answer.head.find_first_of("\r\n")));
  std::string says = fmt::format("the answer is {}, not a 101", in_quotes(line));
  for (const std::string_view field : {"Server", "Location", "Content-Type"}) {
    const auto value = head.fields.first(field);
    if (!value) continue;
    const std::string shown = field == "Location"
                                  ? session::redact_target(*value, session::PrivacyOptions{})
                                  : std::string(*value);
    says += fmt::format("; {}: {}", field, printable(shown, kMostShown));
  }
  finish(StepResult::bad, std::move(says));
}

void Visitor::note_open(const http::ResponseHead& head) {
  std::string says = "101";
  for (const auto& [field, word] : {std::pair{"Sec-WebSocket-Protocol", "subprotocol"},
                                    std::pair{"Sec-WebSocket-Extensions", "extensions"},
                                    std::pair{"Server", "server"}, std::pair{"Via", "via"}}) {
    const auto value = head.fields.joined(field);
    if (value) says += fmt::format("; {} {}", word, printable(*value, kMostShown));
  }
  finish(StepResult::good, std::move(says));
  if (!options_.subprotocols.empty() && !head.fields.first("Sec-WebSocket-Protocol")) {
    finish(StepResult::odd, "none of the subprotocols that were offered was chosen");
  }
}

bool Visitor::send(ws::Opcode opcode, std::string payload) {
  const auto number = random_();
  ws::MaskingKey key;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::byte>(number >> (8 * i));
  return wire_.send(wire_bytes(make_frame(opcode, std::move(payload), key)), patience_);
}

// Pings of the server are answered on the way.
std::optional<Frame> Visitor::next_frame() {
  while (true) {
    ByteView rest = as_bytes(input_);
    auto frame = reader_.next(rest);
    input_.erase(0, input_.size() - rest.size());
    if (frame) {
      if (frame->header.opcode == ws::Opcode::ping && !close_) {
        send(ws::Opcode::pong, frame->payload.substr(0, ws::kLongestControlPayload));
      }
      if (frame->header.opcode == ws::Opcode::close && !close_) close_ = frame;
      return frame;
    }
    const Wire::Got got = wire_.receive(input_, patience_);
    if (got == Wire::Got::bytes) continue;
    stopped_ = got;
    return std::nullopt;
  }
}

std::string Visitor::silence_text(std::string_view what) const {
  if (stopped_ != Wire::Got::end) {
    return fmt::format("{} did not come within {} s", what,
                       std::chrono::duration<double>(options_.dial.timeout).count());
  }
  const auto how = wire_.wire().ended();
  return fmt::format("the server ended the connection ({}) before {} came",
                     how ? name(*how) : "fin", what);
}

std::string close_text(const Frame& frame) {
  const ws::CloseBody body = ws::decode_close_body(as_bytes(frame.payload));
  const auto code = ws::reported_code(body);
  const auto* status = std::get_if<ws::StatusAndReason>(&body);
  std::string text = fmt::format("{} {}", static_cast<unsigned>(code), ws::row_of(code).name);
  if (status != nullptr && !status->reason.empty()) {
    text += fmt::format(", reason {}", in_quotes(session::redact_tokens(status->reason)));
  }
  return text;
}

bool Visitor::is_stopped_by(const Frame& frame) {
  if (frame.header.opcode != ws::Opcode::close) return false;
  finish(StepResult::bad, fmt::format("the server closed first: {}", close_text(frame)));
  return true;
}

void Visitor::ping() {
  static constexpr std::string_view kPayload = "lastframe";
  begin("ping");
  send(ws::Opcode::ping, std::string(kPayload));
  while (const auto frame = next_frame()) {
    if (is_stopped_by(*frame)) return;
    if (frame->header.opcode != ws::Opcode::pong) continue;
    if (frame->payload == kPayload) return finish(StepResult::good, "the Pong came");
    finish(StepResult::odd, "a Pong came that does not carry the Ping's payload");
  }
  finish(StepResult::bad, silence_text("a Pong"));
}

void Visitor::exchange_message(const std::string& text) {
  begin("message");
  send(ws::Opcode::text, text);
  std::string answer;
  while (const auto frame = next_frame()) {
    if (is_stopped_by(*frame)) return;
    if (ws::is_control(frame->header.opcode)) continue;
    if (answer.size() < kMostShown) answer += frame->payload.substr(0, kMostShown + 1);
    if (!frame->header.fin) continue;
    const bool is_echo = answer == text;
    return finish(StepResult::good,
                  is_echo ? "the same text came back"
                          : fmt::format("{} came back", in_quotes(answer.substr(0, kMostShown))));
  }
  finish(stopped_ == Wire::Got::end ? StepResult::bad : StepResult::odd, silence_text("a message"));
}

void Visitor::close() {
  begin("close");
  const bool is_server_first = close_.has_value();
  if (wire_.wire().ended()) return finish(StepResult::bad, silence_text("a Close"));
  if (is_server_first) {
    send(ws::Opcode::close, close_->payload.substr(0, 2));
    finish(StepResult::odd,
           fmt::format("the server's Close was answered: {}", close_text(*close_)));
  } else {
    send(ws::Opcode::close, close_body(1000, ""));
    while (!close_ && next_frame()) {
    }
    if (!close_) return finish(StepResult::bad, silence_text("the answer to our Close 1000"));
    const bool is_same = close_->payload == close_body(1000, "");
    finish(is_same ? StepResult::good : StepResult::odd,
           fmt::format("1000 was sent, {} came back", close_text(*close_)));
  }
  await_end();
}

// RFC 6455 section 7.1.1: the server ends TCP first, "the client SHOULD wait".
void Visitor::await_end() {
  const Moment began = net::now();
  patience_ = deadline();
  while (next_frame()) {
  }
  const auto how = wire_.wire().ended();
  const double seconds = std::chrono::duration<double>(since(began)).count();
  if (how) {
    finish(*how == session::EndKind::fin ? StepResult::good : StepResult::odd,
           fmt::format("the server ended TCP ({}) {:.3f} s later", name(*how), seconds));
  } else {
    finish(StepResult::odd,
           fmt::format("the server had not ended TCP {:.1f} s later, so we did", seconds));
  }
  wire_.end();
}

}  // namespace

std::string_view name(StepResult result) {
  switch (result) {
    case StepResult::good:
      return "good";
    case StepResult::odd:
      return "odd";
    case StepResult::bad:
      return "bad";
    case StepResult::not_reached:
      return "not_reached";
  }
  return "";
}

Visit visit(const Target& target, const VisitOptions& options) {
  Visit visit{.target = target, .steps = {}, .report = std::nullopt};
  Dialled dialled = dial(target, options.dial);
  visit.steps = way_steps(target, dialled);
  WatchedWire wire(dialled, target, options.catalogue);
  if (failure_text(dialled).empty()) Visitor(visit, options, wire).play();
  visit.report = wire.finish();
  for (const std::string_view step : {"handshake", "ping", "close"}) {
    if (std::ranges::find(visit.steps, step, &Step::name) == visit.steps.end()) {
      visit.steps.push_back({.name = std::string(step)});
    }
  }
  return visit;
}

bool has_fault(const Visit& visit) {
  const bool has_bad_step = std::ranges::any_of(
      visit.steps, [](const Step& step) { return step.result >= StepResult::bad; });
  if (has_bad_step || !visit.report) return true;
  return std::ranges::any_of(visit.report->violations, [](const ws::Violation& violation) {
    return ws::row_of(violation.rule).severity == ws::Severity::violation;
  });
}

}  // namespace lastframe::probe
