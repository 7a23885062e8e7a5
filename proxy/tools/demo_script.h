// What one side of a demo connection does, step after step, as data: service and client of a
// scenario are two such scripts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/ws/opcode.h"
#include "tools/raw_frame.h"

namespace lastframe::tools {

// The client asks for an upgrade, and reads the head of the answer, whatever it says.
struct AskUpgrade {
  std::string_view extensions{};  // empty: it offers none
};
struct AwaitAnswer {};

// The server's answers to it. It has read the request before its script begins.
enum class AcceptValue : unsigned char { right, wrong };
struct SwitchProtocols {
  AcceptValue accept = AcceptValue::right;
  std::string_view extensions{};  // empty: it accepts none
};
struct Refuse {
  std::string_view status;  // "403 Forbidden"
};

struct SendFrame {
  FrameDraft frame;
};
struct SendBytes {
  std::string bytes;
};

// Reads frames up to the end of one with this opcode. A stream that ends before is a failure.
struct AwaitFrame {
  ws::Opcode opcode;
};
// Reads up to the end of the peer's stream, in order or by a reset.
struct AwaitEnd {};

// Sends each message back whole, answers pings, and answers the Close, which ends the step.
struct EchoUntilClose {};

struct EndStream {};        // FIN
struct ResetConnection {};  // RST; the last step

using Step = std::variant<AskUpgrade, AwaitAnswer, SwitchProtocols, Refuse, SendFrame, SendBytes,
                          AwaitFrame, AwaitEnd, EchoUntilClose, EndStream, ResetConnection>;
using Script = std::vector<Step>;

inline Script joined(Script first, const Script& then) {
  for (const Step& step : then) first.push_back(step);
  return first;
}

// The steps of a connection that opens, before those of each side's own.
inline Script served(const Script& then) { return joined({SwitchProtocols{}}, then); }
inline Script opened(const Script& then) { return joined({AskUpgrade{}, AwaitAnswer{}}, then); }

// The same with permessage-deflate (RFC 7692). Frames are sent as drafted: nothing is compressed.
inline Script served_with_deflate(const Script& then) {
  return joined({SwitchProtocols{.extensions = "permessage-deflate"}}, then);
}
inline Script opened_with_deflate(const Script& then) {
  return joined({AskUpgrade{.extensions = "permessage-deflate"}, AwaitAnswer{}}, then);
}

inline Step send_text(std::string_view payload) {
  return SendFrame{{.payload = std::string(payload)}};
}

inline Step send_close(std::uint16_t code, std::string_view reason) {
  return SendFrame{{.opcode = ws::Opcode::close, .payload = close_payload(code, reason)}};
}

}  // namespace lastframe::tools
