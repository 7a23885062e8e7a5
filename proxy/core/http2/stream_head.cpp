#include "core/http2/stream_head.h"

#include <algorithm>

#include "core/base/ascii.h"

namespace lastframe::http2 {
namespace {

constexpr std::size_t kFieldOverhead = 4;  // ": " and the line's end

std::string in_one_line(std::string_view text) {
  std::string line(text);
  std::ranges::replace_if(line, [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  return line;
}

// A start line is cut at its spaces.
std::string in_one_word(std::string_view text, std::string_view otherwise) {
  std::string word(text.empty() ? otherwise : text);
  std::ranges::replace_if(word, [](char c) { return static_cast<unsigned char>(c) <= ' '; }, '_');
  return word;
}

std::string line_of(std::string_view name, std::string_view value) {
  std::string written(name);
  std::ranges::replace(written, ':', '_');
  return in_one_line(written) + ": " + in_one_line(value) + "\r\n";
}

}  // namespace

void StreamHead::add(std::string_view name, std::string_view value) {
  size_ += name.size() + value.size() + kFieldOverhead;
  if (is_too_long()) return;
  if (name == ":method") {
    method_ = value;
  } else if (name == ":protocol") {
    protocol_ = value;
  } else if (name == ":authority") {
    authority_ = value;
  } else if (name == ":path") {
    path_ = value;
  } else if (name == ":status") {
    status_ = value;
  } else if (name == "host") {
    host_ = value;
  } else if (name == "cookie") {
    if (!cookies_.empty()) cookies_ += "; ";
    cookies_ += value;
  } else if (!name.starts_with(':')) {
    lines_ += line_of(name, value);
  }
}

bool StreamHead::asks_for_websocket() const {
  constexpr std::string_view kProtocol = "websocket";
  return method_ == "CONNECT" &&
         std::ranges::equal(protocol_, kProtocol, [](char a, char b) { return lower(a) == b; });
}

std::string StreamHead::request_text() const {
  std::string text =
      in_one_word(method_, "CONNECT") + " " + in_one_word(path_, "/") + " HTTP/2.0\r\n";
  if (!authority_.empty()) text += line_of("host", authority_);
  if (!host_.empty() && host_ != authority_) text += line_of("host", host_);
  text += lines_;
  if (!cookies_.empty()) text += line_of("cookie", cookies_);
  return text + "\r\n";
}

std::string StreamHead::response_text() const {
  const bool is_status = status_.size() == 3 && std::ranges::all_of(status_, is_digit);
  return "HTTP/2.0 " + (is_status ? status_ : "000") + "\r\n" + lines_ +
         (cookies_.empty() ? "" : line_of("cookie", cookies_)) + "\r\n";
}

}  // namespace lastframe::http2
