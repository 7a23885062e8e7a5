// Reading a small file whole.
#pragma once

#include <cstddef>
#include <expected>
#include <string>

#include "core/base/error.h"

namespace lastframe::settings {

// The content of `path`, at most `most` bytes. The error has no `where`.
std::expected<std::string, Error> read_text_file(const std::string& path, std::size_t most);

}  // namespace lastframe::settings
