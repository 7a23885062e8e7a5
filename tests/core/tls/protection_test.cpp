#include "core/tls/protection.h"

#include <doctest/doctest.h>

#include <string>

#include "core/tls/names.h"

namespace lastframe::tls {
namespace {

TEST_CASE("a suite's protection is what the RFCs say") {
  struct Row {
    std::uint16_t cipher;  // of IANA's registry
    Protection expected;
  };
  // RFC 8446 appendix B.4; RFC 5288, 5246, 5289, 6655, 7251, 7905.
  const Row rows[] = {
      {0x1301, {Sealing::gcm, 16, 16, Hash::sha256, Hash::sha256, true}},
      {0x1302, {Sealing::gcm, 32, 16, Hash::sha384, Hash::sha256, true}},
      {0x1303, {Sealing::chacha20_poly1305, 32, 16, Hash::sha256, Hash::sha256, true}},
      {0x1304, {Sealing::ccm, 16, 16, Hash::sha256, Hash::sha256, true}},
      {0x1305, {Sealing::ccm, 16, 8, Hash::sha256, Hash::sha256, true}},
      {0x009C, {Sealing::gcm, 16, 16, Hash::sha256, Hash::sha256, false}},
      {0xC030, {Sealing::gcm, 32, 16, Hash::sha384, Hash::sha256, false}},
      {0xCCA8, {Sealing::chacha20_poly1305, 32, 16, Hash::sha256, Hash::sha256, false}},
      {0xC0AC, {Sealing::ccm, 16, 16, Hash::sha256, Hash::sha256, false}},
      {0xC0AF, {Sealing::ccm, 32, 8, Hash::sha256, Hash::sha256, false}},
      {0x002F, {Sealing::cbc, 16, 20, Hash::sha256, Hash::sha1, false}},
      {0xC014, {Sealing::cbc, 32, 20, Hash::sha256, Hash::sha1, false}},
      {0xC027, {Sealing::cbc, 16, 32, Hash::sha256, Hash::sha256, false}},
      {0x003D, {Sealing::cbc, 32, 32, Hash::sha256, Hash::sha256, false}},
      {0xC024, {Sealing::cbc, 32, 48, Hash::sha384, Hash::sha384, false}},
  };
  for (const Row& row : rows) {
    CAPTURE(cipher_name(row.cipher));
    CHECK(protection_of(row.cipher) == row.expected);
  }
}

TEST_CASE(
    "of all numbers those have a protection that have a name, but for RC4, 3DES and signals") {
  for (std::uint32_t cipher = 0; cipher <= 0xFFFF; ++cipher) {
    const std::string name = cipher_name(static_cast<std::uint16_t>(cipher));
    const bool is_none = name.starts_with("0x") || name.find("RC4") != std::string::npos ||
                         name.find("3DES") != std::string::npos || name.ends_with("SCSV");
    CAPTURE(name);
    REQUIRE(protection_of(static_cast<std::uint16_t>(cipher)).has_value() == !is_none);
  }
}

}  // namespace
}  // namespace lastframe::tls
