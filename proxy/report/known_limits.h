// Limits of the catalogue that fit what a log shows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/catalogue/catalogue.h"
#include "report/time_clusters.h"

namespace lastframe::report {

// "nginx: proxy_read_timeout is 60.0 s by default": time-outs that fit such ends, defaults and the
// nearest ones first, at most `most`.
std::vector<std::string> known_timeouts(const TimeCluster& cluster,
                                        const catalogue::Catalogue& rows, std::size_t most);

// Message limits at or above what was taken and below what was refused, likewise.
std::vector<std::string> known_sizes(std::optional<std::uint64_t> largest_taken,
                                     std::uint64_t smallest_refused,
                                     const catalogue::Catalogue& rows, std::size_t most);

}  // namespace lastframe::report
