#include "core/tls/protection.h"

#include <array>
#include <string>

#include "core/tls/names.h"

namespace lastframe::tls {
namespace {

struct Row {
  std::string_view ending;  // of the suite's name
  Protection protection;
};

constexpr std::uint8_t kTag = 16;
constexpr std::uint8_t kShortTag = 8;  // RFC 6655 section 4

// TLS 1.2 derives keys with SHA-256 unless the suite says SHA-384 (RFC 5246 section 5).
constexpr auto kRows = std::to_array<Row>({
    {"AES_128_GCM_SHA256", {Sealing::gcm, 16, kTag, Hash::sha256}},
    {"AES_256_GCM_SHA384", {Sealing::gcm, 32, kTag, Hash::sha384}},
    {"CHACHA20_POLY1305_SHA256", {Sealing::chacha20_poly1305, 32, kTag, Hash::sha256}},
    {"AES_128_CCM_SHA256", {Sealing::ccm, 16, kTag, Hash::sha256}},
    {"AES_128_CCM_8_SHA256", {Sealing::ccm, 16, kShortTag, Hash::sha256}},
    {"AES_128_CCM", {Sealing::ccm, 16, kTag, Hash::sha256}},
    {"AES_256_CCM", {Sealing::ccm, 32, kTag, Hash::sha256}},
    {"AES_128_CCM_8", {Sealing::ccm, 16, kShortTag, Hash::sha256}},
    {"AES_256_CCM_8", {Sealing::ccm, 32, kShortTag, Hash::sha256}},
    {"AES_128_CBC_SHA", {Sealing::cbc, 16, 20, Hash::sha256, Hash::sha1}},
    {"AES_256_CBC_SHA", {Sealing::cbc, 32, 20, Hash::sha256, Hash::sha1}},
    {"AES_128_CBC_SHA256", {Sealing::cbc, 16, 32, Hash::sha256, Hash::sha256}},
    {"AES_256_CBC_SHA256", {Sealing::cbc, 32, 32, Hash::sha256, Hash::sha256}},
    {"AES_256_CBC_SHA384", {Sealing::cbc, 32, 48, Hash::sha384, Hash::sha384}},
});

// A suite of TLS 1.3 is named by its protection alone.
constexpr std::string_view kOfTls13 = "TLS_AES_";
constexpr std::string_view kChachaOfTls13 = "TLS_CHACHA20_";
constexpr std::string_view kWith = "_WITH_";

}  // namespace

std::optional<Protection> protection_of(std::uint16_t cipher) {
  const std::string name = cipher_name(cipher);
  std::string_view ending = name;
  const bool is_of_tls13 = ending.starts_with(kOfTls13) || ending.starts_with(kChachaOfTls13);
  const std::size_t with = ending.find(kWith);
  if (is_of_tls13) {
    ending.remove_prefix(4);
  } else if (with != std::string_view::npos) {
    ending.remove_prefix(with + kWith.size());
  }
  for (const Row& row : kRows) {
    if (row.ending != ending) continue;
    Protection found = row.protection;
    found.is_of_tls13 = is_of_tls13;
    return found;
  }
  return std::nullopt;
}

}  // namespace lastframe::tls
