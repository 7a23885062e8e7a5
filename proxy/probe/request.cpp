#include "probe/request.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <variant>

#include "core/http/head.h"
#include "core/http/head_reader.h"

namespace lastframe::probe {
namespace {

// RFC 4648 section 4, of sixteen bytes: 22 characters and two of padding.
std::string base64_of_key(const std::array<std::uint8_t, 16>& bytes) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  std::uint32_t bits = 0;
  int count = 0;
  for (const std::uint8_t byte : bytes) {
    bits = (bits << 8 | byte) & 0xFFFFu;
    for (count += 8; count >= 6; count -= 6) text += kAlphabet[bits >> (count - 6) & 0x3Fu];
  }
  text += kAlphabet[bits << (6 - count) & 0x3Fu];
  return text + "==";
}

bool has(const std::vector<Field>& fields, std::string_view name) {
  return std::ranges::any_of(
      fields, [&](const Field& field) { return http::equal_ignoring_case(field.name, name); });
}

}  // namespace

std::string drawn_key() {
  std::random_device source;
  std::array<std::uint8_t, 16> bytes{};
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(source());
  return base64_of_key(bytes);
}

std::string request_head(const RequestDraft& draft) {
  std::string head = fmt::format("GET {} HTTP/1.1\r\n", draft.target);
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty() && !has(draft.fields, name)) head += fmt::format("{}: {}\r\n", name, value);
  };
  add("Host", draft.host);
  add("Upgrade", "websocket");
  add("Connection", "Upgrade");
  add("Sec-WebSocket-Key", draft.key);
  add("Sec-WebSocket-Version", "13");
  add("Sec-WebSocket-Protocol", fmt::format("{}", fmt::join(draft.subprotocols, ", ")));
  add("Sec-WebSocket-Extensions", draft.extensions);
  add("Origin", draft.origin);
  add("User-Agent", "lastframe-probe");
  for (const Field& field : draft.fields) {
    head += fmt::format("{}: {}\r\n", field.name, field.value);
  }
  return head + "\r\n";
}

std::optional<Field> parse_field(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || !http::is_token(text.substr(0, colon))) {
    return std::nullopt;
  }
  const std::string_view value = http::trimmed(text.substr(colon + 1));
  const auto is_control = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7F;
  };
  if (std::ranges::any_of(text, is_control)) return std::nullopt;
  return Field{std::string(text.substr(0, colon)), std::string(value)};
}

Answer read_answer(const Receive& receive) {
  http::HeadReader reader(http::MessageKind::response, kLongestAnswerHead);
  Answer answer;
  std::string input;
  while (true) {
    const Wire::Got got = receive(input);
    if (got != Wire::Got::bytes) {
      answer.head = reader.kept();
      answer.stopped_by = got;
      return answer;
    }
    ByteView rest = as_bytes(input);
    while (true) {
      const http::HeadResult result = reader.read(rest);
      if (std::holds_alternative<http::NeedMore>(result)) break;
      if (std::holds_alternative<http::NotHttp>(result)) {
        answer.head = std::string(reader.kept()).append(as_text(rest));
        return answer;
      }
      const std::string_view head = std::get<http::CompleteHead>(result).text;
      const auto parsed = http::parse_response_head(head);
      const bool is_informational =
          parsed && parsed->status >= 100 && parsed->status < 200 && parsed->status != 101;
      if (is_informational) continue;
      answer.head = head;
      answer.rest = as_text(rest);
      answer.is_complete = true;
      return answer;
    }
    input.clear();
  }
}

}  // namespace lastframe::probe
