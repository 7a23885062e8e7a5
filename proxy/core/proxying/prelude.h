// What stands before a connection's own bytes, as whoever only looks on reads it: both sides are
// heard, and nobody is answered. A PROXY header, or what a client and its forward or SOCKS5 proxy
// agree on.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/proxying/negotiation.h"
#include "core/proxying/proxy_header.h"

namespace lastframe::proxying {

// Fed as bytes come, in the order in which they passed. Bounded: a head over kLongestRequest is
// none, and what is kept of either side is counted in memory().
class Prelude {
 public:
  enum class State : unsigned char {
    needs_more,
    is_none,  // the bytes were no such thing after all
    over,     // what comes behind own_bytes() is the connection's own
    refused,  // by the proxy. Nothing of what came so far is the connection's own; what follows may
              // be another try
  };

  virtual ~Prelude() = default;

  // Not called again once it is none, or over. `bytes` are not empty.
  virtual State take(Direction direction, ByteView bytes) = 0;

  // When it is over: how many bytes of each direction belong to it, since the last refusal.
  const std::array<std::uint64_t, 2>& own_bytes() const { return own_bytes_; }

  // What became known of the connection. Empty: nothing.
  const std::string& client() const { return client_; }            // "203.0.113.9:50122"
  const std::string& destination() const { return destination_; }  // "chat.example:443"
  // Why the destination was not reached, as ConnectFailed has it.
  const std::string& error() const { return error_; }

  // Bytes that it keeps.
  virtual std::size_t memory() const = 0;

 protected:
  void own(Direction direction, std::uint64_t count) { own_bytes_[index(direction)] += count; }
  State refuse(std::string error) {
    error_ = std::move(error);
    own_bytes_ = {};
    return State::refused;
  }

  std::string client_;
  std::string destination_;
  std::string error_;

 private:
  std::array<std::uint64_t, 2> own_bytes_{};
};

// What a client's stream may begin with, by its first byte; null: nothing of it. A PROXY header is
// looked for only where `may_be_header`.
std::unique_ptr<Prelude> prelude(std::byte first, bool may_be_header);

std::unique_ptr<Prelude> header_prelude();
std::unique_ptr<Prelude> connect_prelude();
std::unique_ptr<Prelude> socks5_prelude();

// What a refusal is to a connection that should have come about: the name of an errno, or a
// sentence with `answer` ("the proxy answered with 502") where there is none.
std::string connect_error(Refusal refusal, std::string_view answer);

}  // namespace lastframe::proxying
