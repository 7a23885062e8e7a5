#include "core/tls/names.h"

#include <doctest/doctest.h>

#include <set>

namespace lastframe::tls {
namespace {

TEST_CASE("alerts have the names of their RFCs") {
  struct Row {
    std::uint8_t number;
    std::string_view name;
  };
  // RFC 8446 section 6, from its "enum { ... } AlertDescription".
  const auto rows = std::to_array<Row>({
      {0, "close_notify"},
      {10, "unexpected_message"},
      {20, "bad_record_mac"},
      {22, "record_overflow"},
      {40, "handshake_failure"},
      {42, "bad_certificate"},
      {43, "unsupported_certificate"},
      {44, "certificate_revoked"},
      {45, "certificate_expired"},
      {46, "certificate_unknown"},
      {47, "illegal_parameter"},
      {48, "unknown_ca"},
      {49, "access_denied"},
      {50, "decode_error"},
      {51, "decrypt_error"},
      {70, "protocol_version"},
      {71, "insufficient_security"},
      {80, "internal_error"},
      {86, "inappropriate_fallback"},
      {90, "user_canceled"},
      {109, "missing_extension"},
      {110, "unsupported_extension"},
      {112, "unrecognized_name"},
      {113, "bad_certificate_status_response"},
      {115, "unknown_psk_identity"},
      {116, "certificate_required"},
      {120, "no_application_protocol"},
      // Older ones: RFC 5246 section 7.2, RFC 6066 section 9.
      {21, "decryption_failed"},
      {30, "decompression_failure"},
      {41, "no_certificate"},
      {60, "export_restriction"},
      {100, "no_renegotiation"},
      {111, "certificate_unobtainable"},
      {114, "bad_certificate_hash_value"},
  });
  for (const Row& row : rows) {
    CHECK(alert_name(row.number) == row.name);
    CHECK(alert_text(row.number) == row.name);
  }
  CHECK(alert_name(1).empty());
  CHECK(alert_text(255) == "alert 255");
}

TEST_CASE("versions are said as people say them") {
  CHECK(version_name(0x0300) == "SSL 3.0");
  CHECK(version_name(0x0301) == "TLS 1.0");
  CHECK(version_name(0x0302) == "TLS 1.1");
  CHECK(version_name(0x0303) == "TLS 1.2");
  CHECK(version_name(0x0304) == "TLS 1.3");
  CHECK(version_name(0x7F1C) == "0x7f1c");
  CHECK(version_name(0) == "0x0000");
}

TEST_CASE("an alert has its number by its name") {
  // RFC 8446 section 6
  static_assert(alert_number("close_notify") == 0);
  static_assert(alert_number("handshake_failure") == 40);
  static_assert(alert_number("unknown_ca") == 48);
  static_assert(alert_number("no_application_protocol") == 120);
}

TEST_CASE("ciphers have the names of IANA's registry") {
  struct Row {
    std::uint16_t number;
    std::string_view name;
  };
  const auto rows = std::to_array<Row>({
      // RFC 8446 appendix B.4
      {0x1301, "TLS_AES_128_GCM_SHA256"},
      {0x1302, "TLS_AES_256_GCM_SHA384"},
      {0x1303, "TLS_CHACHA20_POLY1305_SHA256"},
      {0x1304, "TLS_AES_128_CCM_SHA256"},
      {0x1305, "TLS_AES_128_CCM_8_SHA256"},
      // RFC 5289
      {0xC02B, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"},
      {0xC02C, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"},
      {0xC02F, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"},
      {0xC030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"},
      {0xC027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"},
      // RFC 8422
      {0xC013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"},
      {0xC00A, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"},
      // RFC 7905
      {0xCCA8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
      {0xCCA9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"},
      {0xCCAA, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
      // RFC 5246 appendix A.5, RFC 5288
      {0x000A, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"},
      {0x0005, "TLS_RSA_WITH_RC4_128_SHA"},
      {0x002F, "TLS_RSA_WITH_AES_128_CBC_SHA"},
      {0x0039, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"},
      {0x009C, "TLS_RSA_WITH_AES_128_GCM_SHA256"},
      {0x009F, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"},
      // RFC 5746, RFC 7507
      {0x00FF, "TLS_EMPTY_RENEGOTIATION_INFO_SCSV"},
      {0x5600, "TLS_FALLBACK_SCSV"},
      {0xC0B3, "0xc0b3"},
      {0x1306, "0x1306"},
  });
  for (const Row& row : rows) CHECK(cipher_name(row.number) == row.name);
}

TEST_CASE("no two numbers share a name") {
  std::set<std::string_view> names;
  for (const Named& row : kCiphers) CHECK(names.insert(row.name).second);
  for (const Named& row : kAlerts) CHECK(names.insert(row.name).second);
}

}  // namespace
}  // namespace lastframe::tls
