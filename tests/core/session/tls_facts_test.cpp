#include "core/session/tls_facts.h"

#include <doctest/doctest.h>

#include <array>
#include <string_view>

namespace lastframe::session {
namespace {

// Words of the record: they are never renamed.
TEST_CASE("each word of TLS facts is spelled as the log format says") {
  constexpr auto kHandlings = std::to_array<std::string_view>(
      {"terminated", "intercepted", "originated", "passed_through"});
  constexpr auto kCertificateFaults = std::to_array<std::string_view>(
      {"none", "expired", "not_yet_valid", "self_signed", "untrusted_root", "unknown_issuer",
       "name_mismatch", "wrong_purpose", "weak", "revoked", "missing", "other"});
  constexpr auto kFaults = std::to_array<std::string_view>(
      {"certificate_refused", "alert_received", "version_unsupported", "no_shared_cipher",
       "no_shared_protocol", "plain_http", "not_tls", "ended", "reset", "timed_out", "malformed",
       "no_certificate", "other"});
  REQUIRE(kHandlings.size() == static_cast<std::size_t>(TlsHandling::passed_through) + 1);
  REQUIRE(kCertificateFaults.size() == static_cast<std::size_t>(CertificateFault::other) + 1);
  REQUIRE(kFaults.size() == static_cast<std::size_t>(TlsFault::other) + 1);
  for (std::size_t i = 0; i < kHandlings.size(); ++i) {
    CHECK(name(static_cast<TlsHandling>(i)) == kHandlings.at(i));
  }
  for (std::size_t i = 0; i < kCertificateFaults.size(); ++i) {
    CHECK(name(static_cast<CertificateFault>(i)) == kCertificateFaults.at(i));
  }
  for (std::size_t i = 0; i < kFaults.size(); ++i) {
    CHECK(name(static_cast<TlsFault>(i)) == kFaults.at(i));
  }
}

}  // namespace
}  // namespace lastframe::session
