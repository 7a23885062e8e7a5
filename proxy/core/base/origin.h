// Where the user wrote something.
#pragma once

#include <string>

namespace lastframe {

// "FILE:LINE: KEY", for messages; empty for flags. All origins are equal: moving a line in a file
// changes nothing else.
struct Origin {
  std::string text;

  bool operator==(const Origin&) const { return true; }
};

}  // namespace lastframe
