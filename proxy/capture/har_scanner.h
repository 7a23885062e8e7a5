// Finds the entries of a HAR in a stream that comes in parts: only where each of them begins and
// ends, for what is in them is read elsewhere (har_entry.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"

namespace lastframe::capture {

inline constexpr std::size_t kLongestHarEntry = std::size_t{64} << 20;  // bytes
inline constexpr std::uint64_t kDeepestHarEntry = 32;                   // arrays and objects

// An element of log.entries.
struct HarItem {
  enum class Fault : unsigned char { none, too_long, too_deep };

  std::string_view text;     // as it stands in the file; empty where there is a fault
  std::uint64_t offset = 0;  // in the file
  std::uint64_t size = 0;    // bytes
  Fault fault = Fault::none;
};

class HarScanner {
 public:
  explicit HarScanner(std::size_t longest = kLongestHarEntry) : longest_(longest) {}

  // The next entry; consumed bytes are cut off the front of `input`. No value: all of `input` is
  // consumed. The text lives until the next call.
  std::optional<HarItem> next(ByteView& input);

  bool has_entries() const { return has_entries_; }  // log.entries was there, and is an array
  bool is_over() const { return has_begun_ && depth_ == 0 && !is_in_string_; }  // all is closed
  bool is_in_item() const { return is_in_item_; }
  std::uint64_t offset() const { return offset_; }            // bytes read
  std::uint64_t item_offset() const { return item_offset_; }  // of the entry in hand

 private:
  void take_string(std::string_view text, std::size_t& at);
  void take_plain(char c);
  void begin_string();
  void begin_item();
  void keep(std::string_view text);
  std::optional<HarItem> end_item();

  // Where a string would be a key that matters: directly in the root, or in the root's "log".
  bool is_key_watched() const { return depth_ == 1 || (depth_ == 2 && is_in_log_); }

  std::string item_;
  std::string key_;  // the last one that matters, or its beginning
  std::uint64_t offset_ = 0;
  std::uint64_t item_offset_ = 0;
  std::uint64_t item_size_ = 0;
  std::uint64_t depth_ = 0;
  std::uint64_t deepest_ = 0;  // within the entry in hand
  std::size_t longest_;
  bool has_begun_ = false;
  bool has_entries_ = false;
  bool is_in_string_ = false;
  bool is_escaped_ = false;
  bool is_key_next_ = false;  // a string here would be a key, in the outer objects
  bool is_in_key_ = false;
  bool is_in_log_ = false;
  bool is_in_entries_ = false;
  bool is_in_item_ = false;
};

}  // namespace lastframe::capture
