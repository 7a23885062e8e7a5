#include "output/example_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/ws/close_body.h"
#include "core/ws/frame.h"
#include "core/ws/masking.h"

namespace lastframe::output {
namespace {

constexpr std::size_t kMargin = 2;
constexpr std::size_t kBytesColumn = kMargin + std::string_view("client ").size();
constexpr std::size_t kMostShownText = 20;  // bytes of a payload

// What one line says: `count` times the same bytes. Text and ends of streams have none.
struct Line {
  std::string_view text;
  std::optional<Endpoint> speaker;
  std::string bytes;
  std::uint64_t count = 1;
  bool is_hex = false;
};

std::optional<std::string> hex_bytes(std::string_view text) {
  std::string bytes;
  for (std::size_t at = 0; at < text.size(); at += 3) {
    unsigned value = 0;
    const std::string_view digits = text.substr(at, 2);
    const auto [end, fault] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    const bool is_pair = fault == std::errc{} && end == digits.data() + 2;
    if (!is_pair || (at + 2 < text.size() && text[at + 2] != ' ')) return std::nullopt;
    bytes += static_cast<char>(value);
  }
  if (bytes.empty()) return std::nullopt;
  return bytes;
}

// "a\x00\r\n" with its quotes.
std::string quoted_bytes(std::string_view text) {
  std::string bytes;
  text = text.substr(1, text.size() - 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      bytes += text[i];
    } else if (text[++i] == 'x') {
      bytes += hex_bytes(text.substr(i + 1, 2)).value_or("");
      i += 2;
    } else {
      bytes += text[i] == 'r' ? '\r' : text[i] == 'n' ? '\n' : text[i];
    }
  }
  return bytes;
}

bool is_quoted(std::string_view text) {
  return text.size() >= 2 && text.starts_with('"') && text.ends_with('"');
}

Line read(std::string_view text) {
  Line line;
  line.text = text;
  const std::string_view word = text.substr(0, text.find(' '));
  for (const Endpoint endpoint : kEndpoints) {
    if (word == name(endpoint)) line.speaker = endpoint;
  }
  if (!line.speaker) return line;
  std::string_view what = text.substr(std::min(word.size() + 1, text.size()));
  constexpr std::string_view kRepeat = "repeat ";
  if (auto bytes = hex_bytes(what)) {
    line.bytes = *std::move(bytes);
    line.is_hex = true;
  } else if (is_quoted(what)) {
    line.bytes = quoted_bytes(what);
  } else if (what.starts_with("| ")) {
    line.bytes.append(what.substr(2)).append("\r\n");
  } else if (what.starts_with(kRepeat)) {
    what.remove_prefix(kRepeat.size());
    const std::size_t space = std::min(what.find(' '), what.size());
    std::from_chars(what.data(), what.data() + space, line.count);
    what.remove_prefix(std::min(space + 1, what.size()));
    if (is_quoted(what)) line.bytes = quoted_bytes(what);
  }
  return line;
}

// A frame's header, and as much of its payload as stands in the same line.
struct Frame {
  ws::FrameHeader header;
  std::string payload;  // unmasked
};

std::optional<Frame> frame_at_front(std::string_view bytes) {
  const ByteView view = as_bytes(bytes);
  if (view.size() < 2 || view.size() < ws::header_length(view[1])) return std::nullopt;
  Frame frame{.header = ws::decode_frame_header(view.data()), .payload = {}};
  const std::string_view rest = bytes.substr(frame.header.header_length);
  frame.payload = rest.substr(0, std::min<std::uint64_t>(frame.header.payload_length, rest.size()));
  if (frame.header.masking_key) {
    const std::string masked = frame.payload;
    ws::unmask(as_bytes(masked), *frame.header.masking_key, 0,
               std::as_writable_bytes(std::span(frame.payload)));
  }
  return frame;
}

// Printable ASCII in quotes, where it is short; else nothing.
std::string shown_text(std::string_view text) {
  const bool is_shown =
      !text.empty() && text.size() <= kMostShownText &&
      std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~' && c != '"'; });
  return is_shown ? fmt::format(" \"{}\"", text) : std::string();
}

std::string close_text(std::string_view payload) {
  const ws::CloseBody body = ws::decode_close_body(as_bytes(payload));
  if (const auto* status = std::get_if<ws::StatusAndReason>(&body)) {
    const auto code = static_cast<unsigned>(status->code);
    const std::string shown = shown_text(status->reason);
    const bool is_hidden = shown.empty() && !status->reason.empty();
    return fmt::format("code {}{}", code, is_hidden ? " and a reason" : shown);
  }
  return "half a code";
}

std::string payload_text(const Frame& frame) {
  const std::uint64_t length = frame.header.payload_length;
  if (frame.payload.size() < length) {
    return fmt::format("{} of {} bytes", frame.payload.size(), length);
  }
  if (frame.header.opcode == ws::Opcode::close) return close_text(frame.payload);
  return "payload" + shown_text(frame.payload);
}

std::string first_byte_text(const ws::FrameHeader& header) {
  return fmt::format("FIN {}, RSV {:03b}, opcode {} {}", header.fin ? 1 : 0, header.rsv,
                     static_cast<unsigned>(header.opcode),
                     is_reserved(header.opcode) ? "reserved" : name(header.opcode));
}

std::string second_byte_text(const ws::FrameHeader& header, bool is_length_elsewhere) {
  const int mask = header.masking_key ? 1 : 0;
  if (!is_length_elsewhere) return fmt::format("MASK {}, length {}", mask, header.payload_length);
  return fmt::format("MASK {}, length in the next {} bytes", mask, length_bytes(header));
}

struct Label {
  std::size_t byte;  // of the line, where it points
  std::string text;
};

std::vector<Label> labels_of(const Frame& frame) {
  const ws::FrameHeader& header = frame.header;
  const std::size_t key_at = header.header_length - (header.masking_key ? 4u : 0u);
  const bool is_length_elsewhere = key_at > 2;
  std::vector<Label> labels{{0, first_byte_text(header)},
                            {1, second_byte_text(header, is_length_elsewhere)}};
  if (is_length_elsewhere) labels.push_back({2, fmt::format("length {}", header.payload_length)});
  if (header.masking_key) labels.push_back({key_at, "masking key"});
  if (!frame.payload.empty()) labels.push_back({header.header_length, payload_text(frame)});
  return labels;
}

void append_label(std::string& out, std::size_t column, std::string_view text, Colour colour) {
  out.append(column, ' ').append(painted(text, Style::dim, colour)).append("\n");
}

// The last label stands nearest to the bytes, and each leaves room for the stems of those before.
void append_drawing(std::string& out, const Frame& frame, Colour colour) {
  const std::vector<Label> labels = labels_of(frame);
  for (std::size_t i = labels.size(); i-- > 0;) {
    std::string row;
    for (std::size_t stem = 0; stem < i; ++stem) {
      row.resize(labels[stem].byte * 3, ' ');
      row += '|';
    }
    row.resize(labels[i].byte * 3, ' ');
    append_label(out, kBytesColumn, row + "`- " + labels[i].text, colour);
  }
}

std::string one_line_text(const Frame& frame, std::uint64_t count) {
  std::string text = count > 1 ? fmt::format("{} times: ", count) : std::string();
  text += first_byte_text(frame.header) + ", " + second_byte_text(frame.header, false);
  if (!frame.payload.empty()) text += ", " + payload_text(frame);
  return text;
}

// Follows where frames begin, in each direction.
class Framing {
 public:
  // The frame whose header begins this line, if one does.
  std::optional<Frame> take(const Line& line) {
    if (!line.speaker || line.bytes.empty()) return std::nullopt;
    std::uint64_t& left = payload_left_[index(*line.speaker)];
    if (left > 0) {
      left -= std::min(left, line.count * line.bytes.size());
      return std::nullopt;
    }
    if (!line.is_hex && line.count == 1) return std::nullopt;
    auto frame = frame_at_front(line.bytes);
    if (frame) left = frame->header.payload_length - frame->payload.size();
    return frame;
  }

 private:
  std::array<std::uint64_t, 2> payload_left_{};
};

}  // namespace

std::string example_text(const Example& example, Colour colour) {
  struct Row {
    Line line;
    std::optional<Frame> frame;
  };
  std::vector<Row> rows;
  Framing framing;
  for (const std::string_view text : split_lines(example.lines)) {
    Line line = read(text);
    auto frame = framing.take(line);
    rows.push_back({std::move(line), std::move(frame)});
  }
  const auto frames = std::ranges::count_if(rows, [](const Row& row) { return !!row.frame; });

  std::string out;
  for (const auto& [line, frame] : rows) {
    out.append(kMargin, ' ').append(line.text).append("\n");
    if (!frame) continue;
    if (frames == 1 && line.count == 1) {
      append_drawing(out, *frame, colour);
    } else {
      append_label(out, kBytesColumn, one_line_text(*frame, line.count), colour);
    }
  }
  return out;
}

}  // namespace lastframe::output
