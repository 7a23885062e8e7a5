// Files that a configuration names.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "settings/value.h"

namespace lastframe::settings {

// The path that stands at `value`; one that is relative begins at `folder`, the configuration's
// own. `example` is shown where no path stands there.
std::optional<std::string> path_at(const Value& value, const std::filesystem::path& folder,
                                   std::string_view example);

// The text of the file at `path`, which `value` names; at most `most` bytes. Whatever is no file is
// refused unread: reading a pipe might not end.
std::optional<std::string> text_of(const Value& value, const std::string& path, std::size_t most);

// The same of a file that holds a key: without ends of lines behind it, at least 16 bytes, which
// are 128 bits when they are random. `wanted` goes on behind how many it must have.
std::optional<std::string> key_of(const Value& value, const std::string& path,
                                  std::string_view wanted);

}  // namespace lastframe::settings
