// Reads a piece of configuration for a test, and tells its mistakes.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>

#include "settings/settings.h"

namespace lastframe::settings {

// The mistakes of `text` as lines without the file's name: "3: listeners[0].name: ...".
inline std::string mistakes_of(std::string_view text) {
  const auto settings = read_settings(text, "f.yaml");
  if (settings) return "";
  std::string said;
  for (const Error& error : settings.error()) {
    const std::string line = to_text(error);
    REQUIRE(line.starts_with("f.yaml:"));
    said += line.substr(7) + "\n";
  }
  return said;
}

// A configuration with `more` as further keys of the top.
inline std::string with_top(std::string_view more) {
  return "listeners: [{listen: \"127.0.0.1:80\", upstream: ws://h}]\n" + std::string(more) + "\n";
}

// A configuration with `more` as further keys, in line 4, of its one listener.
inline std::string with_listener(std::string_view more) {
  return "listeners:\n  - listen: 127.0.0.1:80\n    upstream: ws://h\n    " + std::string(more) +
         "\n";
}

inline Settings settings_from(const std::string& text) {
  CAPTURE(text);
  auto settings = read_settings(text, "f.yaml");
  REQUIRE(settings.has_value());
  return *std::move(settings);
}

// `said` is how the mistakes begin; "" where there are none.
struct MistakeRow {
  std::string_view text;
  std::string_view said = {};
};

inline void check_mistakes(const std::string& text, std::string_view said) {
  CAPTURE(text);
  const std::string found = mistakes_of(text);
  if (said.empty()) {
    CHECK(found == "");
  } else {
    CAPTURE(found);
    CAPTURE(said);
    CHECK(found.starts_with(said));
  }
}

}  // namespace lastframe::settings
