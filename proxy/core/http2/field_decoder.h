// HPACK (RFC 7541): compressed field sections of one direction, read in the parts in which they
// come. Hides nghttp2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "core/base/bytes.h"

struct nghttp2_hd_inflater;

namespace lastframe::http2 {

class FieldDecoder {
 public:
  // RFC 9113 section 6.5.2: what a table may have before anybody says something else.
  static constexpr std::uint32_t kDefaultTable = 4096;

  // A name and a value, as they come; valid during the call.
  using Take = std::function<void(std::string_view name, std::string_view value)>;

  FieldDecoder();

  // `is_end`: of the section. False: this is no HPACK, and nothing of this direction can be read
  // any more, for each section builds on those before. A name or value of more than 64 KiB counts
  // as that, too.
  bool decode(ByteView part, bool is_end, const Take& take);

  // What the receiver allows the table to have, from the next section on
  // (SETTINGS_HEADER_TABLE_SIZE, once it is acknowledged). False: more than can be followed.
  bool allow_table(std::uint32_t size);

  // Bytes that the table may come to.
  std::size_t table_limit() const { return table_limit_; }

 private:
  struct Free {
    void operator()(nghttp2_hd_inflater* inflater) const;
  };
  std::unique_ptr<nghttp2_hd_inflater, Free> inflater_;
  std::size_t table_limit_ = kDefaultTable;
};

}  // namespace lastframe::http2
