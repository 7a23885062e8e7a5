#include "core/proxying/credentials.h"

#include <cstddef>

#include "core/http/head.h"

namespace lastframe::proxying {
namespace {

// Every byte of `shown` is looked at, whatever the others were.
bool is_equal(std::string_view known, std::string_view shown) {
  volatile unsigned differences = known.size() == shown.size() ? 0 : 1;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const char expected = i < known.size() ? known[i] : '\0';
    differences = differences | static_cast<unsigned char>(expected ^ shown[i]);
  }
  return differences == 0;
}

// RFC 4648 section 4. Padding may be missing: some clients leave it out.
std::optional<std::string> from_base64(std::string_view text) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  unsigned held = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const std::size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    held = held << 6 | static_cast<unsigned>(value);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(held >> bits & 0xFF);
  }
  return bytes;
}

}  // namespace

bool is_known(std::span<const std::string> credentials, std::string_view shown) {
  bool is_found = false;
  for (const std::string& known : credentials) is_found |= is_equal(known, shown);
  return is_found;
}

std::optional<std::string> basic_credentials(std::string_view field_value) {
  constexpr std::string_view kScheme = "Basic ";
  if (!http::equal_ignoring_case(field_value.substr(0, kScheme.size()), kScheme)) {
    return std::nullopt;
  }
  return from_base64(http::trimmed(field_value.substr(kScheme.size())));
}

}  // namespace lastframe::proxying
