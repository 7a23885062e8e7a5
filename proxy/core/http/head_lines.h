// Where the lines of a head break the grammar of HTTP/1.1, which head.h reads tolerantly.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lastframe::http {

struct MalformedLine {
  std::size_t offset;  // within the head: of the field's name; 0 for the start line
  std::string detail;  // a phrase: what is wrong, and how often

  bool operator==(const MalformedLine&) const = default;
};

// What no sender may generate (RFC 9112 sections 2.2, 5, 5.1 and 5.2): lines that end in LF alone,
// a CR within a line, white space before the first field or before a colon, folded fields, lines
// without a colon, names that are no tokens. Each of these kinds once, where it comes first; kinds
// that come first at one place share an entry. Ascending. `head`: to the empty line; what stands
// behind is not read.
std::vector<MalformedLine> malformed_lines(std::string_view head);

}  // namespace lastframe::http
