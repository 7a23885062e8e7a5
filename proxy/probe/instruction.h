// What a probe asks of the echo: one JSON object in a text message.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/base/error.h"

namespace lastframe::probe {

// {"do":"report"}: the account of this connection; of another one with "connection", and with
// "ended":true not before that one has ended.
struct Report {
  std::optional<std::string> connection{};
  bool is_end_awaited = false;

  bool operator==(const Report&) const = default;
};
// {"do":"close","code":1000,"reason":""}: a Close of the echo's; without a code an empty one.
struct SendClose {
  std::optional<std::uint16_t> code{};
  std::string reason{};

  bool operator==(const SendClose&) const = default;
};
// {"do":"send","hex":"8900"}: exactly these bytes.
struct SendBytes {
  std::string bytes;

  bool operator==(const SendBytes&) const = default;
};
// {"do":"on_fin","hex":"8100"}: the same, once the probe's stream has ended.
struct SendAtEnd {
  std::string bytes;

  bool operator==(const SendAtEnd&) const = default;
};
// {"do":"burst","count":1000,"size":16}: so many binary messages.
struct Burst {
  std::uint32_t count = 0;
  std::uint32_t size = 0;  // bytes of each

  bool operator==(const Burst&) const = default;
};
// {"do":"silence","seconds":30}: a Ping of the echo's when that time is over.
struct PingAfter {
  std::chrono::milliseconds silence{0};

  bool operator==(const PingAfter&) const = default;
};
// {"do":"fin"}, {"do":"reset"}: the end of the echo's stream, without a Close.
struct EndNow {
  bool operator==(const EndNow&) const = default;
};
struct ResetNow {
  bool operator==(const ResetNow&) const = default;
};

using Instruction =
    std::variant<Report, SendClose, SendBytes, SendAtEnd, Burst, PingAfter, EndNow, ResetNow>;

// What an instruction begins with; a text that does not is echoed.
inline constexpr std::string_view kInstructionOpening = R"({"do":)";
inline constexpr std::size_t kLongestInstruction = std::size_t{64} * 1024;  // bytes

// The error has no `where`.
std::expected<Instruction, Error> parse_instruction(std::string_view json);
std::string to_json(const Instruction& instruction);

// "8900" as its two bytes. No value: an odd digit, or none of the sixteen.
std::optional<std::string> from_hex(std::string_view text);

}  // namespace lastframe::probe
