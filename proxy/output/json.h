// Appends JSON to a string. Text from the wire is hostile: whatever it holds, the result is one
// line of valid JSON that a terminal can print.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lastframe::output {

// `text` as a JSON string with its quotes: control characters (C0, DEL and C1) escaped, bytes that
// are not UTF-8 replaced by U+FFFD.
void append_json_string(std::string& out, std::string_view text);

// The same without quotes and without escaping quotes and backslashes: for lines that people read.
void append_printable(std::string& out, std::string_view text);

// Writes one value after the other; commas come by themselves.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);  // a literal of at most 60 bytes that needs no escape

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(bool yes);
  JsonWriter& value(std::integral auto number) { return raw(std::to_string(number)); }
  JsonWriter& seconds(double value);       // six decimals
  JsonWriter& milliseconds(double value);  // three decimals
  JsonWriter& null() { return raw("null"); }

  template <typename T>
  JsonWriter& value(const std::optional<T>& maybe) {
    return maybe ? value(*maybe) : null();
  }
  template <typename T>
  JsonWriter& field(std::string_view name, const T& content) {
    return key(name).value(content);
  }

 private:
  JsonWriter& raw(std::string_view json);

  std::string& out_;
  bool needs_comma_ = false;
};

}  // namespace lastframe::output
