// How a report says numbers, places and what it found; the same in text and HTML.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "output/wording.h"
#include "report/summary.h"

namespace lastframe::report {

// "1,204".
std::string number_text(std::uint64_t number);
// "41.2 %"; "0 %" of nothing; "< 0.1 %" for what would be rounded to it, and "> 99.9 %".
std::string share_text(std::uint64_t part, std::uint64_t of);
// "1 file", "3 files".
std::string count_text(std::uint64_t count, std::string_view what);
// "chat to 10.0.0.7:9000"; what is empty is left out.
std::string place_text(std::string_view listener, std::string_view upstream);
// "a hop between this tap and server" for "hop_behind".
std::string party_text(std::string_view party, const output::Wording& wording);

// "59.9 to 60.4 s without a byte, ended by the server's side without a Close".
std::string cluster_text(const TimeCluster& cluster);
// "above 1048576 bytes (1.0 MiB) refused by the server with 1009; 65536 bytes taken".
std::string size_line_text(const SizeLine& line);
// "from 2026-11-20 19:00:01 to 2026-11-21 07:12:44 UTC, 12.2 h"; "" without times.
std::string span_text(const Summary& summary);
// "3 files, 1,204 lines (2.1 MiB); 2 lines are no records".
std::string inputs_text(const Inputs& inputs);
// "588 of 990 that opened, 59.4 %".
std::string clean_text(const Summary& summary);
// "2026-11-20 19:00:01" of a time that can be read; others as they are.
std::string shown_time(std::string_view time);
// What a table leaves out: "and 12 more", "3 more of names that were not kept"; "" if nothing.
std::string rest_text(std::uint64_t more, std::uint64_t forgotten);

// Whether closes are normal, in a sentence; and what stands behind most that are not, "" if all
// are.
std::string headline(const Summary& summary);
std::string main_cause_text(const Summary& summary, const output::Wording& wording);

}  // namespace lastframe::report
