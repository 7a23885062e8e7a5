#include "core/http/body.h"

#include <algorithm>
#include <limits>

namespace lastframe::http {
namespace {

std::optional<unsigned> hex_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

std::optional<std::uint64_t> parse_length(std::string_view digits) {
  if (digits.empty() || digits.size() > 18) return std::nullopt;
  std::uint64_t length = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '9') return std::nullopt;
    length = length * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  return length;
}

// RFC 9112 section 6.3: several equal values count as one; different ones cannot be recovered.
struct ContentLength {
  bool is_valid = true;
  std::optional<std::uint64_t> value;
};

ContentLength content_length(const Fields& fields) {
  ContentLength result;
  const auto text = fields.joined("Content-Length");
  if (!text) return result;
  for (const std::string_view element : list_elements(*text)) {
    const auto length = parse_length(element);
    if (!length || (result.value && *result.value != *length))
      return {.is_valid = false, .value = {}};
    result.value = length;
  }
  result.is_valid = result.value.has_value();
  return result;
}

void keep(ByteView content, Body::Start* start) {
  if (start == nullptr) return;
  const std::size_t room = Body::Start::kLongest - start->bytes.size();
  start->bytes += as_text(content.first(std::min(content.size(), room)));
}

// RFC 9112 section 6.3: only where chunked is the last coding does it say where the body ends.
bool ends_in_chunks(const Fields& fields) {
  const std::string codings = fields.joined("Transfer-Encoding").value_or("");
  const auto elements = list_elements(codings);
  return !elements.empty() && equal_ignoring_case(elements.back(), "chunked");
}

}  // namespace

std::optional<Body> Body::of_request(const Fields& fields) {
  if (ends_in_chunks(fields)) return chunked();
  if (fields.first("Transfer-Encoding")) return std::nullopt;
  const ContentLength length = content_length(fields);
  if (!length.is_valid) return std::nullopt;
  return length.value ? of_length(*length.value) : none();
}

std::optional<Body> Body::of_response(const ResponseHead& head, std::string_view request_method) {
  if (head.status < 200 || head.status == 204 || head.status == 304) return none();
  if (request_method == "HEAD") return none();
  if (ends_in_chunks(head.fields)) return chunked();
  if (head.fields.first("Transfer-Encoding")) return until_end_of_stream();
  const ContentLength length = content_length(head.fields);
  if (!length.is_valid) return std::nullopt;
  return length.value ? of_length(*length.value) : until_end_of_stream();
}

bool Body::consume(ByteView& input, Start* start) {
  while (!input.empty() && phase_ != Phase::done) {
    if (phase_ == Phase::until_end) {
      keep(input, start);
      input = {};
    } else if (phase_ == Phase::counted || phase_ == Phase::chunk_data) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
      keep(input.first(size), start);
      input = input.subspan(size);
      left_ -= size;
      if (left_ == 0) phase_ = phase_ == Phase::counted ? Phase::done : Phase::chunk_end;
    } else {
      const char c = static_cast<char>(std::to_integer<unsigned char>(input.front()));
      input = input.subspan(1);
      if (!consume_framing(c)) return false;
    }
  }
  return true;
}

// RFC 9112 section 7.1: chunk = chunk-size [ chunk-ext ] CRLF chunk-data CRLF; the last chunk has
// size 0 and is followed by trailer lines and an empty line. LF alone ends a line as well.
bool Body::consume_framing(char c) {
  switch (phase_) {
    case Phase::chunk_size:
      if (const auto digit = hex_value(c)) {
        if (left_ > (std::numeric_limits<std::uint64_t>::max() >> 4)) return false;
        left_ = left_ << 4 | *digit;
        has_size_digit_ = true;
        return true;
      }
      if (!has_size_digit_) return false;
      [[fallthrough]];
    case Phase::chunk_extension:
      phase_ = Phase::chunk_extension;
      if (c == '\n') {
        has_size_digit_ = false;
        phase_ = left_ == 0 ? Phase::trailer_start : Phase::chunk_data;
      }
      return true;
    case Phase::chunk_end:
      if (c == '\n') phase_ = Phase::chunk_size;
      return c == '\n' || c == '\r';
    case Phase::trailer_start:
      if (c == '\n') phase_ = Phase::done;
      if (c != '\n' && c != '\r') phase_ = Phase::trailer;
      return true;
    case Phase::trailer:
      if (c == '\n') phase_ = Phase::trailer_start;
      return true;
    case Phase::counted:
    case Phase::chunk_data:
    case Phase::until_end:
    case Phase::done:
      break;
  }
  return true;
}

}  // namespace lastframe::http
