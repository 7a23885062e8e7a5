// How TLS is spoken on each leg: plain values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/origin.h"

namespace lastframe::ssl {

// PEM files. The certificate's file holds its intermediate certificates behind it.
struct KeyPairFiles {
  std::string certificate;
  std::string key;
  Origin origin{};

  bool operator==(const KeyPairFiles&) const = default;
};

enum class ClientAuth : unsigned char { off, request, require };

// Which protocol is agreed on with the client (RFC 7301): what the upstream chose, so that other
// protocols keep working on the same port; or HTTP/1.1 only, so that everything can be looked into.
enum class AlpnPolicy : unsigned char { mirror, http1 };

enum class LowestVersion : unsigned char { tls1_2, tls1_3 };

// Of the client's leg.
struct ServerOptions {
  std::vector<KeyPairFiles> certificates{};  // the first is shown where no name fits
  std::optional<KeyPairFiles> authority{};   // certificates are minted under it: interception
  ClientAuth client_auth = ClientAuth::off;
  std::string client_ca{};  // file: whose certificates clients may show
  AlpnPolicy alpn = AlpnPolicy::mirror;
  LowestVersion lowest = LowestVersion::tls1_2;
  std::string ciphers{};  // OpenSSL's list for TLS 1.2; empty: our own
  // Server names, "chat.example" or "*.example" (any names under it): whose TLS passes through
  // untouched; and, if not empty, the only ones that do not.
  std::vector<std::string> pass_through{};
  std::vector<std::string> only{};
  Origin origin{};

  bool operator==(const ServerOptions&) const = default;
};

// Of the server's leg.
struct ClientOptions {
  bool is_verified = true;
  std::string ca{};  // file; empty: the system's
  std::optional<KeyPairFiles> certificate{};
  std::optional<std::string> server_name{};  // instead of the upstream's own
  LowestVersion lowest = LowestVersion::tls1_2;
  std::string ciphers{};
  Origin origin{};

  bool operator==(const ClientOptions&) const = default;
};

}  // namespace lastframe::ssl
