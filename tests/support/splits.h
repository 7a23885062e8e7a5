// One byte string, cut in every way that matters: whole, in parts of 1, 2, 3 and 7 bytes, and in
// two at each place.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lastframe::test {

struct Split {
  std::string name;
  std::vector<std::string_view> parts;  // views into the bytes that were cut
};

inline Split in_parts_of(std::string_view bytes, std::size_t size) {
  Split split{.name = "parts of " + std::to_string(size), .parts = {}};
  for (std::size_t at = 0; at < bytes.size(); at += size)
    split.parts.push_back(bytes.substr(at, size));
  return split;
}

inline Split cut_at(std::string_view bytes, std::size_t at) {
  return {.name = "cut at " + std::to_string(at), .parts = {bytes.substr(0, at), bytes.substr(at)}};
}

inline Split whole(std::string_view bytes) { return {.name = "whole", .parts = {bytes}}; }

// Calls `check` with each Split. `whole` comes first, so that the rest can be compared with it.
template <typename Check>
void at_every_split(std::string_view bytes, Check&& check) {
  check(whole(bytes));
  for (const std::size_t size : {1, 2, 3, 7}) check(in_parts_of(bytes, size));
  for (std::size_t at = 1; at < bytes.size(); ++at) check(cut_at(bytes, at));
}

// Calls `feed` with each part in memory of its own that is gone afterwards: what reads past its
// end, or keeps a view into it, is found by AddressSanitizer.
template <typename Feed>
void feed_parts(const Split& split, Feed&& feed) {
  for (const std::string_view part : split.parts) {
    const std::vector<char> copy(part.begin(), part.end());
    feed(std::string_view(copy.data(), copy.size()));
  }
}

}  // namespace lastframe::test
