#include "output/likeness.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "core/base/ascii.h"
#include "core/base/words.h"

namespace lastframe::output {
namespace {

constexpr std::size_t kLongestText = 4096;  // bytes of a pasted text that are looked at
constexpr std::size_t kShortestPart = 4;    // bytes: a shorter part says nothing
constexpr std::size_t kShortestTypo = 5;    // letters: shorter words must be equal

// Words that are in every error text.
constexpr auto kEmptyWords = std::to_array<std::string_view>({
    "a",  "an", "and", "at", "be", "by", "error", "exception", "for", "from",      "in",
    "is", "it", "not", "of", "on", "or", "the",   "to",        "was", "websocket", "with",
});

bool is_empty_word(std::string_view word) {
  return std::ranges::find(kEmptyWords, word) != kEmptyWords.end();
}

// 1 for a word that says little, else as many as it has letters.
std::size_t weight(std::string_view word) { return is_empty_word(word) ? 1 : word.size(); }

using Words = std::vector<std::string_view>;

Words split(std::string_view words) {
  Words found;
  while (!words.empty()) {
    found.push_back(words.substr(0, words.find(' ')));
    words.remove_prefix(std::min(found.back().size() + 1, words.size()));
  }
  return found;
}

bool is_meant(std::string_view word, std::string_view known) {
  if (word == known) return true;
  if (word.size() < kShortestTypo || word.front() != known.front()) return false;
  return !nearest(word, std::span(&known, 1)).empty();
}

enum class Fit : unsigned char { none, mistyped, exact };

Fit fit_of(std::string_view a, std::string_view b) {
  if (a == b) return Fit::exact;
  return is_meant(a, b) ? Fit::mistyped : Fit::none;
}

// How well the words of `part` stand beside each other in `whole`, at the best place. One word is
// no part of many if it is mistyped: too many words are like another one.
Fit fit_within(const Words& part, const Words& whole) {
  Fit best = Fit::none;
  for (std::size_t at = 0; at + part.size() <= whole.size(); ++at) {
    Fit fit = Fit::exact;
    for (std::size_t i = 0; i < part.size() && fit != Fit::none; ++i) {
      fit = std::min(fit, fit_of(part[i], whole[at + i]));
    }
    best = std::max(best, fit);
  }
  const bool is_one_of_many = part.size() == 1 && whole.size() > 1;
  return best == Fit::mistyped && is_one_of_many ? Fit::none : best;
}

// From 60 for a small part of a long text up to 90 for nearly all of it; less with a typo.
unsigned likeness_of_part(Fit fit, std::size_t part, std::size_t whole) {
  if (fit == Fit::none) return 0;
  const std::size_t share = std::min(part, whole);
  const auto full = kLikenessOfParts + static_cast<unsigned>(30 * share / whole);
  return fit == Fit::exact ? full : full - 5;
}

// Up to 58, for texts that have all words in common but not in one piece.
unsigned likeness_of_words(const Words& asked_words, const Words& known_words) {
  std::size_t asked_weight = 0;
  std::size_t asked_found = 0;
  std::size_t full_words = 0;
  for (const std::string_view word : asked_words) {
    asked_weight += weight(word);
    const bool is_found = std::ranges::any_of(
        known_words, [&](std::string_view other) { return is_meant(word, other); });
    if (!is_found) continue;
    asked_found += weight(word);
    if (!is_empty_word(word) && word.size() >= kShortestPart) ++full_words;
  }
  std::size_t known_weight = 0;
  std::size_t known_found = 0;
  for (const std::string_view word : known_words) {
    known_weight += weight(word);
    const bool is_found = std::ranges::any_of(
        asked_words, [&](std::string_view other) { return is_meant(other, word); });
    if (is_found) known_found += weight(word);
  }
  if (full_words == 0) return 0;
  const bool is_near = 2 * asked_found >= asked_weight;
  const bool is_quoted = full_words > 1 && 5 * known_found >= 4 * known_weight;
  if (!is_near && !is_quoted) return 0;
  return static_cast<unsigned>(38 * asked_found / asked_weight + 20 * known_found / known_weight);
}

}  // namespace

std::string words_of(std::string_view text) {
  std::string out;
  bool is_between = false;
  for (const char c : text.substr(0, kLongestText)) {
    if (!is_alphanumeric(c) && static_cast<unsigned char>(c) < 0x80) {
      is_between = true;
      continue;
    }
    if (is_between && !out.empty()) out += ' ';
    is_between = false;
    out += lower(c);
  }
  return out;
}

unsigned likeness(std::string_view asked, std::string_view known) {
  const std::string a = words_of(asked);
  const std::string k = words_of(known);
  if (a.empty() || k.empty()) return 0;
  if (a == k) return kLikenessOfEquals;
  const Words asked_words = split(a);
  const Words known_words = split(k);
  unsigned best = likeness_of_words(asked_words, known_words);
  if (k.size() >= kShortestPart) {
    best =
        std::max(best, likeness_of_part(fit_within(known_words, asked_words), k.size(), a.size()));
  }
  if (a.size() >= kShortestPart) {
    best =
        std::max(best, likeness_of_part(fit_within(asked_words, known_words), a.size(), k.size()));
    // Inside a word: "frame" of "frames".
    if (k.contains(a)) best = std::max(best, likeness_of_part(Fit::mistyped, a.size(), k.size()));
  }
  return best;
}

}  // namespace lastframe::output
