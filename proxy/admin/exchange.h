// One request of a client and the answer to it, on libwebsockets' HTTP role.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "admin/message.h"

struct lws;

namespace lastframe::admin {

// The request whose head libwebsockets has just read.
Request read_request(lws* wsi, std::string local_host);

// What becomes of the connection behind an answer.
enum class Then : unsigned char { keep, close };

// A body that nobody reads would be taken for the next request.
Then then_of(const Request& request);

// What an answer has come to.
enum class Progress : unsigned char { unfinished, done, failed };

// An answer on its way: the head, then the body in parts, one for each time that the socket takes
// bytes.
class Answering {
 public:
  Answering(Response response, Method method, Then then)
      : response_(std::move(response)), method_(method), then_(then) {}

  // The next part. `unfinished`: call again when libwebsockets says that the socket is writable.
  Progress write(lws* wsi);

  // Whether the connection ends behind the answer.
  bool is_last() const { return then_ == Then::close; }

 private:
  bool write_head(lws* wsi);

  Response response_;
  Method method_;
  Then then_;
  bool is_head_written_ = false;
  std::size_t written_ = 0;  // of the body
};

}  // namespace lastframe::admin
