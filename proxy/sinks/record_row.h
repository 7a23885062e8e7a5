// A record as one flat JSON object, in the names that its reader expects.
#pragma once

#include <string>
#include <string_view>

#include "sinks/flat_record.h"
#include "sinks/options.h"

namespace lastframe::sinks {

// How bad it is that a connection ended so, as logs elsewhere have it.
enum class Severity { info, warn, error };

// info: closed in order by 1000, 1001 or an empty Close, and no rule broken. error: a mass close, a
// broken rule, an upstream or TLS that failed. warn: everything else.
Severity severity_of(const FlatRecord& record);
std::string_view name(Severity severity);

// Appends {"event":"session_end",...}: what is null is left out. `instance` is which proxy it is.
// Times are RFC 3339; in our own names, which ClickHouse reads, they are seconds since 1970 and
// microseconds in a second key with "_us", and flags are 1 and 0: old servers know nothing else.
void append_row(std::string& out, const FlatRecord& record, std::string_view instance,
                RecordNames names);

}  // namespace lastframe::sinks
