#include "tools/written_record.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/base/words.h"

namespace lastframe::tools {
namespace {

using Json = nlohmann::json;

constexpr auto kOfConnections = std::to_array<std::string_view>(
    {"session_end", "handshake_failed", "tls_failed", "connect_failed"});
constexpr std::size_t kLongestText = 600;

const Json& at(const Json& object, const char* key) {
  static const Json kNothing;
  const auto found = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && found != object.end() ? *found : kNothing;
}

std::string text_at(const Json& object, const char* key, std::string_view fallback = "") {
  const Json& value = at(object, key);
  return printable(value.is_string() ? value.get_ref<const std::string&>() : std::string(fallback),
                   kLongestText);
}

std::optional<ws::Severity> severity_of(const Json& violation) {
  const std::string word = text_at(violation, "severity");
  for (const auto severity :
       {ws::Severity::violation, ws::Severity::deviation, ws::Severity::info}) {
    if (word == name(severity)) return severity;
  }
  return std::nullopt;
}

void note_worst(const std::optional<ws::Severity>& severity, WrittenRecord& record) {
  if (severity && (!record.worst || *severity < *record.worst)) record.worst = severity;
}

std::string cause_text(const Json& cause) {
  if (!cause.is_object()) return "";
  std::string text =
      fmt::format("\n  cause: {} ({}): {}", text_at(cause, "id", "unknown"),
                  text_at(cause, "confidence", "unknown"), text_at(cause, "summary"));
  if (const std::string party = text_at(cause, "party"); !party.empty()) {
    text += "\n  to act: " + party;
  }
  const Json& evidence = at(cause, "evidence");
  for (const Json& sentence : evidence.is_array() ? evidence : Json::array()) {
    if (sentence.is_string()) {
      text += "\n  evidence: " + printable(sentence.get_ref<const std::string&>(), kLongestText);
    }
  }
  if (const std::string fix = text_at(cause, "fix"); !fix.empty()) text += "\n  fix: " + fix;
  return text;
}

std::string connection_text(const Json& json, WrittenRecord& record, output::Colour colour) {
  const Json& close = at(json, "close");
  const bool is_clean = at(close, "clean").is_boolean() && at(close, "clean").get<bool>();
  std::string heading = text_at(json, "time");
  if (record.code) {
    const auto style = output::style_of(static_cast<ws::CloseCode>(*record.code), is_clean);
    heading += "  " + output::painted(fmt::format("{} {}", *record.code, text_at(close, "name")),
                                      style, colour);
  }
  std::string text =
      fmt::format("{}  by {}  {}  {} -> {}{}  {}", heading, text_at(close, "initiator", "nobody"),
                  text_at(close, "ending"), text_at(json, "client", "?"),
                  text_at(json, "server", "?"), text_at(json, "path"), text_at(json, "event"));
  if (const std::string reason = text_at(close, "reason"); !reason.empty()) {
    text += "  reason " + in_quotes(reason);
  }
  const Json& violations = at(json, "violations");
  for (const Json& violation : violations.is_array() ? violations : Json::array()) {
    note_worst(severity_of(violation), record);
    text += fmt::format("\n  {}: {} {} by {}", text_at(violation, "severity", "rule"),
                        text_at(violation, "id"), text_at(violation, "rule"),
                        text_at(violation, "side"));
  }
  record.has_violations = violations.is_array() && !violations.empty();
  return text + cause_text(at(json, "cause"));
}

}  // namespace

std::optional<WrittenRecord> read_written_record(std::string_view line, output::Colour colour) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object() || !at(json, "event").is_string()) return std::nullopt;
  WrittenRecord record{.event = text_at(json, "event"), .text = {}};
  record.is_of_connection = std::ranges::count(kOfConnections, record.event) > 0;
  const Json& code = at(at(json, "close"), "code");
  if (code.is_number_unsigned() && code.get<std::uint64_t>() <= 0xFFFF) {
    record.code = code.get<unsigned>();
  }
  if (record.is_of_connection) {
    record.text = connection_text(json, record, colour);
  } else {
    note_worst(severity_of(json), record);
    record.text = printable(line, kLongestText);
  }
  return record;
}

}  // namespace lastframe::tools
