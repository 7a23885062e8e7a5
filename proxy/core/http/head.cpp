#include "core/http/head.h"

#include <algorithm>
#include <cctype>

#include "core/base/ascii.h"

namespace lastframe::http {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

// Cuts the first line off `rest`; a line ends in LF, with or without a CR before it.
std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// "HTTP/1.1" -> 11.
std::optional<unsigned> parse_version(std::string_view text) {
  if (text.size() != 8 || !text.starts_with("HTTP/") || text[6] != '.') return std::nullopt;
  if (!is_digit(text[5]) || !is_digit(text[7])) return std::nullopt;
  return static_cast<unsigned>((text[5] - '0') * 10 + (text[7] - '0'));
}

std::vector<Field> parse_fields(std::string_view rest) {
  std::vector<Field> fields;
  fields.reserve(16);
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    if (line.empty()) break;
    if ((line.front() == ' ' || line.front() == '\t') && !fields.empty()) {
      // RFC 9112 section 5.2, obs-fold: the line continues the value before it.
      // Only this line is searched: many blank ones must not cost the square of their number.
      const std::string_view more = trimmed(line);
      if (more.empty()) continue;
      std::string_view& value = fields.back().value;
      const char* begin = value.empty() ? more.data() : value.data();
      value = {begin, static_cast<std::size_t>(more.data() + more.size() - begin)};
      continue;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
      fields.push_back({.name = trimmed(line), .value = line.substr(line.size())});
      continue;
    }
    fields.push_back(
        {.name = trimmed(line.substr(0, colon)), .value = trimmed(line.substr(colon + 1))});
  }
  return fields;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return text.substr(0, 0);
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

bool is_token_character(char c) {
  return is_alphanumeric(c) ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_token_character);
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

bool less_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::lexicographical_compare(a, b, {}, lower, lower);
}

std::vector<std::string_view> list_elements(std::string_view value) {
  std::vector<std::string_view> elements;
  bool is_quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= value.size(); ++i) {
    if (i + 1 < value.size() && is_quoted && value[i] == '\\') {
      ++i;
      continue;
    }
    if (i < value.size() && value[i] == '"') is_quoted = !is_quoted;
    if (i < value.size() && (is_quoted || value[i] != ',')) continue;
    const std::string_view element = trimmed(value.substr(begin, i - begin));
    if (!element.empty()) elements.push_back(element);
    begin = i + 1;
  }
  return elements;
}

std::optional<std::string_view> Fields::first(std::string_view name) const {
  for (const Field& field : fields_) {
    if (equal_ignoring_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::optional<std::string> Fields::joined(std::string_view name) const {
  std::optional<std::string> all;
  for (const Field& field : fields_) {
    if (!equal_ignoring_case(field.name, name)) continue;
    if (all) {
      all->append(", ").append(field.value);
    } else {
      all.emplace(field.value);
    }
  }
  return all;
}

bool Fields::has_token(std::string_view name, std::string_view token) const {
  return std::ranges::any_of(fields_, [&](const Field& field) {
    if (!equal_ignoring_case(field.name, name)) return false;
    return std::ranges::any_of(list_elements(field.value), [&](std::string_view element) {
      return equal_ignoring_case(element, token);
    });
  });
}

std::optional<RequestHead> parse_request_head(std::string_view head) {
  const std::string_view line = trimmed(take_line(head));
  const std::size_t method_end = line.find(' ');
  const std::size_t target_end = line.rfind(' ');
  if (method_end == std::string_view::npos || target_end == method_end) return std::nullopt;
  const auto version = parse_version(line.substr(target_end + 1));
  if (!version) return std::nullopt;
  return RequestHead{.method = line.substr(0, method_end),
                     .target = trimmed(line.substr(method_end, target_end - method_end)),
                     .version = *version,
                     .fields = Fields(parse_fields(head))};
}

std::optional<ResponseHead> parse_response_head(std::string_view head) {
  // The reason phrase, and the space before it, may be missing: real servers leave them out.
  const std::string_view line = take_line(head);
  const auto version = parse_version(line.substr(0, 8));
  if (!version || line.size() < 12 || line[8] != ' ') return std::nullopt;
  const std::string_view digits = line.substr(9, 3);
  if (!std::ranges::all_of(digits, is_digit)) return std::nullopt;
  if (line.size() > 12 && line[12] != ' ') return std::nullopt;
  unsigned status = 0;
  for (const char digit : digits) status = status * 10 + static_cast<unsigned>(digit - '0');
  return ResponseHead{.version = *version, .status = status, .fields = Fields(parse_fields(head))};
}

}  // namespace lastframe::http
