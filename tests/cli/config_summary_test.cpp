#include "cli/config_summary.h"

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <string_view>

namespace lastframe::cli {
namespace {

std::string summary_of(std::string_view text) {
  const auto settings = settings::read_settings(text, "f.yaml");
  REQUIRE(settings.has_value());
  std::ostringstream out;
  write_summary(*settings, "f.yaml", out);
  return out.str();
}

TEST_CASE("the summary tells the mode, routes and the PROXY protocol") {
  CHECK(summary_of(R"(
listeners:
  - name: forward
    listen: unix:/f
    mode: forward
    upstream_tls: {verify: false, allow_public: true}
  - {name: hidden, listen: ":1", mode: tproxy}
  - {name: socks, listen: "[::1]:2", mode: socks5}
  - {name: led, listen: ":3", mode: transparent, proxy_protocol: {accept: true, send: v1}}
  - name: chat
    listen: :443
    upstream: wss://h
    proxy_protocol: {send: v2}
    routes:
      - {server_name: "*.example", upstream: ["wss://[::2]:3", unix:/b]}
      - {host: a.example, path: /chat/*, upstream: ws://a}
  - {name: rest, listen: ":4", routes: [{path: /, upstream: ws://a}]}
)") == R"(f.yaml: no mistakes
  forward: unix:/f, forward, upstream TLS not verified
  hidden: :1, tproxy
  socks: [::1]:2, socks5
  led: :3, transparent, PROXY header expected, PROXY v1 sent
  chat: :443, reverse, PROXY v2 sent -> wss://h:443
    server_name *.example -> wss://[::2]:3, then unix:/b
    host a.example, path /chat/* -> ws://a:80
  rest: :4, reverse
    path / -> ws://a:80
)");
}

TEST_CASE("the summary tells what is done with TLS of clients, and where secrets go") {
  const auto tls = [](const std::string& keys) {
    const std::string line = summary_of("listeners: [{listen: \":1\", mode: tproxy, tls: {" + keys +
                                        "}}]\ntls_key_log: /tmp/keys.log\n");
    return line.substr(line.find('\n') + 1);
  };
  const std::string one = "{cert: a.pem, key: a.key}";
  const std::string secrets = "  TLS secrets are written to /tmp/keys.log\n";
  CHECK(tls("certificates: [" + one + "]") ==
        "  default: :1, tproxy, TLS with 1 certificate\n" + secrets);
  CHECK(tls("certificates: [" + one + ", " + one + "], client_auth: require, client_ca: c.pem") ==
        "  default: :1, tproxy, TLS with 2 certificates, clients need certificates\n" + secrets);
  CHECK(tls("authority: " + one + ", client_auth: request, client_ca: c.pem") ==
        "  default: :1, tproxy, TLS intercepted, clients asked for certificates\n" + secrets);
  CHECK(tls("certificates: [" + one + "], authority: " + one) ==
        "  default: :1, tproxy, TLS with 1 certificate and intercepted\n" + secrets);
}

TEST_CASE("the summary tells what is worth knowing of certificates") {
  auto settings =
      settings::read_settings("listeners: [{listen: \":1\", upstream: ws://h}]\n", "f.yaml");
  REQUIRE(settings.has_value());
  settings->notes = {"f.yaml:1: listeners[0].tls: it is old"};
  std::ostringstream out;
  write_summary(*settings, "f.yaml", out);
  CHECK(out.str().ends_with("\n  note: f.yaml:1: listeners[0].tls: it is old\n"));
}

}  // namespace
}  // namespace lastframe::cli
