#include "output/json.h"

#include <fmt/core.h>

#include <iterator>

#include "core/ws/utf8.h"

namespace lastframe::output {
namespace {

void append_escape(std::string& out, unsigned code_point) {
  fmt::format_to(std::back_inserter(out), "\\u{:04x}", code_point);
}

enum class Quoting : unsigned char { json, none };

// `text` is valid UTF-8.
void append_escaped(std::string& out, std::string_view text, Quoting quoting) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (quoting == Quoting::json && (byte == '"' || byte == '\\')) {
      out += '\\';
      out += text[i];
    } else if (byte == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7F) {
      append_escape(out, byte);
    } else if (byte == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0) {
      append_escape(out, static_cast<unsigned char>(text[++i]));  // C1: U+0080 to U+009F
    } else {
      out += text[i];
    }
  }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  if (ws::is_valid_utf8(text)) {
    append_escaped(out, text, Quoting::json);
  } else {
    append_escaped(out, ws::with_replacements(text), Quoting::json);
  }
  out += '"';
}

void append_printable(std::string& out, std::string_view text) {
  append_escaped(out, ws::with_replacements(text), Quoting::none);
}

JsonWriter& JsonWriter::begin_object() {
  raw("{");
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::end_object() {
  needs_comma_ = false;
  return raw("}");
}

JsonWriter& JsonWriter::begin_array() {
  raw("[");
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::end_array() {
  needs_comma_ = false;
  return raw("]");
}

JsonWriter& JsonWriter::key(std::string_view name) {
  if (needs_comma_) out_ += ',';
  out_ += '"';
  out_ += name;
  out_ += "\":";
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  if (needs_comma_) out_ += ',';
  append_json_string(out_, text);
  needs_comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::value(bool yes) { return raw(yes ? "true" : "false"); }

JsonWriter& JsonWriter::seconds(double value) { return raw(fmt::format("{:.6f}", value)); }

JsonWriter& JsonWriter::milliseconds(double value) { return raw(fmt::format("{:.3f}", value)); }

JsonWriter& JsonWriter::raw(std::string_view json) {
  if (needs_comma_) out_ += ',';
  out_ += json;
  needs_comma_ = true;
  return *this;
}

}  // namespace lastframe::output
