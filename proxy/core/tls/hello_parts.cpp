#include "core/tls/hello_parts.h"

#include "core/tls/fields.h"
#include "core/tls/wire.h"

namespace lastframe::tls {
namespace {

// Version, random, session identifier: both hellos begin with them.
HelloParts read_front(Fields& fields) {
  HelloParts parts;
  fields.number16();
  parts.random = fields.bytes(kRandom);
  parts.session_id = fields.vector(1).rest();
  return parts;
}

bool read_extensions(Fields& fields, HelloParts& parts) {
  if (fields.is_broken()) return false;
  if (fields.is_at_end()) return true;
  Fields list = fields.vector(2);
  while (!list.is_at_end()) {
    const auto type = static_cast<ExtensionType>(list.number16());
    const ByteView content = list.vector(2).rest();
    if (list.is_broken()) return false;
    if (type == ExtensionType::session_ticket) parts.ticket = content;
    if (type == ExtensionType::encrypt_then_mac) parts.has_encrypt_then_mac = true;
  }
  return fields.is_read_whole();
}

}  // namespace

std::optional<HelloParts> client_hello_parts(ByteView body) {
  Fields fields(body);
  HelloParts parts = read_front(fields);
  fields.vector(2);  // ciphers
  fields.vector(1);  // compression methods
  if (!read_extensions(fields, parts)) return std::nullopt;
  return parts;
}

std::optional<HelloParts> server_hello_parts(ByteView body) {
  Fields fields(body);
  HelloParts parts = read_front(fields);
  fields.number16();  // the cipher
  fields.number(1);   // the compression method
  if (!read_extensions(fields, parts)) return std::nullopt;
  return parts;
}

ByteView new_ticket(ByteView body) {
  Fields fields(body);
  fields.number(4);  // its lifetime
  const ByteView ticket = fields.vector(2).rest();
  return fields.is_read_whole() ? ticket : ByteView();
}

}  // namespace lastframe::tls
