// Parts that the JSON of `explain`, `compare` and `lookup` share.
#pragma once

#include <optional>
#include <string_view>

#include "core/catalogue/catalogue.h"
#include "output/json.h"

namespace lastframe::output {

// "source": {"source", "version_seen", "verified_on"}
void append_source(JsonWriter& json, const catalogue::Source& source);

// "codes": [{"first", "last"}]
void append_codes(JsonWriter& json, const std::vector<catalogue::CodeRange>& ranges);

// {"id", "title"}; the title is null where no row has this id.
void append_cause(JsonWriter& json, const catalogue::Catalogue& rows, std::string_view id);

// A text that may be missing: "" becomes null.
std::optional<std::string_view> or_null(std::string_view text);

// One object each.
void append_reason(JsonWriter& json, const catalogue::ReasonRow& row);
void append_timeout(JsonWriter& json, const catalogue::TimeoutRow& row);
void append_limit(JsonWriter& json, const catalogue::LimitRow& row);
void append_heartbeat(JsonWriter& json, const catalogue::HeartbeatRow& row);
void append_application_code(JsonWriter& json, const catalogue::ApplicationRow& application,
                             const catalogue::ApplicationCode& code);

}  // namespace lastframe::output
