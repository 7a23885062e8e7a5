// What went wrong in the world around us (a file, a setting, a socket), in words for the user.
#pragma once

#include <string>

namespace lastframe {

// Prints as "WHERE: WHAT; REMEDY". `where` is a file, "FILE:LINE: KEY" for settings, a flag or a
// socket; `remedy` says what would be right, or what the user can do. Both may be empty.
struct Error {
  std::string where;
  std::string what;
  std::string remedy;

  bool operator==(const Error&) const = default;
};

inline std::string to_text(const Error& error) {
  std::string text = error.where;
  if (!text.empty()) text += ": ";
  text += error.what;
  if (!error.remedy.empty()) text += "; " + error.remedy;
  return text;
}

}  // namespace lastframe
