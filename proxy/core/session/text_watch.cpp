#include "core/session/text_watch.h"

#include <algorithm>

#include "core/session/shown_text.h"

namespace lastframe::session {
namespace {

constexpr std::size_t kLongestValue = 128;
constexpr std::string_view kBlank = " \t\r\n";

void skip_blanks(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(kBlank), rest.size()));
}

void append_utf8(std::string& text, unsigned unit) {
  if (unit < 0x80) {
    text += static_cast<char>(unit);
  } else if (unit < 0x800) {
    text += static_cast<char>(0xC0 | unit >> 6);
    text += static_cast<char>(0x80 | (unit & 0x3Fu));
  } else {
    text += static_cast<char>(0xE0 | unit >> 12);
    text += static_cast<char>(0x80 | (unit >> 6 & 0x3Fu));
    text += static_cast<char>(0x80 | (unit & 0x3Fu));
  }
}

// Behind "\u". Half of a surrogate pair is no character: a question mark stands for it.
bool take_unicode(std::string_view& rest, std::string& text) {
  if (rest.size() < 4) return false;
  unsigned unit = 0;
  for (const char c : rest.substr(0, 4)) {
    const std::size_t digit =
        std::string_view("0123456789abcdef")
            .find(static_cast<char>(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c));
    if (digit == std::string_view::npos) return false;
    unit = unit * 16 + static_cast<unsigned>(digit);
  }
  rest.remove_prefix(4);
  unit >= 0xD800 && unit < 0xE000 ? text += '?' : (append_utf8(text, unit), text);
  return true;
}

struct JsonString {
  std::string text;
  bool is_whole = false;
};

// `rest` stands behind the opening quote, and then behind the closing one (RFC 8259 section 7).
JsonString take_string(std::string_view& rest) {
  constexpr std::string_view kEscapes = "\"\\/bfnrt";
  constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
  JsonString string;
  while (!rest.empty()) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c == '"') {
      string.is_whole = true;
      break;
    }
    if (c != '\\') {
      string.text += c;
      continue;
    }
    if (rest.empty()) break;
    const char escape = rest.front();
    rest.remove_prefix(1);
    const std::size_t known = kEscapes.find(escape);
    if (known != std::string_view::npos) {
      string.text += kMeant[known];
    } else if (escape != 'u' || !take_unicode(rest, string.text)) {
      break;
    }
  }
  return string;
}

std::string value_of(std::string_view rest) {
  if (rest.starts_with('"')) {
    rest.remove_prefix(1);
    JsonString string = take_string(rest);
    if (!string.is_whole) {
      const std::size_t blank = string.text.find_last_of(kBlank);
      string.text.resize(blank == std::string::npos ? 0 : blank);
    }
    return string.text;
  }
  const std::size_t end = rest.find_first_of(",}] \t\r\n");
  // A value that is cut off, and one that is no scalar, is not told.
  if (end == std::string_view::npos || rest.starts_with('{') || rest.starts_with('[')) return {};
  return std::string(rest.substr(0, end));
}

}  // namespace

std::optional<std::string> json_member(std::string_view text, std::string_view field) {
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t quote = rest.find('"');
    if (quote == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(quote + 1);
    const JsonString name = take_string(rest);
    skip_blanks(rest);
    if (!name.is_whole) return std::nullopt;
    if (!rest.starts_with(':') || name.text != field) continue;
    rest.remove_prefix(1);
    skip_blanks(rest);
    return value_of(rest);
  }
  return std::nullopt;
}

void TextWatch::note(Endpoint sender, std::string_view beginning, Moment at,
                     const catalogue::Recognition& recognition) {
  if (const auto row = recognition.farewell(sender, beginning)) {
    note_farewell(sender, *row, beginning, at, recognition.catalogue());
  }
  const auto row = recognition.heartbeat(sender, beginning);
  if (!row) return;
  auto& pace = paces_[index(sender)];
  if (!pace) {
    pace = std::make_unique<Pace>();
    pace->row = *row;
  }
  if (pace->row == *row) pace->note(at);
}

void TextWatch::note_farewell(Endpoint sender, std::size_t row, std::string_view beginning,
                              Moment at, const catalogue::Catalogue& catalogue) {
  const catalogue::FarewellRow& known = catalogue.farewells[row];
  farewell_ = {.id = known.id, .value = {}, .sender = sender, .at = at};
  if (known.field.empty()) return;
  if (const auto value = json_member(beginning, known.field)) {
    farewell_->value = shown_text(*value, kLongestValue);
  }
}

void TextWatch::Pace::note(Moment at) {
  if (count > 0) {
    const auto interval = std::chrono::duration_cast<Interval>(at - last);
    const auto place = static_cast<std::size_t>(count - 1);
    if (place < first_intervals.size()) first_intervals[place] = interval;
    last_intervals[place % last_intervals.size()] = interval;
  }
  ++count;
  last = at;
}

TextWatch::Interval TextWatch::Pace::usual() const {
  auto sorted = first_intervals;
  const std::size_t known = std::min<std::size_t>(count - 1, sorted.size());
  if (known == 0) return Interval{0};
  std::sort(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(known));
  return sorted[(known - 1) / 2];
}

// What is not filled in yet is zero.
TextWatch::Interval TextWatch::Pace::longest() const { return std::ranges::max(last_intervals); }

void TextWatch::report(const catalogue::Recognition& recognition,
                       const catalogue::HandshakeWords& words, Circumstances& circumstances) const {
  circumstances.farewell = farewell_;
  for (const Endpoint sender : kEndpoints) {
    const auto& pace = paces_[index(sender)];
    if (!pace) continue;
    const catalogue::HeartbeatRow* const row = recognition.heartbeat_here(pace->row, words);
    if (row == nullptr) continue;
    circumstances.heartbeats[index(sender)] = {.id = row->id,
                                               .count = pace->count,
                                               .usual = pace->usual(),
                                               .longest = pace->longest(),
                                               .last = pace->last};
  }
}

}  // namespace lastframe::session
