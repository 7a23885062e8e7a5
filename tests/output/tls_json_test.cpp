#include "output/tls_json.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "output/record_json.h"
#include "support/sample_report.h"

namespace lastframe::output {
namespace {

using nlohmann::json;

json tls_of(const session::SessionReport& report) {
  return json::parse(record_json(report))["tls"];
}

TEST_CASE("two legs in plain text have no TLS to tell of") {
  CHECK(tls_of(bare_report()).is_null());
  CHECK(tls_of(full_report()).is_null());
}

TEST_CASE("a leg says what was agreed on and what was offered") {
  const json client = tls_of(tls_failed_report())["client"];
  CHECK(client == json::parse(R"({
    "handling":"terminated","server_name":"chat.example","version":"TLS 1.3",
    "cipher":"TLS_AES_128_GCM_SHA256","alpn":"http/1.1","offered_alpn":["h2","http/1.1"],
    "offered_versions":["TLS 1.3","TLS 1.2"],"offered_ciphers":[],"certificate":null,
    "chain_length":0,"verified":false,"certificate_fault":null,"certificate_fault_text":null,
    "expected_name":null})"));
}

TEST_CASE("a leg says what its peer's certificate is, and what is wrong with it") {
  const json server = tls_of(tls_failed_report())["server"];
  CHECK(server == json::parse(R"({
    "handling":"originated","server_name":"chat.example","version":null,"cipher":null,"alpn":null,
    "offered_alpn":[],"offered_versions":["TLS 1.3"],
    "offered_ciphers":["TLS_AES_128_GCM_SHA256","TLS_AES_256_GCM_SHA384"],
    "certificate":{"subject":"CN=chat.example, O=Example","issuer":"CN=Example CA",
      "not_before":"2026-11-20T19:00:01Z","not_after":"2026-11-27T19:00:01Z",
      "names":["chat.example","*.chat.example"],"name_count":2,"key":"EC 256 bits",
      "signature":"ecdsa-with-SHA256"},
    "chain_length":2,"verified":true,"certificate_fault":"expired",
    "certificate_fault_text":"certificate has expired","expected_name":"chat.example"})"));
}

TEST_CASE("a failure says on which leg, how, and which alerts passed") {
  session::SessionReport report = tls_failed_report();
  CHECK(tls_of(report)["failure"] == json::parse(R"({
    "leg":"server","fault":"certificate_refused","alert_received":null,
    "alert_sent":"certificate_expired","detail":"certificate verify failed","first_bytes":null,
    "after_handshake":false,"at_s":0.02})"));
  report.tls_failure->peer = Endpoint::client;
  report.tls_failure->facts = {};
  report.tls_failure->facts.received = session::TlsAlert{.number = 200, .is_fatal = true};
  report.tls_failure->facts.first_bytes = "GET / HTTP/1.1";
  report.tls_failure->facts.is_after_handshake = true;
  const json failure = tls_of(report)["failure"];
  CHECK(failure["leg"] == "client");
  CHECK(failure["fault"] == "other");
  CHECK(failure["alert_received"] == 200);  // it has no name
  CHECK(failure["alert_sent"].is_null());
  CHECK(failure["detail"].is_null());
  CHECK(failure["first_bytes"] == "GET / HTTP/1.1");
  CHECK(failure["after_handshake"] == true);
}

TEST_CASE("ciphers that were only offered are told of failures, and of nothing else") {
  session::SessionReport report = tls_failed_report();
  CHECK(tls_of(report)["server"].contains("offered_ciphers"));
  report.kind = session::RecordKind::session_end;
  report.tls_failure.reset();
  const json tls = tls_of(report);
  CHECK_FALSE(tls["server"].contains("offered_ciphers"));
  CHECK(tls["failure"].is_null());
  report.tls[index(Endpoint::server)].reset();
  CHECK(tls_of(report)["server"].is_null());
  CHECK(tls_of(report)["client"]["version"] == "TLS 1.3");
}

TEST_CASE("TLS stands behind the handshake, and hostile words stay words") {
  session::SessionReport report = tls_failed_report();
  const std::string hostile = "\",\"x\":\"\n\x1b[2J\xff";
  session::TlsLeg& leg = *report.tls[index(Endpoint::server)];
  leg.server_name = leg.alpn = leg.chain[0].subject = leg.chain[0].issuer = hostile;
  leg.chain[0].names = leg.offered_alpn = {hostile};
  report.tls_failure->facts.detail = report.tls_failure->facts.first_bytes = hostile;
  const std::string line = record_json(report);
  for (const char byte : line) REQUIRE(static_cast<unsigned char>(byte) >= 0x20);
  const json tls = json::parse(line)["tls"];
  const std::string shown = "\",\"x\":\"\n\x1b[2J\xEF\xBF\xBD";
  CHECK(tls["server"]["server_name"] == shown);
  CHECK(tls["server"]["certificate"]["names"] == json::array({shown}));
  CHECK(tls["failure"]["first_bytes"] == shown);
  CHECK(line.find("\"handshake\":") < line.find("\"tls\":"));
  CHECK(line.find("\"tls\":") < line.find("\"close\":"));
}

}  // namespace
}  // namespace lastframe::output
