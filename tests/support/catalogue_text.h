// Catalogue files for tests: as little as a catalogue must have.
#pragma once

#include <string>

#include "core/catalogue/cause.h"

namespace lastframe::test {

// Keys of a row.
inline constexpr const char* kRowSource =
    "source: RFC 6455, version_seen: \"-\", verified_on: 2026-11-20";

// The source on lines of its own, for a row that begins with "  - ".
inline constexpr const char* kSourceLines =
    "    source: RFC 6455\n"
    "    version_seen: \"-\"\n"
    "    verified_on: 2026-11-20\n";

// A row for every cause that the diagnosis can name.
inline std::string causes_text() {
  std::string text = "causes:\n";
  for (std::size_t i = 0; i < catalogue::kCauseCount; ++i) {
    const std::string id(name(static_cast<catalogue::Cause>(i)));
    text += "  - {id: " + id + ", party: nobody, title: \"Title of " + id +
            "\", summary: \"It was " + id + ".\", meaning: \"-\", found_by: \"-\", fix: \"Mend " +
            id + ".\", " + kRowSource + "}\n";
  }
  return text;
}

}  // namespace lastframe::test
