// Where the body of an HTTP message ends (RFC 9112 section 6.3).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/bytes.h"
#include "core/http/head.h"

namespace lastframe::http {

class Body {
 public:
  static Body none() { return Body(Phase::done, 0); }
  static Body of_length(std::uint64_t length) {
    return Body(length == 0 ? Phase::done : Phase::counted, length);
  }
  static Body chunked() { return Body(Phase::chunk_size, 0); }
  static Body until_end_of_stream() { return Body(Phase::until_end, 0); }

  // How a message with these fields is framed. No value: its fields contradict themselves, and
  // where the next message begins cannot be told.
  static std::optional<Body> of_request(const Fields& fields);
  // `request_method` is empty where no request is known. 1xx, 204, 304 and answers to HEAD have
  // no body whatever their fields say.
  static std::optional<Body> of_response(const ResponseHead& head, std::string_view request_method);

  // The first bytes of a body, without its framing.
  struct Start {
    static constexpr std::size_t kLongest = 256;
    std::string bytes;
  };

  // Consumes what belongs to the body from the front of `input`; it is kept where `start` has room
  // for it. False: the chunked framing is broken, and the rest of the stream cannot be told apart.
  bool consume(ByteView& input, Start* start = nullptr);

  bool is_done() const { return phase_ == Phase::done; }
  bool ends_with_stream() const { return phase_ == Phase::until_end; }

 private:
  enum class Phase : unsigned char {
    counted,          // left_ bytes of a body with a length
    chunk_size,       // hex digits
    chunk_extension,  // up to the end of the line
    chunk_data,       // left_ bytes
    chunk_end,        // the line end behind the data
    trailer_start,    // at the start of a trailer line
    trailer,          // inside a trailer line
    until_end,
    done,
  };

  Body(Phase phase, std::uint64_t left) : left_(left), phase_(phase) {}

  bool consume_framing(char c);

  std::uint64_t left_;
  Phase phase_;
  bool has_size_digit_ = false;
};

}  // namespace lastframe::http
