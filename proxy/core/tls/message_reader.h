// Puts the handshake messages of one direction together from the fragments of its records (RFC 8446
// section 5.1), in bounded memory.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "core/base/bytes.h"
#include "core/tls/wire.h"

namespace lastframe::tls {

struct HandshakeMessage {
  MessageType type = MessageType::client_hello;
  // Lives until the next call. Of a message that is too long, or that is not read: empty.
  ByteView body;
  bool is_whole = false;  // whether `body` is all of it
};

class MessageReader {
 public:
  // The next message that ends in `input`; what was consumed is cut off its front. None: all of it
  // is, and more is needed.
  std::optional<HandshakeMessage> next(ByteView& input);

  // Bytes were lost: where messages begin is not known any more. Nothing comes until restart().
  void lose() { is_lost_ = true; }
  void restart() { *this = {}; }

  // Memory for a message that has come in part.
  std::size_t held() const { return message_.capacity(); }

 private:
  std::vector<std::byte> message_;  // its header, and its body where that is read
  std::size_t rest_ = 0;            // of the body, still to come
  bool is_kept_ = false;            // its body is
  bool is_over_ = false;            // it was given out
  bool is_lost_ = false;
};

}  // namespace lastframe::tls
