// One connection of the echo: the handshake, every frame sent back as it came, and what a probe
// asks for besides.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "capture/digest.h"
#include "core/base/moment.h"
#include "core/ws/frame_parser.h"
#include "core/ws/utf8.h"
#include "probe/account.h"
#include "probe/instruction.h"
#include "probe/wire.h"

namespace lastframe::probe {

// Data frames of more than 64 KiB are echoed while they come, so that the memory that a connection
// needs does not depend on their size. What RFC 6455 forbids is answered
// with a Close 1002 or 1007.
class EchoConnection {
 public:
  // `accounts` outlives it. `id`: what the connection is called there.
  EchoConnection(Wire& wire, Accounts& accounts, std::string id);

  // From the request to the end of both streams.
  void serve();

  static constexpr std::size_t kLongestHead = std::size_t{32} * 1024;
  static constexpr std::chrono::seconds kHandshakePatience{10};
  static constexpr std::chrono::seconds kSendPatience{60};  // for a peer that takes no bytes
  static constexpr std::chrono::hours kIdlePatience{2};

 private:
  enum class State : unsigned char { open, closing, over };

  bool answer_request();
  void refuse(std::string_view status, std::string_view text);
  void switch_protocols(std::string_view head, bool has_early);
  void take_bytes(ByteView bytes);
  void begin_frame(const ws::FrameHeader& header);
  void take_payload(const ws::PayloadPart& part);
  void end_frame();
  void end_control();
  bool is_forbidden(const ws::FrameHeader& header);
  void follow(std::string_view json);
  void perform(const Report& report);
  void perform(const SendClose& close);
  void perform(const SendBytes& bytes);
  void perform(const SendAtEnd& bytes);
  void perform(const Burst& burst);
  void perform(const PingAfter& ping);
  void perform(const EndNow&);
  void perform(const ResetNow&);
  void fail(std::uint16_t code, std::string_view reason);
  void send_close(std::string body);
  void send(std::string_view bytes);
  void send_echo_header();
  void send_frame(ws::Opcode opcode, std::string payload);
  void await_end();
  void note_arrived();
  void publish();

  Wire& wire_;
  Accounts& accounts_;
  Account account_;
  capture::Digest all_payloads_;
  State state_ = State::open;
  bool is_probe_ = false;     // whether instructions are taken
  bool has_deflate_ = false;  // permessage-deflate was accepted: frames go back as they came

  ws::FrameParser parser_;
  ws::FrameHeader header_;
  capture::Digest digest_;
  std::string kept_;  // the payload of a short frame
  bool is_kept_ = false;
  ws::Utf8Stream text_;
  bool is_text_ = false;
  bool is_in_message_ = false;

  std::optional<Moment> ping_at_;
  std::string at_end_;
};

}  // namespace lastframe::probe
