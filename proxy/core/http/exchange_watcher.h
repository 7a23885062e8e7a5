// Follows the HTTP/1.x exchanges of one connection in both directions until it becomes a WebSocket
// (a 101 to a request that asked for it, on any request of a kept-alive connection) or something
// that this watcher does not read.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/http/body.h"
#include "core/http/head.h"
#include "core/http/head_reader.h"

namespace lastframe::http {

// What a request asks for beyond an ordinary answer.
enum class Asks : unsigned char { nothing, websocket, other_protocol, tunnel };

// Where a head stands. `text`: from its start line to its empty line, as it came. `offset`: of its
// first byte, of all bytes of its direction.
struct HeadPlace {
  std::string_view text;
  std::uint64_t offset = 0;
};

// Heads are valid until the next call of next(), and only as long as its input is.
struct RequestSeen {
  const RequestHead& head;
  Asks asks;
  HeadPlace place;
};

// An answer to an outstanding request, final or interim. `asks` is that request's.
struct ResponseSeen {
  const ResponseHead& head;
  Asks asks;
};

// The server's 101 to a request for a WebSocket: what follows in both directions is frames. The
// rest of the server's input stays in `input`, the client's early bytes are in held_client_bytes().
struct SwitchedToWebSocket {
  const ResponseHead& head;
  HeadPlace place;
};

// The final answer left the connection in HTTP: bytes that the client had sent behind its request
// are HTTP after all. The caller feeds held_client_bytes() to next() again.
struct HeldBytesAreHttp {};

// The connection is no HTTP/1.x that can be followed. Nothing more comes from this watcher.
enum class LostTrack : unsigned char {
  not_http,        // these bytes begin no HTTP message, or a head was over the limit
  bad_head,        // a whole head came of a response, and its first line is none
  bad_framing,     // where a message ends cannot be told
  other_protocol,  // a 101 to something else, or a tunnel
  over_limit,      // more outstanding requests or early bytes than are watched
};

using WatchEvent =
    std::variant<RequestSeen, ResponseSeen, SwitchedToWebSocket, HeldBytesAreHttp, LostTrack>;

class ExchangeWatcher {
 public:
  // `head_limit`: bytes a head may have; as many early client bytes are held.
  explicit ExchangeWatcher(std::size_t head_limit);

  // The next event in this direction; what was consumed is cut off the front of `input`. No value:
  // all of `input` is consumed (or held) and more is needed.
  std::optional<WatchEvent> next(Direction direction, ByteView& input);

  // The same for a head that comes by itself, as text, of a stream that asks for a WebSocket by its
  // own means (RFC 8441): a 2xx grants it. What next() is given behind it is what the stream
  // carries.
  std::optional<WatchEvent> next_head(Direction direction, std::string_view text);

  // Client bytes behind a request that asked to switch, while its answer is not known.
  std::string take_held_client_bytes();

  // What came of a response that cannot be one, before the input in hand (after LostTrack).
  std::string_view unread_response() const { return response_reader_.kept(); }

  // The first bytes of the body, as far as it has come, of the last answer that did not grant a
  // WebSocket to a request for one.
  std::string_view refusal_body() const { return refusal_body_.bytes; }

  // How many bytes of this direction were read. What is held is not.
  std::uint64_t position(Direction direction) const { return positions_[index(direction)]; }

  // Whether the server is within an answer, or the client within a request.
  bool is_mid_message() const;

  static constexpr std::size_t kMostOutstanding = 64;

 private:
  struct Outstanding {
    std::string method;
    Asks asks;
  };

  std::optional<WatchEvent> next_event(Direction direction, ByteView& input);
  std::optional<WatchEvent> next_from_client(ByteView& input);
  std::optional<WatchEvent> next_from_server(ByteView& input);
  WatchEvent take_request(std::string_view text);
  WatchEvent take_response(std::string_view text);
  WatchEvent lose_track(LostTrack why);

  HeadReader request_reader_;
  HeadReader response_reader_;
  std::optional<RequestHead> request_head_;
  std::optional<ResponseHead> response_head_;
  Body request_body_ = Body::none();
  Body response_body_ = Body::none();
  std::vector<Outstanding> outstanding_;  // oldest first
  std::string held_;
  Body::Start refusal_body_;
  std::array<std::uint64_t, 2> positions_{};  // by Direction
  std::size_t head_limit_;
  bool is_holding_ = false;      // a request that asks to switch is not answered yet
  bool is_release_due_ = false;  // it was answered without a switch
  bool is_refusal_ = false;      // the answer in hand, or the last one
  std::optional<LostTrack> lost_;
};

}  // namespace lastframe::http
