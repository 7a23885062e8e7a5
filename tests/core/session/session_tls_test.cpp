// What a session makes of TLS; tests/scenarios/tls_*.txt have whole connections.
#include <doctest/doctest.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "core/session/session.h"
#include "support/handshake.h"
#include "support/recording_observer.h"
#include "support/session_start.h"

namespace lastframe::session {
namespace {

using namespace std::chrono_literals;

struct Told {
  void handle(const Input& input) { session.handle(now, input); }
  void say(Endpoint endpoint, std::string_view bytes) {
    handle(BytesRelayed{direction_from(endpoint), as_bytes(bytes)});
  }
  void fail(Endpoint peer, const TlsFailure& failure, const TlsLeg& leg = {}) {
    handle(TlsFailed{peer, &leg, &failure});
  }
  const SessionReport* finish() {
    handle(Finished{});
    return observer.reports.empty() ? nullptr : &observer.reports.back();
  }

  SessionOptions options{.listener = "chat", .upstream = "chat-a", .privacy = {}, .interest = {}};
  test::RecordingObserver observer;
  Moment now{100s};
  Session session{test::kSomeStart, options, observer};
};

TlsFailure failure_of(TlsFault fault) {
  TlsFailure failure;
  failure.fault = fault;
  failure.bytes_from_peer = 100;
  return failure;
}

TEST_CASE("we are the initiator where we refuse or give up, else the one whose TLS failed") {
  for (unsigned i = 0; i <= static_cast<unsigned>(TlsFault::other); ++i) {
    const auto fault = static_cast<TlsFault>(i);
    CAPTURE(name(fault));
    const bool is_ours = fault == TlsFault::certificate_refused ||
                         fault == TlsFault::no_certificate || fault == TlsFault::timed_out;
    for (const Endpoint peer : kEndpoints) {
      Told told;
      told.fail(peer, failure_of(fault));
      const SessionReport* report = told.finish();
      REQUIRE(report != nullptr);
      CHECK(report->kind == RecordKind::tls_failed);
      CHECK(report->code == ws::CloseCode::tls_handshake_failure);
      CHECK(report->ending == Ending::tls_failed);
      CHECK_FALSE(report->clean);
      CHECK_FALSE(report->handshake.outcome);
      CHECK(name(report->initiator) == (is_ours ? std::string_view("proxy") : name(peer)));
      REQUIRE(report->tls_failure);
      CHECK(report->tls_failure->peer == peer);
      CHECK(report->tls_failure->at == told.now);
      CHECK(report->tls[index(peer)].has_value());
      CHECK_FALSE(report->tls[index(other(peer))].has_value());
    }
  }
}

TEST_CASE("whose stream ended first is the initiator of a failure that is not ours") {
  for (const Endpoint peer : kEndpoints) {
    for (const Endpoint first : kEndpoints) {
      for (const EndKind how : {EndKind::fin, EndKind::reset, EndKind::error}) {
        Told told;
        told.fail(peer, failure_of(TlsFault::ended));
        told.handle(StreamEnded{first, how});
        told.handle(StreamEnded{other(first), EndKind::fin});
        CHECK(name(told.finish()->initiator) == name(first));
      }
    }
  }
}

TEST_CASE("what we end behind a failure is not what ended the handshake") {
  for (const Endpoint peer : kEndpoints) {
    Told told;
    told.fail(peer, failure_of(TlsFault::plain_http));
    told.handle(StreamEnded{other(peer), EndKind::proxy_shutdown});
    told.handle(StreamEnded{peer, EndKind::proxy_shutdown});
    CHECK(name(told.finish()->initiator) == name(peer));
  }
}

TEST_CASE("a client that sent not one byte leaves no record, a server does") {
  for (const TlsFault fault : {TlsFault::ended, TlsFault::reset, TlsFault::timed_out}) {
    TlsFailure failure = failure_of(fault);
    failure.bytes_from_peer = 0;
    Told client;
    client.fail(Endpoint::client, failure);
    CHECK(client.finish() == nullptr);
    Told server;
    server.fail(Endpoint::server, failure);
    CHECK(server.finish() != nullptr);
    failure.bytes_from_peer = 1;
    Told one_byte;
    one_byte.fail(Endpoint::client, failure);
    CHECK(one_byte.finish() != nullptr);
  }
}

TEST_CASE("facts of TLS are copied, and their first failure counts") {
  Told told;
  std::optional<TlsLeg> leg(std::in_place);
  leg->cipher = "TLS_AES_128_GCM_SHA256, a name longer than any string holds within itself";
  told.handle(TlsEstablished{Endpoint::client, &*leg});
  leg.reset();
  std::optional<TlsFailure> failure(failure_of(TlsFault::not_tls));
  failure->detail = "a detail that is longer than any string holds within itself";
  told.fail(Endpoint::server, *failure);
  failure->fault = TlsFault::reset;
  told.fail(Endpoint::client, *failure);
  failure.reset();
  const SessionReport* report = told.finish();
  REQUIRE(report != nullptr);
  CHECK(report->tls[index(Endpoint::client)]->cipher.starts_with("TLS_AES_128_GCM_SHA256, a"));
  CHECK(report->tls_failure->peer == Endpoint::server);
  CHECK(report->tls_failure->facts.fault == TlsFault::not_tls);
  CHECK(report->tls_failure->facts.detail.starts_with("a detail that is longer"));
}

// A chain and a list of ciphers are kilobytes of a connection that may live for days.
TEST_CASE("of an established leg only what a later verdict needs is kept") {
  TlsLeg leg;
  leg.offered_ciphers.assign(30, 0x1301);
  leg.chain.resize(3);
  leg.chain[0].subject = "CN=leaf";
  leg.chain_length = 3;
  struct Row {
    std::string_view name;
    CertificateFault fault;
    std::size_t kept;
  };
  for (const Row& row : {Row{"a chain that verifies", CertificateFault::none, 1},
                         Row{"a fault that is only looked at", CertificateFault::self_signed, 3}}) {
    CAPTURE(row.name);
    leg.certificate_fault = row.fault;
    Told told;
    told.handle(TlsEstablished{Endpoint::server, &leg});
    told.say(Endpoint::client, test::kUpgradeRequest);
    const SessionReport* report = told.finish();
    REQUIRE(report != nullptr);
    const TlsLeg& kept = *report->tls[index(Endpoint::server)];
    CHECK(kept.offered_ciphers.empty());
    CHECK(kept.chain.size() == row.kept);
    CHECK(kept.chain.front().subject == "CN=leaf");
    CHECK(kept.chain_length == 3);
  }
  Told failed;
  failed.fail(Endpoint::server, failure_of(TlsFault::certificate_refused), leg);
  const TlsLeg& kept = *failed.finish()->tls[index(Endpoint::server)];
  CHECK(kept.offered_ciphers.size() == 30);
  CHECK(kept.chain.size() == 3);
}

TEST_CASE(
    "a failure behind the handshake and behind the peer's first byte is none of the handshake") {
  for (const bool has_spoken : {false, true}) {
    for (const bool is_after : {false, true}) {
      CAPTURE(has_spoken);
      CAPTURE(is_after);
      Told told;
      if (has_spoken) told.say(Endpoint::client, "G");
      TlsFailure failure = failure_of(TlsFault::malformed);
      failure.is_after_handshake = is_after;
      told.fail(Endpoint::client, failure);
      CHECK((told.finish() != nullptr) == !(has_spoken && is_after));
    }
  }
}

TEST_CASE("the upstream that was chosen is the one of the record and of each event") {
  Told told;
  std::string chosen = "chat-b";
  told.handle(UpstreamConnected{"10.0.0.7:9000", chosen});
  chosen = "gone..";
  told.say(Endpoint::client, test::kUpgradeRequest);
  CHECK(told.finish()->upstream == "chat-b");
  Told only;
  only.handle(UpstreamConnected{"10.0.0.7:9000"});
  only.say(Endpoint::client, test::kUpgradeRequest);
  CHECK(only.finish()->upstream == "chat-a");
}

}  // namespace
}  // namespace lastframe::session
