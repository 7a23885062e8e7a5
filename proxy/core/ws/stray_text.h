// Stray bytes that are text: HTML, JSON, anything else that people can read.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "core/ws/stray_bytes.h"
#include "core/ws/stray_sample.h"

namespace lastframe::ws {

// How far from its beginning on `bytes` reads as text, and how much likelier that reading is than
// noise. The measure is a likelihood ratio in half bits: each byte adds how much more probable a
// simple model of UTF-8 text makes it than 1/256. The probabilities of the model sum up to less
// than one, so noise of any length reaches b bits anywhere with a probability of at most 2^-b
// (Ville's inequality).
struct TextRun {
  std::size_t length = 0;  // where the ratio is at its height
  int half_bits = 0;       // there
};
TextRun text_run(std::string_view bytes);

// From here on it is called text, if not surely: noise gets here once in 1000 times.
inline constexpr int kPerhapsText = 20;
// From here on there is no doubt: once in a million times.
inline constexpr int kSurelyText = 40;

// A page from its beginning on; a well-known title and the software that wrote it are named.
std::optional<StrayBytes> html_page(const StraySample& sample);

// The rest of a page whose beginning is missing.
std::optional<StrayBytes> html_rest(const StraySample& sample);

// An object or array; also behind the digits of Engine.IO and Socket.IO, or the letter of SockJS.
std::optional<StrayBytes> json_text(const StraySample& sample);

// Part of a JSON text, or any other text; nothing of it is shown.
std::optional<StrayBytes> other_text(const StraySample& sample);

}  // namespace lastframe::ws
