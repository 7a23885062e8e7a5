#include "cli/trust_guide.h"

#include <algorithm>
#include <cstddef>

#include "core/base/ascii.h"

namespace lastframe::cli {
namespace {

bool needs_no_quotes(char c) {
  return is_alphanumeric(c) || std::string_view("/._-+:@%,").contains(c);
}

// Single quotes: neither a shell of POSIX nor PowerShell looks into them.
std::string quoted(const std::string& text) {
  if (!text.empty() && std::ranges::all_of(text, needs_no_quotes)) return text;
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'') {
      result += "'\\''";
    } else {
      result += c;
    }
  }
  return result + "'";
}

void replace_all(std::string& text, std::string_view mark, const std::string& with) {
  for (std::size_t at = text.find(mark); at != std::string::npos;
       at = text.find(mark, at + with.size())) {
    text.replace(at, mark.size(), with);
  }
}

}  // namespace

std::string filled_in(std::string_view text, const std::string& file, const std::string& name) {
  std::string result(text);
  replace_all(result, "{name}", quoted(name));  // ours: it holds no mark
  replace_all(result, "{file}", quoted(file));
  return result;
}

}  // namespace lastframe::cli
