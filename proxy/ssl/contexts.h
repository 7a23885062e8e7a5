// What both legs' TLS has in common: versions, ciphers, and how OpenSSL is to behave.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/origin.h"
#include "ssl/handles.h"
#include "ssl/key_log.h"
#include "ssl/options.h"

namespace lastframe::ssl {

enum class Leg : unsigned char { client, server };  // towards whom: with a client we are the server

struct ContextOptions {
  LowestVersion lowest;
  const std::string& ciphers;  // OpenSSL's list for TLS 1.2; empty: our own
  const Origin& origin;
};

// Every handshake is a full one, and nothing is renegotiated: each can be diagnosed, and none costs
// more than another. Notes are taken (handshake_notes.h). `key_log` may be null; it is shared by
// the contexts of all legs.
std::expected<ContextPointer, Error> make_context(Leg leg, const ContextOptions& options,
                                                  std::shared_ptr<KeyLog> key_log);

// Trusts the certificates in a file, roots or not. It is a mistake if none of them is valid today;
// those that are not, beside others that are, come back as sentences.
std::expected<std::vector<std::string>, Error> trust_file(SSL_CTX* context, const std::string& path,
                                                          const Origin& origin);

// Trusts what the system trusts.
void trust_system(SSL_CTX* context);

}  // namespace lastframe::ssl
