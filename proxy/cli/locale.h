// The language that the environment asks for.
#pragma once

#include <array>

#include "core/catalogue/catalogue.h"

namespace lastframe::cli {

// LC_ALL, LC_MESSAGES and LANG as they are set, null where they are not. The first that is not
// empty decides ("fr_CA.UTF-8" is French), as POSIX has it; a language that we do not know is
// English.
catalogue::Language language_of(const std::array<const char*, 3>& locales);

// Of this process's environment.
catalogue::Language locale_language();

}  // namespace lastframe::cli
