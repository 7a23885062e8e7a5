#include "capture/pcapng_comment.h"

#include <algorithm>

namespace lastframe::capture {
namespace {

// What stands behind `key`, quotes and colon included. Within a JSON string no quote stands without
// a backslash before it, so that the key of an object is found and nobody's text.
std::string_view behind(std::string_view json, std::string_view key) {
  const std::size_t at = json.find(key);
  return at == std::string_view::npos ? std::string_view() : json.substr(at + key.size());
}

// A JSON string up to its closing quote; of escapes, only those of quotes and backslashes matter.
std::string string_at(std::string_view json) {
  std::string text;
  for (std::size_t i = 0; i < json.size() && json[i] != '"'; ++i) {
    if (json[i] != '\\') {
      text += json[i];
    } else if (++i < json.size()) {
      text += json[i] == '"' || json[i] == '\\' || json[i] == '/' ? json[i] : ' ';
    }
  }
  return text;
}

}  // namespace

std::string comment_of_record(std::string_view json) {
  const std::string_view close = behind(json, R"("close":{)");
  const std::string_view code = behind(close, R"("code":)");
  const std::size_t digits = std::min(code.find_first_not_of("0123456789"), code.size());
  std::string text;
  if (digits > 0) {
    text = "close " + std::string(code.substr(0, digits));
    if (const std::string name = string_at(behind(close, R"("name":")")); !name.empty()) {
      text += " (" + name + ")";
    }
  }
  const std::string_view cause = behind(json, R"("cause":{)");
  if (cause.empty()) return text;
  if (!text.empty()) text += "; ";
  text += "cause: " + string_at(behind(cause, R"("id":")"));
  if (const std::string sure = string_at(behind(cause, R"("confidence":")")); !sure.empty()) {
    text += " (" + sure + ")";
  }
  const std::string summary = string_at(behind(cause, R"("summary":")"));
  return summary.empty() ? text : text + ": " + summary;
}

}  // namespace lastframe::capture
