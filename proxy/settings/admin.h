// The admin port: where it listens, and who may ask what.
#pragma once

#include <filesystem>
#include <optional>
#include <span>

#include "admin/options.h"
#include "core/base/error.h"
#include "net/options.h"
#include "settings/value.h"

namespace lastframe::settings {

// Overwrites what the file names and leaves the rest; what cannot be is among the mistakes of the
// value. Paths begin at `folder`. `listeners`: those that have been read, whose addresses are
// taken.
void read_admin(const Value& value, const std::filesystem::path& folder,
                std::span<const net::ListenerOptions> listeners, admin::Options& options);

// What is wrong with listening there; nothing where it may be. The error has no `where`.
std::optional<Error> admin_address_fault(const admin::Options& options);

}  // namespace lastframe::settings
