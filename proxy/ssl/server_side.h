// The client's leg: certificates of the operator, or minted ones, ready for handshakes.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "ssl/handles.h"
#include "ssl/key_log.h"
#include "ssl/options.h"

namespace lastframe::ssl {

// Never changes once made, may be used from all threads, and is shared by a listener's settings and
// the connections that began with them: a reload makes a new one.
class ServerSide {
 public:
  // Reads and checks every file; each mistake has its own message, `where` is the origin of what
  // named the file.
  static std::expected<std::shared_ptr<const ServerSide>, std::vector<Error>> load(
      const ServerOptions& options, std::shared_ptr<KeyLog> key_log);
  virtual ~ServerSide() = default;

  // What an operator may want to know although it is no mistake: sentences.
  virtual const std::vector<std::string>& notes() const = 0;

  // Whether the TLS of a client that asks for this name is ours to terminate.
  virtual bool terminates(std::string_view server_name) const = 0;
  virtual bool is_intercepting() const = 0;

  struct Request {
    std::string_view server_name;    // of the client's hello; may be empty
    std::string_view fallback_name;  // to mint for where that is empty: a name or an address
    // What to answer to a client that offers it (and nothing else); empty: ALPN is not answered.
    std::string_view protocol;
  };
  // In the state of a server that has read nothing. The error is a sentence.
  virtual std::expected<SslPointer, std::string> begin(const Request& request) const = 0;
};

}  // namespace lastframe::ssl
