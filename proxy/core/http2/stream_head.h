// The head of a stream of HTTP/2, from its fields to the text that HTTP/1.x would write for it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lastframe::http2 {

class StreamHead {
 public:
  static constexpr std::size_t kLongest = 64 * 1024;  // of all names and values

  void add(std::string_view name, std::string_view value);

  // RFC 8441 section 4: "CONNECT" with the `:protocol` "websocket".
  bool asks_for_websocket() const;
  // Whether another answer follows (RFC 9110 section 15.2).
  bool is_interim() const { return status_.starts_with('1'); }
  bool is_too_long() const { return size_ > kLongest; }

  // "CONNECT /chat HTTP/2.0", "host: ..." from `:authority`, the fields in their order, one
  // "cookie" of all its crumbs (RFC 9113 section 8.2.3), the empty line. What would end a line
  // within a name or a value is a space.
  std::string request_text() const;
  // "HTTP/2.0 200", its fields.
  std::string response_text() const;

 private:
  std::string method_;
  std::string protocol_;
  std::string authority_;
  std::string path_;
  std::string status_;
  std::string host_;  // a field besides `:authority`, where it says something else
  std::string cookies_;
  std::string lines_;
  std::size_t size_ = 0;
};

}  // namespace lastframe::http2
