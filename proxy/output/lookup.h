// `lastframe lookup TEXT`: what the catalogue knows of a text that somebody has read in a log, a
// browser's console or a Close frame.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "output/colour.h"
#include "output/wording.h"

namespace lastframe::output {

// What a text was found as. Of equally good ones the first in this order goes first.
enum class FoundAs : std::uint8_t {
  reason,            // of a Close frame
  log,               // what a library or a browser tells its application
  error_name,        // of the system
  farewell,          // a message before the Close
  refusal,           // an HTTP answer to the upgrade
  application_code,  // its name or number
  code,
  cause,
  product,
  rule,
};
std::string_view name(FoundAs kind);

struct Finding {
  FoundAs kind = FoundAs::reason;
  std::string id;       // of the row; a code's number; the name of an error
  std::string text;     // that is known
  std::string product;  // name; may be empty, as all below
  std::string says;     // what it means
  std::string codes;    // "1006", "3000-3999"
  std::string cause;    // id
  std::string fix;
  std::string call;       // "lastframe explain ..." for more
  unsigned likeness = 0;  // see likeness.h
};

inline constexpr std::size_t kFindingsShown = 5;

// Best first, at most kFindingsShown; none where nothing is like `text`.
std::vector<Finding> findings_for(std::string_view text, const Wording& wording);

std::string findings_page(std::string_view text, const std::vector<Finding>& findings,
                          const Wording& wording, Colour colour);

// One JSON object without a line feed; docs/explain.md names the keys.
std::string findings_json(std::string_view text, const std::vector<Finding>& findings,
                          const Wording& wording);

}  // namespace lastframe::output
