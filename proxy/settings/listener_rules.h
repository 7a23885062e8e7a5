// What must hold among the keys of one listener: what a mode needs and what it cannot have, and
// what is refused as dangerous unless it was asked for by name.
#pragma once

#include "net/options.h"
#include "settings/access.h"
#include "settings/tls.h"
#include "settings/value.h"

namespace lastframe::settings {

// `section` is the map of `listener`; `options` what could be read of it.
void check_mode(const Value& listener, const Value::Section& section,
                const net::ListenerOptions& options);

// `listen` is where the listener's address stands; none where it could not be read.
void check_dangers(const Value* listen, const net::ListenerOptions& options, const Access& access,
                   const UpstreamTls& upstream_tls);

}  // namespace lastframe::settings
