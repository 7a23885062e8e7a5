#include "output/json.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <iterator>

#include "core/ws/utf8.h"

namespace lastframe::output {
namespace {

void append_escape(std::string& out, unsigned code_point) {
  fmt::format_to(std::back_inserter(out), "\\u{:04x}", code_point);
}

// Of the invisible character that `text` begins with, 0 for any other: C1 controls (U+0080 to
// U+009F), the line and paragraph separators, and the marks that turn the direction of writing
// (U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069).
std::size_t invisible_size(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) == 0xC2) return byte(1) < 0xA0 ? 2 : 0;
  if (byte(0) != 0xE2 || (byte(1) != 0x80 && byte(1) != 0x81)) return 0;
  const unsigned last = byte(2);
  const bool is_invisible = byte(1) == 0x80
                                ? last == 0x8E || last == 0x8F || (last >= 0xA8 && last <= 0xAE)
                                : last >= 0xA6 && last <= 0xA9;
  return is_invisible ? 3 : 0;
}

// Of one UTF-8 sequence of two or three bytes.
unsigned code_point(std::string_view sequence) {
  unsigned value = static_cast<unsigned char>(sequence[0]) & (sequence.size() == 2 ? 0x1Fu : 0x0Fu);
  for (const char byte : sequence.substr(1))
    value = value << 6 | (static_cast<unsigned char>(byte) & 0x3Fu);
  return value;
}

enum class Quoting : unsigned char { json, none };

// Whether a byte stands for itself in every line; anything else is looked at closely.
constexpr auto kIsPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t byte = 0x20; byte < 0x7F; ++byte) plain[byte] = byte != '"' && byte != '\\';
  return plain;
}();

std::size_t plain_prefix(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size() && kIsPlain[static_cast<unsigned char>(text[size])]) ++size;
  return size;
}

// `text` is valid UTF-8.
void append_escaped(std::string& out, std::string_view text, Quoting quoting) {
  while (!text.empty()) {
    const std::size_t plain = plain_prefix(text);
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) return;
    const auto byte = static_cast<unsigned char>(text.front());
    std::size_t taken = 1;
    if (byte == '"' || byte == '\\') {
      if (quoting == Quoting::json) out += '\\';
      out += text.front();
    } else if (byte == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7F) {
      append_escape(out, byte);
    } else if (const std::size_t size = invisible_size(text); size > 0) {
      append_escape(out, code_point(text.substr(0, size)));
      taken = size;
    } else {
      out += text.front();
    }
    text.remove_prefix(taken);
  }
}

// Nearly every text is plain, and plain text is valid UTF-8.
void append_any(std::string& out, std::string_view text, Quoting quoting) {
  if (plain_prefix(text) == text.size()) {
    out.append(text);
  } else if (ws::is_valid_utf8(text)) {
    append_escaped(out, text, quoting);
  } else {
    append_escaped(out, ws::with_replacements(text), quoting);
  }
}

// `value` of `unit` parts of one, with as many decimals as digits fit below the unit.
void append_fixed(std::string& out, std::int64_t parts, std::int64_t unit) {
  if (parts < 0) {
    out += '-';
    parts = -parts;
  }
  out += std::to_string(parts / unit);
  out += '.';
  const std::string decimals =
      std::to_string(unit + parts % unit);  // "1000042" for 42 of a million
  out.append(decimals, 1);
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  append_any(out, text, Quoting::json);
  out += '"';
}

void append_printable(std::string& out, std::string_view text) {
  append_any(out, text, Quoting::none);
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

// In one append: a record has a hundred keys.
JsonWriter& JsonWriter::key(std::string_view name) {
  std::array<char, 64> text;
  assert(name.size() + 4 <= text.size());
  char* end = text.data();
  if (needs_comma_) *end++ = ',';
  *end++ = '"';
  end = std::copy(name.begin(), name.end(), end);
  *end++ = '"';
  *end++ = ':';
  out_.append(text.data(), static_cast<std::size_t>(end - text.data()));
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

JsonWriter& JsonWriter::seconds(double value) {
  raw({});
  append_fixed(out_, std::llround(value * 1e6), 1'000'000);
  return *this;
}

JsonWriter& JsonWriter::milliseconds(double value) {
  raw({});
  append_fixed(out_, std::llround(value * 1e3), 1000);
  return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  if (needs_comma_) out_ += ',';
  out_ += json;
  needs_comma_ = true;
  return *this;
}

}  // namespace lastframe::output
