// The opening handshake as HTTP/1.1 has it, from what a HAR says of it.
#pragma once

#include <string>
#include <vector>

#include "capture/har_entry.h"

namespace lastframe::capture {

struct HarHeads {
  std::string request;
  // Of a 101, or of a refusal and then with its body; empty where the file shows no answer.
  std::string response;
  std::string
      server;  // "203.0.113.9:443", or the URL's host and port; empty where neither is known
  bool is_open = false;
  // It went by HTTP/2 or HTTP/3 (RFC 8441), and stands here as it would in HTTP/1.1.
  bool is_translated = false;
  // Fields that the file leaves out and a WebSocket cannot be opened without, with whose they are:
  // "Sec-WebSocket-Key of the request".
  std::vector<std::string> filled_in{};
};

// Of an entry that is a WebSocket's. Extensions are left out, for a HAR has messages as they were
// before they were compressed.
HarHeads har_heads(const HarEntry& entry);

}  // namespace lastframe::capture
