// The head of an HTTP/1.x message, read tolerantly: whatever real servers accept has a reading
// here, so that a crooked handshake can be explained and not only refused (RFC 9112 sections 2 to
// 5).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lastframe::http {

// Views into the bytes that the head was read from.
struct Field {
  std::string_view name;   // as written
  std::string_view value;  // without surrounding white space; a folded one keeps its line breaks
};

class Fields {
 public:
  explicit Fields(std::vector<Field> fields) : fields_(std::move(fields)) {}

  const std::vector<Field>& all() const { return fields_; }

  // The value of the first field with this name (in any case).
  std::optional<std::string_view> first(std::string_view name) const;

  // All values of this name as one list, joined by ", " (RFC 9110 section 5.3).
  std::optional<std::string> joined(std::string_view name) const;

  // Whether one of the comma-separated elements of this field equals `token` in any case.
  bool has_token(std::string_view name, std::string_view token) const;

 private:
  std::vector<Field> fields_;
};

struct RequestHead {
  std::string_view method;
  std::string_view target;
  unsigned version = 11;  // 10 or 11, or what else two digits say
  Fields fields;
};

struct ResponseHead {
  unsigned version = 11;
  unsigned status = 0;  // three digits
  Fields fields;
};

// `head`: from the first byte of the start line to the empty line. No value: this is not HTTP/1.x.
std::optional<RequestHead> parse_request_head(std::string_view head);
std::optional<ResponseHead> parse_response_head(std::string_view head);

// The elements of a comma-separated list, without white space around them; empty ones are left out.
// Commas inside quoted strings do not separate.
std::vector<std::string_view> list_elements(std::string_view value);

// RFC 9110 section 5.6.2: names of fields, methods, and much else, are tokens.
bool is_token_character(char c);
bool is_token(std::string_view text);

bool equal_ignoring_case(std::string_view a, std::string_view b);
bool less_ignoring_case(std::string_view a, std::string_view b);

// White space as HTTP has it (space and tab), and line breaks of folded fields.
std::string_view trimmed(std::string_view text);

}  // namespace lastframe::http
