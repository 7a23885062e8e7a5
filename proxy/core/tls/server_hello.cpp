#include "core/tls/server_hello.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/tls/fields.h"
#include "core/tls/wire.h"

namespace lastframe::tls {
namespace {

using std::string_view_literals::operator""sv;

// RFC 8446 section 4.1.3: the SHA-256 of "HelloRetryRequest", in place of random bytes.
constexpr auto kRetryRandom =
    "\xCF\x21\xAD\x74\xE5\x9A\x61\x11\xBE\x1D\x8C\x02\x1E\x65\xB8\x91"
    "\xC2\xA2\x11\x16\x7A\xBB\x8C\x5E\x07\x9E\x09\xE2\xC8\xA8\x33\x9C"sv;

// Of both extensions a server sends one value. False where there is another number of them.
bool read_extensions(Fields list, ServerHello& hello) {
  while (!list.is_at_end()) {
    const auto type = static_cast<ExtensionType>(list.number16());
    Fields extension = list.vector(2);
    if (list.is_broken()) return false;
    if (type == ExtensionType::supported_versions) {
      hello.version = extension.number16();
      if (!extension.is_read_whole()) return false;
    } else if (type == ExtensionType::application_layer_protocol_negotiation) {
      Fields protocols = extension.vector(2);
      hello.alpn = as_text(protocols.vector(1).rest());
      if (hello.alpn.empty() || !protocols.is_read_whole() || !extension.is_read_whole()) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace

std::optional<ServerHello> read_server_hello(ByteView body) {
  Fields fields(body);
  ServerHello hello;
  hello.version = fields.number16();
  hello.is_retry = as_text(fields.bytes(kRetryRandom.size())) == kRetryRandom;
  fields.vector(1);  // the session identifier
  hello.cipher = fields.number16();
  fields.number(1);  // the compression method
  if (fields.is_broken()) return std::nullopt;
  if (!fields.is_at_end() && !read_extensions(fields.vector(2), hello)) return std::nullopt;
  if (!fields.is_read_whole()) return std::nullopt;
  return hello;
}

std::string protocol_in_encrypted_extensions(ByteView body) {
  Fields fields(body);
  ServerHello chosen;
  if (!read_extensions(fields.vector(2), chosen) || !fields.is_read_whole()) return "";
  return std::move(chosen.alpn);
}

std::optional<std::size_t> certificate_count(ByteView body) {
  Fields fields(body);
  Fields list = fields.vector(3);
  if (!fields.is_read_whole()) return std::nullopt;
  std::size_t count = 0;
  while (!list.is_at_end()) {
    const bool is_empty = list.vector(3).is_at_end();
    if (list.is_broken() || is_empty) return std::nullopt;
    ++count;
  }
  return count;
}

}  // namespace lastframe::tls
