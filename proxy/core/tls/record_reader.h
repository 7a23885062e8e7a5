// Cuts a direction's bytes into TLS records (RFC 8446 section 5.1) without keys. It cannot fail:
// where no record can stand it says so, and stops.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>

#include "core/base/bytes.h"
#include "core/tls/wire.h"

namespace lastframe::tls {

struct RecordBegin {
  RecordType type = RecordType::handshake;
  std::uint16_t length = 0;  // of the fragment; 0 only where application data is empty
};

// A part of the fragment, maybe all. `is_last`: the record ends behind it.
struct FragmentPart {
  ByteView bytes;  // of the input
  bool is_last = false;
};

// What stands here begins no record. Nothing more comes from this reader.
struct NoRecord {};

using RecordEvent = std::variant<RecordBegin, FragmentPart, NoRecord>;

class RecordReader {
 public:
  // The next event; what was consumed is cut off the front of `input`. No value: all of it is, and
  // more is needed.
  std::optional<RecordEvent> next(ByteView& input);

  // Whether the stream stands within a record.
  bool is_mid_record() const { return state_ == State::fragment || header_size_ > 0; }

 private:
  enum class State : unsigned char { header, fragment, lost };

  bool can_begin_record() const;
  std::optional<RecordEvent> next_header(ByteView& input);

  std::array<std::byte, kRecordHeader> header_{};
  std::uint8_t header_size_ = 0;
  State state_ = State::header;
  std::uint16_t rest_ = 0;  // of the fragment, still to come
};

}  // namespace lastframe::tls
