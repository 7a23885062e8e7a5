// Rows of the catalogue as rows of a page's tables, and lines for its see-also lists.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/catalogue/catalogue.h"
#include "output/page.h"
#include "output/wording.h"

namespace lastframe::output {

// Product, after what time, kind, setting.
Page::Row table_row(const catalogue::TimeoutRow& row, const Wording& wording);
// Product, size, of what, setting.
Page::Row table_row(const catalogue::LimitRow& row, const Wording& wording);
// Pace, carrier and sender, note.
Page::Row table_row(const catalogue::HeartbeatRow& row, const Wording& wording);

// Its text in quotes, and who says it: "\"Going away\" (graphql-ws): going_away".
std::string reason_text(const catalogue::ReasonRow& row, const Wording& wording);
std::vector<std::string> reason_texts(const std::vector<const catalogue::ReasonRow*>& rows,
                                      const Wording& wording);

// "idle", "lifetime, no default": what a time-out's time is.
std::string kind_text(const catalogue::TimeoutRow& row);
// "message, inflated", "frame".
std::string measure_text(const catalogue::LimitRow& row);
// "Ping of the server".
std::string carrier_text(const catalogue::HeartbeatRow& row);
// "every 25s, given up after 20s".
std::string pace_text(const catalogue::HeartbeatRow& row);

// A source as one line: "RFC 6455 section 7.4.1", "https://..., version 1.22.1, 2026-11-20".
std::string source_text(const catalogue::Source& source);

// Each id with its title behind it, for causes; others alone.
std::vector<Page::Row> cause_rows(const catalogue::Catalogue& rows,
                                  const std::vector<std::string>& ids);

}  // namespace lastframe::output
