#include "core/ws/text_openings.h"

#include <algorithm>
#include <cstring>

#include "core/ws/masking.h"

namespace lastframe::ws {
namespace {

constexpr std::size_t kMostOpenings = 0xFFFF;
constexpr std::size_t kWordsSize = 16;

unsigned char first_byte(std::string_view text) { return static_cast<unsigned char>(text.front()); }

// Behind the sixteen bytes that were compared as words.
bool rest_matches(std::string_view opening, ByteView payload, const MaskingKey& key) {
  if (payload.size() < opening.size()) return false;
  for (std::size_t i = kWordsSize; i < opening.size(); ++i) {
    if ((payload[i] ^ key[i % key.size()]) != static_cast<std::byte>(opening[i])) return false;
  }
  return true;
}

}  // namespace

void TextOpenings::add(std::string_view text) {
  if (text.empty() || openings_.size() == kMostOpenings) return;
  Opening opening{.words = {}, .mask = {}, .text = std::string(text)};
  const std::size_t size = std::min(text.size(), kWordsSize);
  std::array<unsigned char, kWordsSize> ones{};
  std::fill_n(ones.begin(), size, static_cast<unsigned char>(0xFF));
  static_assert(sizeof(Words) == kWordsSize);
  std::memcpy(&opening.words, text.data(), size);
  std::memcpy(&opening.mask, ones.data(), kWordsSize);
  const auto place = std::ranges::upper_bound(
      openings_, first_byte(text), {}, [](const Opening& other) { return first_byte(other.text); });
  openings_.insert(place, std::move(opening));
  for (std::size_t i = first_byte(text) + std::size_t{1}; i < begins_.size(); ++i) ++begins_[i];
}

bool TextOpenings::match_all(ByteView payload, const MaskingKey& key) const {
  Words words;
  if (payload.size() >= kWordsSize) {
    std::memcpy(&words, payload.data(), kWordsSize);
  } else {
    std::memcpy(&words, payload.data(), payload.size());
  }
  const std::uint64_t key_word = key_word_at(key, 0);
  words.first ^= key_word;
  words.second ^= key_word;
  const auto byte = std::to_integer<std::size_t>(payload[0] ^ key[0]);
  const Opening* const end = openings_.data() + begins_[byte + 1];
  for (const Opening* opening = openings_.data() + begins_[byte]; opening != end; ++opening) {
    const std::uint64_t differs = ((words.first ^ opening->words.first) & opening->mask.first) |
                                  ((words.second ^ opening->words.second) & opening->mask.second);
    if (differs != 0) [[likely]]
      continue;
    const bool is_whole = opening->text.size() == 1;
    if (is_whole ? payload.size() == 1 : rest_matches(opening->text, payload, key)) return true;
  }
  return false;
}

}  // namespace lastframe::ws
