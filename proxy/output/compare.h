// `lastframe compare 1002 1008`: two close codes beside each other.
#pragma once

#include <string>

#include "output/colour.h"
#include "output/known_code.h"
#include "output/wording.h"

namespace lastframe::output {

// The codes are not the same.
std::string comparison_page(const KnownCode& a, const KnownCode& b, const Wording& wording,
                            Colour colour);

// One JSON object without a line feed; docs/explain.md names the keys.
std::string comparison_json(const KnownCode& a, const KnownCode& b, const Wording& wording);

}  // namespace lastframe::output
