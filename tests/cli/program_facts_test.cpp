#include "cli/program_facts.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "cli/version.h"
#include "support/certificates.h"
#include "support/relay_harness.h"

namespace lastframe::cli {
namespace {

double unix_now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

struct Running {
  explicit Running(const net::RelayOptions& options)
      : relay(options),
        log(*output::LogFile::open("/dev/null"), {}),
        facts(*relay, log, nullptr, nullptr, nullptr, options) {}

  struct OwnedRelay {
    explicit OwnedRelay(const net::RelayOptions& options) : under_test(options) {}
    net::Relay& operator*() { return *under_test.operator->(); }
    test::RelayUnderTest under_test;
  } relay;
  output::LogWriter log;
  ProgramFacts facts;
};

TEST_CASE("versions, levels and the process are there from the start") {
  test::RawListener upstream;
  net::RelayOptions options = test::relaying_to(upstream);
  options.limits.connections = 77;
  options.limits.pending_total = 1'000'000;
  const double before = unix_now();
  Running running(options);
  const output::ProcessFacts facts = running.facts.now();
  CHECK(facts.version == kVersion);
  CHECK(facts.libwebsockets.starts_with("4."));
  CHECK(facts.libwebsockets.find_first_not_of("0123456789.") == std::string::npos);
  CHECK(facts.openssl.starts_with("3."));
  CHECK(facts.relay.workers == 1);
  CHECK(facts.relay.connections_limit == 77);
  CHECK(facts.relay.pending_bytes_limit == 1'000'000);
  CHECK(facts.relay.pending_bytes == 0);
  CHECK_FALSE(facts.relay.is_draining);
  CHECK(facts.is_last_reload_good);
  CHECK(facts.configured_at >= before);
  CHECK(facts.configured_at <= unix_now());
  CHECK(facts.process.resident_bytes.value_or(0) > 0);
}

TEST_CASE("a reload that fails is told until one succeeds; a drain is told") {
  test::RawListener upstream;
  const net::RelayOptions options = test::relaying_to(upstream);
  Running running(options);
  const double configured_at = running.facts.now().configured_at;
  running.facts.note_failed_reload();
  CHECK_FALSE(running.facts.now().is_last_reload_good);
  CHECK(running.facts.now().configured_at == configured_at);
  running.facts.note_reload(options);
  CHECK(running.facts.now().is_last_reload_good);
  CHECK(running.facts.now().configured_at > configured_at);
  running.facts.note_drain();
  CHECK(running.facts.now().relay.is_draining);
}

TEST_CASE(
    "every certificate that settings name is told with its end, but for those that are gone") {
  const test::CertificateFiles files;
  const auto soon = test::make_certificate({.ends_in = test::kDay});
  const auto later = test::make_certificate({.ends_in = 90 * test::kDay});
  net::RelayOptions options;
  net::ListenerOptions& listener = options.listeners.emplace_back();
  listener.name = "chat";
  listener.tls.emplace();
  listener.tls->certificates = {files.pair("soon", soon), files.pair("later", later)};
  listener.tls->authority = {"/nonexistent/ca.pem", "/nonexistent/ca-key.pem"};
  listener.upstream_tls.certificate = files.pair("own", soon);
  const auto expiries = certificate_expiries(options);
  REQUIRE(expiries.size() == 3);
  CHECK(expiries[0].listener == "chat");
  CHECK(expiries[0].file == files.path("soon.pem"));
  CHECK(expiries[1].file == files.path("later.pem"));
  CHECK(expiries[2].file == files.path("own.pem"));
  CHECK(expiries[1].expires - expiries[0].expires == doctest::Approx(89.0 * test::kDay));
  CHECK(expiries[0].expires == doctest::Approx(unix_now() + test::kDay).epsilon(1e-7));
}

}  // namespace
}  // namespace lastframe::cli
