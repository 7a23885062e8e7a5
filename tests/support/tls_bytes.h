// TLS written by hand: records, messages and hellos as RFC 8446 draws them, legal or not.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/hex.h"

namespace lastframe::test {

// Big-endian, `size` bytes.
inline std::string tls_number(std::size_t value, std::size_t size) {
  std::string bytes;
  for (std::size_t i = size; i > 0; --i) bytes += static_cast<char>(value >> (8 * (i - 1)) & 0xFF);
  return bytes;
}

// The length in `length_size` bytes, and what it counts.
inline std::string tls_vector(std::string_view bytes, std::size_t length_size) {
  return tls_number(bytes.size(), length_size).append(bytes);
}

inline std::string tls_record(unsigned type, std::string_view fragment, unsigned minor = 3) {
  return tls_number(type, 1) + '\x03' + tls_number(minor, 1) + tls_vector(fragment, 2);
}

inline std::string tls_message(unsigned type, std::string_view body) {
  return tls_number(type, 1) + tls_vector(body, 3);
}

inline std::string tls_extension(unsigned type, std::string_view bytes) {
  return tls_number(type, 2) + tls_vector(bytes, 2);
}

// server_name of these names, each with its type (0: host_name).
inline std::string tls_names(const std::vector<std::pair<unsigned, std::string>>& names) {
  std::string list;
  for (const auto& [type, name] : names) list += tls_number(type, 1) + tls_vector(name, 2);
  return tls_extension(0, tls_vector(list, 2));
}

inline std::string tls_name(std::string_view name) { return tls_names({{0, std::string(name)}}); }

// application_layer_protocol_negotiation.
inline std::string tls_alpn(const std::vector<std::string>& protocols) {
  std::string list;
  for (const std::string& protocol : protocols) list += tls_vector(protocol, 1);
  return tls_extension(16, tls_vector(list, 2));
}

// supported_versions of a client: "0304 0303".
inline std::string tls_versions(std::string_view versions) {
  return tls_extension(43, tls_vector(hex(versions), 1));
}

struct HelloParts {
  std::string version = "0303";
  std::string session_id{};
  std::string ciphers = "1301 c02f";
  std::string compression = "00";
  std::string extensions{};
  bool has_extensions = true;
  std::string behind{};
};

// The body of a ClientHello. Its random bytes are all 0x52.
inline std::string tls_hello_body(const HelloParts& parts) {
  std::string body = hex(parts.version) + std::string(32, 'R') + tls_vector(parts.session_id, 1);
  body += tls_vector(hex(parts.ciphers), 2) + tls_vector(hex(parts.compression), 1);
  if (parts.has_extensions) body += tls_vector(parts.extensions, 2);
  return body + parts.behind;
}

// The same in one record.
inline std::string tls_hello(const HelloParts& parts) {
  return tls_record(22, tls_message(1, tls_hello_body(parts)), 1);
}

inline std::string tls_hello_with(const std::string& extensions) {
  return tls_hello({.extensions = extensions});
}

// A message in records of at most `size` bytes each.
inline std::string tls_records(std::string_view message, std::size_t size) {
  std::string records;
  for (std::size_t at = 0; at < message.size(); at += size) {
    records += tls_record(22, message.substr(at, size), 1);
  }
  return records;
}

}  // namespace lastframe::test
