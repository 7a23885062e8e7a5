// One listener of a configuration: where clients come in and where they are taken.
#pragma once

#include <filesystem>
#include <optional>

#include "net/options.h"
#include "settings/value.h"

namespace lastframe::settings {

// What could be read of it. Whatever could not is among the mistakes of `value`.
struct Listener {
  Value value;
  net::ListenerOptions options;
  std::optional<Value> name;    // absent where the file has none; options.name is "" if it is bad
  std::optional<Value> listen;  // absent where no address could be read
};

// Paths in it begin at `folder`.
Listener read_listener(const Value& value, const std::filesystem::path& folder);

}  // namespace lastframe::settings
