// TLS on the two legs of a listener.
#pragma once

#include <filesystem>
#include <optional>

#include "settings/value.h"
#include "ssl/options.h"

namespace lastframe::settings {

// Of the client's leg; nothing for `off`, and where no certificate and no authority could be read.
// Paths begin at `folder`; the files are not looked at.
std::optional<ssl::ServerOptions> read_tls(const Value& value, const std::filesystem::path& folder);

// Of the server's leg.
struct UpstreamTls {
  ssl::ClientOptions options;
  std::optional<Value> unverified;  // where verification is turned off
  bool allows_public = false;       // and that was asked for towards public addresses as well
};

UpstreamTls read_upstream_tls(const Value& value, const std::filesystem::path& folder);

}  // namespace lastframe::settings
