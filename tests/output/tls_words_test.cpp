#include "output/tls_words.h"

#include <doctest/doctest.h>

#include <limits>
#include <set>
#include <string>
#include <string_view>

#include "support/sample_report.h"

namespace lastframe::output {
namespace {

using session::CertificateFault;
using session::TlsFault;

session::SessionReport failed(Endpoint peer, TlsFault fault) {
  session::SessionReport report = bare_report();
  report.tls_failure.emplace().peer = peer;
  report.tls_failure->facts.fault = fault;
  return report;
}

TEST_CASE("each fault has a sentence of its own that names the peer") {
  for (const Endpoint peer : kEndpoints) {
    std::set<std::string> sentences;
    for (unsigned i = 0; i <= static_cast<unsigned>(TlsFault::other); ++i) {
      session::SessionReport report = failed(peer, static_cast<TlsFault>(i));
      report.tls_failure->facts.received = session::TlsAlert{.number = 48, .is_fatal = true};
      const std::string words = tls_failure_words(report);
      CAPTURE(words);
      CHECK(words.contains(name(peer)));
      CHECK_FALSE(words.contains(name(other(peer))));
      CHECK(sentences.insert(words).second);
    }
  }
}

TEST_CASE("an alert is named, or has its number") {
  session::SessionReport report = failed(Endpoint::client, TlsFault::alert_received);
  CHECK(tls_failure_words(report) == "TLS with the client failed");
  report.tls_failure->facts.received = session::TlsAlert{.number = 48, .is_fatal = true};
  CHECK(tls_failure_words(report) == "the client sent the alert unknown_ca");
  report.tls_failure->facts.received->number = 200;
  CHECK(tls_failure_words(report) == "the client sent the alert 200");
  CHECK(sent_alert_words(report, Endpoint::client) == "");
  report.tls_failure->facts.sent = session::TlsAlert{.number = 70, .is_fatal = true};
  CHECK(sent_alert_words(report, Endpoint::client) ==
        "the proxy sent it the alert protocol_version");
  CHECK(sent_alert_words(report, Endpoint::server) == "");
  CHECK(sent_alert_words(bare_report(), Endpoint::client) == "");
}

TEST_CASE("a refused certificate is told with what is wrong with it") {
  struct Row {
    CertificateFault fault;
    std::string_view words;
  };
  for (const Row& row :
       {Row{CertificateFault::none, "the proxy refused the client's certificate"},
        Row{CertificateFault::other, "the proxy refused the client's certificate"},
        Row{CertificateFault::expired, "the proxy refused the client's certificate (expired)"},
        Row{CertificateFault::missing, "the client showed no certificate"}}) {
    session::SessionReport report = failed(Endpoint::client, TlsFault::certificate_refused);
    CHECK(tls_failure_words(report) == "the proxy refused the client's certificate");
    report.tls[index(Endpoint::client)].emplace().certificate_fault = row.fault;
    CHECK(tls_failure_words(report) == row.words);
  }
}

TEST_CASE("a certificate's dates are times of a calendar, and absurd ones are none") {
  CHECK(certificate_time(0) == "1970-01-01T00:00:00Z");
  CHECK(certificate_time(1'795'201'201) == "2026-11-20T19:00:01Z");
  CHECK(certificate_time(-1) == "1969-12-31T23:59:59Z");
  CHECK(certificate_time(951'782'400) == "2000-02-29T00:00:00Z");
  CHECK(certificate_time(253'402'300'799) == "9999-12-31T23:59:59Z");
  CHECK_FALSE(certificate_time(253'402'300'800));
  CHECK(certificate_time(-62'135'596'800) == "0001-01-01T00:00:00Z");
  CHECK_FALSE(certificate_time(-62'135'596'801));
  CHECK_FALSE(certificate_time(std::numeric_limits<std::int64_t>::max()));
  CHECK_FALSE(certificate_time(std::numeric_limits<std::int64_t>::min()));
}

}  // namespace
}  // namespace lastframe::output
