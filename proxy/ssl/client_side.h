// The server's leg: what we trust there, and what we show.
#pragma once

#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "ssl/handles.h"
#include "ssl/key_log.h"
#include "ssl/options.h"

namespace lastframe::ssl {

// As ServerSide.
class ClientSide {
 public:
  static std::expected<std::shared_ptr<const ClientSide>, std::vector<Error>> load(
      const ClientOptions& options, std::shared_ptr<KeyLog> key_log);
  virtual ~ClientSide() = default;

  virtual bool is_verified() const = 0;
  // What an operator may want to know although it is no mistake: sentences.
  virtual const std::vector<std::string>& notes() const = 0;

  struct Request {
    std::string_view server_name;    // to send; empty or an address: none is sent
    std::string_view expected_name;  // the certificate must be good for it: a name or an address
    std::span<const std::string> protocols;  // to offer (ALPN), in this order; empty: none
  };
  // In the state of a client that has sent nothing. Without verification faults are recorded
  // (SSL_get_verify_result) and the handshake goes on. The error is a sentence.
  virtual std::expected<SslPointer, std::string> begin(const Request& request) const = 0;
};

}  // namespace lastframe::ssl
