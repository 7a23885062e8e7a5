// What an echo does when a probe asks for it.
#include <chrono>
#include <string>
#include <variant>

#include "net/clock.h"
#include "probe/echo_connection.h"

namespace lastframe::probe {

void EchoConnection::follow(std::string_view json) {
  const auto instruction = parse_instruction(json);
  if (!instruction) {
    return fail(1008, instruction.error().what.substr(0, 123));
  }
  std::visit([this](const auto& what) { perform(what); }, *instruction);
}

void EchoConnection::perform(const Report& report) {
  constexpr std::chrono::seconds kPatience{3};
  if (!report.connection) {
    send_frame(ws::Opcode::text, account_json(account_));
    // Only what comes from now on is news.
    account_.frames.clear();
    account_.frame_count = 0;
    all_payloads_ = capture::Digest();
    account_.digest = all_payloads_.value();
    return;
  }
  const auto patience = report.is_end_awaited ? kPatience : std::chrono::seconds(0);
  const auto found = accounts_.find(*report.connection, patience);
  send_frame(ws::Opcode::text, found ? account_json(*found) : R"({"account":null})");
}

void EchoConnection::perform(const SendClose& close) {
  send_close(close.code ? close_body(*close.code, close.reason) : "");
}

void EchoConnection::perform(const SendBytes& what) { send(what.bytes); }
void EchoConnection::perform(const SendAtEnd& what) { at_end_ = what.bytes; }

void EchoConnection::perform(const Burst& burst) {
  const std::string frame =
      wire_bytes(make_frame(ws::Opcode::binary, std::string(burst.size, 'b'), std::nullopt));
  for (std::uint32_t i = 0; i < burst.count && state_ != State::over; ++i) send(frame);
}

void EchoConnection::perform(const PingAfter& ping) { ping_at_ = net::now() + ping.silence; }

// Its own stream ends; what the probe still sends is taken.
void EchoConnection::perform(const EndNow&) {
  wire_.end();
  state_ = State::closing;
}

void EchoConnection::perform(const ResetNow&) {
  account_.ended = "left";
  publish();
  wire_.reset();
  state_ = State::over;
}

}  // namespace lastframe::probe
