#include "core/tls/record_reader.h"

#include <algorithm>
#include <utility>

#include "core/tls/fields.h"

namespace lastframe::tls {

// Of the header's bytes as far as they have come.
bool RecordReader::can_begin_record() const {
  const auto type = std::to_integer<unsigned>(header_[0]);
  if (type < std::to_underlying(RecordType::change_cipher_spec) ||
      type > std::to_underlying(RecordType::heartbeat)) {
    return false;
  }
  if (header_size_ > 1 && header_[1] != std::byte{3}) return false;
  if (header_size_ < kRecordHeader) return true;
  const std::uint32_t length = Fields(ByteView(header_).subspan(3)).number(2);
  const bool may_be_empty = type == std::to_underlying(RecordType::application_data);
  return length <= kLongestFragment && (length > 0 || may_be_empty);
}

std::optional<RecordEvent> RecordReader::next_header(ByteView& input) {
  while (header_size_ < kRecordHeader) {
    if (input.empty()) return std::nullopt;
    header_[header_size_++] = input.front();
    input = input.subspan(1);
    if (can_begin_record()) continue;
    header_size_ = 0;
    state_ = State::lost;
    return NoRecord{};
  }
  header_size_ = 0;
  state_ = State::fragment;
  rest_ = Fields(ByteView(header_).subspan(3)).number16();
  return RecordBegin{.type = static_cast<RecordType>(header_[0]), .length = rest_};
}

std::optional<RecordEvent> RecordReader::next(ByteView& input) {
  if (state_ == State::header) return next_header(input);
  if (state_ == State::lost) {
    input = {};
    return std::nullopt;
  }
  if (input.empty() && rest_ > 0) return std::nullopt;
  const ByteView part = input.first(std::min<std::size_t>(rest_, input.size()));
  input = input.subspan(part.size());
  rest_ = static_cast<std::uint16_t>(rest_ - part.size());
  if (rest_ == 0) state_ = State::header;
  return FragmentPart{.bytes = part, .is_last = rest_ == 0};
}

}  // namespace lastframe::tls
