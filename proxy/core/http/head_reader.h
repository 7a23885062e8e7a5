// Collects the head of an HTTP message from a stream that comes in parts.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include "core/base/bytes.h"

namespace lastframe::http {

enum class MessageKind : unsigned char { request, response };

// The head, from its start line to its empty line. Valid until the next call, and only as long as
// the input is.
struct CompleteHead {
  std::string_view text;
};
struct NeedMore {};
// The bytes cannot begin such a message, or the head is longer than the limit.
struct NotHttp {
  bool is_too_long = false;
};

using HeadResult = std::variant<NeedMore, CompleteHead, NotHttp>;

class HeadReader {
 public:
  HeadReader(MessageKind kind, std::size_t limit) : limit_(limit), kind_(kind) {}

  // Consumes the head (or all of `input`, while the head is not complete) from `input`. Empty lines
  // before the start line are skipped, and lines may end in LF alone: real servers accept both.
  HeadResult read(ByteView& input);

  // The part of a head that came before, while it is not complete; after NotHttp, what came before
  // the input in hand, which is then not consumed.
  std::string_view kept() const { return kept_; }

  // Whether some bytes of a head have come, but not all.
  bool is_mid_head() const { return !kept_.empty(); }

 private:
  bool can_begin_head(std::string_view text, std::size_t judged);

  std::string kept_;       // the part of a head that came before
  std::string completed_;  // what the last CompleteHead of several parts points into
  std::size_t limit_;
  MessageKind kind_;
  bool has_start_line_ = false;  // of the head in hand, and it was found good
};

}  // namespace lastframe::http
