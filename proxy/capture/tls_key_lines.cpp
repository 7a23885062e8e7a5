#include "capture/tls_key_lines.h"

#include <algorithm>
#include <array>

namespace lastframe::capture {
namespace {

struct Row {
  std::string_view word;
  SecretLabel label;
};

constexpr auto kRows = std::to_array<Row>({
    {"CLIENT_RANDOM", SecretLabel::master},
    {"CLIENT_HANDSHAKE_TRAFFIC_SECRET", SecretLabel::client_handshake},
    {"SERVER_HANDSHAKE_TRAFFIC_SECRET", SecretLabel::server_handshake},
    {"CLIENT_TRAFFIC_SECRET_0", SecretLabel::client_traffic},
    {"SERVER_TRAFFIC_SECRET_0", SecretLabel::server_traffic},
});

constexpr std::size_t kMasterSize = 48;
constexpr std::size_t kSha256Size = 32;
constexpr std::size_t kSha384Size = 48;

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool is_hex(std::string_view text) {
  return !text.empty() && text.size() % 2 == 0 &&
         std::ranges::all_of(text, [](char c) { return digit(c) >= 0; });
}

// `hex` has two digits for each byte of `room`.
void read_hex(std::string_view hex, std::span<std::byte> room) {
  for (std::size_t i = 0; i < room.size(); ++i) {
    room[i] = static_cast<std::byte>(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
  }
}

// The next word, cut off the front.
std::string_view take_word(std::string_view& text) {
  const std::size_t size = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, size);
  text.remove_prefix(std::min(size + 1, text.size()));
  return word;
}

bool is_label(std::string_view word) {
  return !word.empty() && std::ranges::all_of(word, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace

KeyLineRead read_key_line(std::string_view text) {
  while (!text.empty() && (text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
  if (text.empty() || text.front() == '#') return {};
  if (text.size() >= KeyLineCutter::kLongest) return {.line = {}, .mistake = "it is too long"};
  const std::string_view word = take_word(text);
  const std::string_view random = take_word(text);
  const std::string_view secret = take_word(text);
  if (!is_label(word) || secret.empty() || !text.empty()) {
    return {.line = {}, .mistake = "it is not LABEL, client random and secret"};
  }
  if (!is_hex(random) || !is_hex(secret)) {
    return {.line = {}, .mistake = "its client random or secret is not in hexadecimal digits"};
  }
  const auto* const row = std::ranges::find(kRows, word, &Row::word);
  if (row == kRows.end()) return {};
  if (random.size() != 2 * tls::kRandom) {
    return {.line = {}, .mistake = "its client random does not have 32 bytes"};
  }
  const std::size_t size = secret.size() / 2;
  const bool is_right = row->label == SecretLabel::master
                            ? size == kMasterSize
                            : size == kSha256Size || size == kSha384Size;
  if (!is_right) return {.line = {}, .mistake = "no secret of this kind has so many bytes"};
  KeyLine line{.random = {}, .label = row->label, .secret = {}};
  read_hex(random, line.random);
  std::array<std::byte, TlsSecret::kMost> bytes;
  read_hex(secret, std::span(bytes).first(size));
  line.secret = TlsSecret(ByteView(bytes).first(size));
  return {.line = line, .mistake = {}};
}

void KeyLineCutter::feed(ByteView bytes, const Take& take) {
  std::string_view text = as_text(bytes);
  while (!text.empty()) {
    const std::size_t size = text.find('\n');
    add(text.substr(0, size));
    if (size == std::string_view::npos) return;
    text.remove_prefix(size + 1);
    take(number_++, line_);
    line_.clear();
  }
}

void KeyLineCutter::add(std::string_view part) { line_ += part.substr(0, kLongest - line_.size()); }

void KeyLineCutter::finish(const Take& take) {
  if (!line_.empty()) take(number_, line_);
  line_.clear();
}

}  // namespace lastframe::capture
