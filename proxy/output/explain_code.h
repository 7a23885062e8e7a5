// `lastframe explain 1008`: a close code as a page and as JSON.
#pragma once

#include <string>

#include "output/colour.h"
#include "output/json.h"
#include "output/known_code.h"
#include "output/wording.h"

namespace lastframe::output {

std::string code_page(const KnownCode& known, const Wording& wording, Colour colour);

// One JSON object without a line feed; docs/explain.md names the keys. `did_you_mean` is a code
// that was perhaps meant, or "".
std::string code_json(const KnownCode& known, const Wording& wording,
                      std::string_view did_you_mean = {});

// The same keys as a part of another object.
void append_code(JsonWriter& json, const KnownCode& known, const Wording& wording);

// All codes and ranges, one line each; and as a JSON array, one a line.
std::string code_list(const Wording& wording, Colour colour);
std::string code_list_json(const Wording& wording);

}  // namespace lastframe::output
