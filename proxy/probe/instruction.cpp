#include "probe/instruction.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/base/words.h"
#include "output/json.h"

namespace lastframe::probe {
namespace {

using Value = nlohmann::json;

constexpr std::uint32_t kMostBurst = 100'000;
constexpr std::uint32_t kMostBurstSize = 65'536;
constexpr double kLongestSilence = 86'400;  // seconds

std::unexpected<Error> mistake(std::string what, std::string remedy) {
  return std::unexpected(Error{"", std::move(what), std::move(remedy)});
}

std::optional<std::string> text_of(const Value& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

std::optional<double> number_of(const Value& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number()) return std::nullopt;
  return found->get<double>();
}

std::optional<std::uint32_t> whole_number(const Value& object, const char* key, double most) {
  const auto number = number_of(object, key);
  if (!number || *number < 0 || *number > most || std::trunc(*number) != *number) {
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(*number);
}

std::expected<Instruction, Error> close_of(const Value& object) {
  const std::string reason = text_of(object, "reason").value_or("");
  if (!object.contains("code")) return SendClose{};
  const auto code = whole_number(object, "code", 65'535);
  if (!code || reason.size() > 123) {
    return mistake("a Close has a code up to 65535 and a reason of at most 123 bytes", "");
  }
  return SendClose{static_cast<std::uint16_t>(*code), reason};
}

std::expected<std::string, Error> bytes_of(const Value& object) {
  const auto bytes = from_hex(text_of(object, "hex").value_or("?"));
  if (bytes) return *bytes;
  return mistake("the key hex is missing, or is not hexadecimal",
                 R"(write {"do":"send","hex":"8900"})");
}

std::expected<Instruction, Error> burst_of(const Value& object) {
  const auto count = whole_number(object, "count", kMostBurst);
  const auto size = whole_number(object, "size", kMostBurstSize);
  if (count && size) return Burst{*count, *size};
  return mistake(
      fmt::format("a burst has a count up to {} and a size up to {}", kMostBurst, kMostBurstSize),
      "");
}

std::expected<Instruction, Error> silence_of(const Value& object) {
  const auto seconds = number_of(object, "seconds");
  if (seconds && *seconds >= 0 && *seconds <= kLongestSilence) {
    return PingAfter{std::chrono::milliseconds(static_cast<std::int64_t>(*seconds * 1000))};
  }
  return mistake("a silence has seconds, at most a day of them", "");
}

std::expected<Instruction, Error> instruction_of(const Value& object) {
  const std::string word = text_of(object, "do").value_or("");
  if (word == "report") {
    const auto ended = object.find("ended");
    const bool is_awaited = ended != object.end() && ended->is_boolean() && ended->get<bool>();
    return Report{text_of(object, "connection"), is_awaited};
  }
  if (word == "close") return close_of(object);
  if (word == "burst") return burst_of(object);
  if (word == "silence") return silence_of(object);
  if (word == "fin") return EndNow{};
  if (word == "reset") return ResetNow{};
  if (word != "send" && word != "on_fin") {
    return mistake(fmt::format("there is no instruction {}", in_quotes(word)),
                   "docs/probe.md lists them");
  }
  auto bytes = bytes_of(object);
  if (!bytes) return std::unexpected(bytes.error());
  if (word == "send") return SendBytes{*std::move(bytes)};
  return SendAtEnd{*std::move(bytes)};
}

struct Writer {
  output::JsonWriter& json;

  void operator()(const Report& report) const {
    json.value("report");
    if (report.connection) json.field("connection", *report.connection);
    if (report.is_end_awaited) json.field("ended", true);
  }
  void operator()(const SendClose& close) const {
    json.value("close");
    if (close.code) json.field("code", *close.code).field("reason", close.reason);
  }
  void operator()(const SendBytes& send) const {
    json.value("send").field("hex", hex_text(send.bytes));
  }
  void operator()(const SendAtEnd& send) const {
    json.value("on_fin").field("hex", hex_text(send.bytes));
  }
  void operator()(const Burst& burst) const {
    json.value("burst").field("count", burst.count).field("size", burst.size);
  }
  void operator()(const PingAfter& ping) const {
    json.value("silence").key("seconds").seconds(
        std::chrono::duration<double>(ping.silence).count());
  }
  void operator()(const EndNow&) const { json.value("fin"); }
  void operator()(const ResetNow&) const { json.value("reset"); }
};

std::optional<unsigned> digit_of(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

}  // namespace

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto high = digit_of(text[i]);
    const auto low = digit_of(text[i + 1]);
    if (!high || !low) return std::nullopt;
    bytes += static_cast<char>(*high << 4 | *low);
  }
  return bytes;
}

std::expected<Instruction, Error> parse_instruction(std::string_view text) {
  if (text.size() > kLongestInstruction) {
    return mistake(fmt::format("an instruction of {}", in_bytes(text.size())),
                   "at most 64 KiB are taken");
  }
  const Value object = Value::parse(text, nullptr, false);
  if (!object.is_object()) return mistake("this is not a JSON object", R"(write {"do":"report"})");
  return instruction_of(object);
}

std::string to_json(const Instruction& instruction) {
  std::string text;
  output::JsonWriter json(text);
  json.begin_object().key("do");
  std::visit(Writer{json}, instruction);
  json.end_object();
  return text;
}

}  // namespace lastframe::probe
