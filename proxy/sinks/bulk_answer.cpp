#include "sinks/bulk_answer.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace lastframe::sinks {
namespace {

using nlohmann::json;

const json* member(const json& value, const char* key) {
  if (!value.is_object()) return nullptr;
  const auto found = value.find(key);
  return found == value.end() ? nullptr : &*found;
}

std::string text_at(const json& value, const char* key) {
  const json* text = member(value, key);
  return text != nullptr && text->is_string() ? text->get<std::string>() : "";
}

// "mapper_parsing_exception: failed to parse field [...]"
std::string reason_of(const json& item, unsigned status) {
  std::string why = "an item was answered " + std::to_string(status);
  const json* error = member(item, "error");
  if (error == nullptr) return why;
  return why + ": " + text_at(*error, "type") + ": " + text_at(*error, "reason");
}

json parsed(std::string_view body) {
  return json::parse(body, nullptr, /*allow_exceptions=*/false);
}

}  // namespace

std::optional<BulkAnswer> read_bulk_answer(std::string_view body, std::size_t count) {
  const json whole = parsed(body);
  const json* errors = member(whole, "errors");
  if (errors == nullptr || !errors->is_boolean()) return std::nullopt;
  BulkAnswer answer;
  if (!errors->get<bool>()) return answer;
  const json* items = member(whole, "items");
  if (items == nullptr || !items->is_array() || items->size() != count) return std::nullopt;
  for (std::size_t i = 0; i < count; ++i) {
    const json& action = (*items)[i];
    if (!action.is_object() || action.empty()) return std::nullopt;
    const json& item = action.front();
    const json* number = member(item, "status");
    if (number == nullptr || !number->is_number_unsigned()) return std::nullopt;
    const auto status = number->get<unsigned>();
    if (status < 300 || status == 409) continue;
    if (answer.why.empty()) answer.why = reason_of(item, status);
    if (status == 429 || status >= 500) {
      answer.again.push_back(i);
    } else {
      ++answer.refused;
    }
  }
  return answer;
}

PartialSuccess read_partial_success(std::string_view body, std::size_t count) {
  const json whole = parsed(body);
  const json* partial = member(whole, "partialSuccess");
  if (partial == nullptr) return {};
  const json* rejected = member(*partial, "rejectedLogRecords");
  if (rejected == nullptr) return {};
  // A 64-bit number is a string in the JSON of protocol buffers; some write a number.
  const std::string text = rejected->is_string() ? rejected->get<std::string>() : rejected->dump();
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  if (number == 0) return {};
  return {.rejected = std::min<std::uint64_t>(number, count),
          .why = text_at(*partial, "errorMessage")};
}

}  // namespace lastframe::sinks
