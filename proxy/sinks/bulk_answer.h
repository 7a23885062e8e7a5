// What a 2xx still has to say: answers in which some of a batch's records were not taken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lastframe::sinks {

// What became of the items of an Elasticsearch bulk request, by their positions.
struct BulkAnswer {
  std::vector<std::size_t> again;  // 429 and 5xx: the cluster was busy
  std::uint64_t refused = 0;       // any other error: they do not fit the mapping
  std::string why;                 // of the first that was not taken

  bool operator==(const BulkAnswer&) const = default;
};

// A 409 is a document that is there already: the same batch came twice. None for what is no such
// answer about `count` items.
std::optional<BulkAnswer> read_bulk_answer(std::string_view body, std::size_t count);

// Records that an OTLP receiver says it rejected (partialSuccess), at most `count`, and why.
struct PartialSuccess {
  std::uint64_t rejected = 0;
  std::string why;

  bool operator==(const PartialSuccess&) const = default;
};
PartialSuccess read_partial_success(std::string_view body, std::size_t count);

}  // namespace lastframe::sinks
