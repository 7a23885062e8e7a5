#include "settings/tls.h"

#include <doctest/doctest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>

#include "settings/reading.h"
#include "support/environment_variable.h"
#include "support/temporary_folder.h"

namespace lastframe::settings {
namespace {

net::ListenerOptions listener_with(const std::string& keys) {
  const auto settings = read_settings(with_listener(keys), "/etc/lastframe/f.yaml");
  CAPTURE(keys);
  REQUIRE(settings.has_value());
  return settings->relay.listeners.at(0);
}

TEST_CASE("TLS of the client's leg takes each of its keys, paths begin at the file's folder") {
  const auto tls = listener_with(
                       "tls: {certificates: [{cert: a.pem, key: /srv/a.key}, {cert: b.pem, key: "
                       "b.key}], authority: {cert: ca.pem, key: ca.key}, client_auth: require, "
                       "client_ca: clients.pem, alpn: http1, min_version: 1.3, ciphers: "
                       "ECDHE+AESGCM, pass_through: [bank.example, \"*.bank.example\"], only: "
                       "[\"*\"]}")
                       .tls;
  ssl::ServerOptions expected;
  expected.certificates = {{"/etc/lastframe/a.pem", "/srv/a.key"},
                           {"/etc/lastframe/b.pem", "/etc/lastframe/b.key"}};
  expected.authority = ssl::KeyPairFiles{"/etc/lastframe/ca.pem", "/etc/lastframe/ca.key"};
  expected.client_auth = ssl::ClientAuth::require;
  expected.client_ca = "/etc/lastframe/clients.pem";
  expected.alpn = ssl::AlpnPolicy::http1;
  expected.lowest = ssl::LowestVersion::tls1_3;
  expected.ciphers = "ECDHE+AESGCM";
  expected.pass_through = {"bank.example", "*.bank.example"};
  expected.only = {"*"};
  REQUIRE(tls.has_value());
  CHECK(*tls == expected);
  CHECK(tls->origin.text == "/etc/lastframe/f.yaml:4: listeners[0].tls");
  CHECK(tls->certificates[1].origin.text ==
        "/etc/lastframe/f.yaml:4: listeners[0].tls.certificates[1]");
  CHECK(tls->authority->origin.text == "/etc/lastframe/f.yaml:4: listeners[0].tls.authority");
}

TEST_CASE("TLS of the client's leg has defaults, which can be written out") {
  ssl::ServerOptions expected;
  expected.certificates = {{"/etc/lastframe/a.pem", "/etc/lastframe/a.key"}};
  CHECK(listener_with("tls: {certificates: [{cert: a.pem, key: a.key}]}").tls == expected);
  CHECK(listener_with("tls: {certificates: [{cert: a.pem, key: a.key}], authority: off, "
                      "client_auth: off, client_ca: off, alpn: mirror, min_version: \"1.2\", "
                      "ciphers: auto, pass_through: [], only: []}")
            .tls == expected);
  CHECK(listener_with("tls: off").tls == std::nullopt);
}

TEST_CASE("the default authority is the one that `lastframe ca create` makes") {
  const auto authority = [] { return listener_with("tls: {authority: default}").tls->authority; };
  const test::TemporaryFolder folder;
  const auto create = [&](const std::string& below) {
    std::filesystem::create_directories(folder.file(below));
    std::ofstream(folder.file(below + "/ca.pem")) << "a certificate\n";
  };
  const test::EnvironmentVariable home("HOME", folder.file("home"));
  {
    const test::EnvironmentVariable config("XDG_CONFIG_HOME");
    const std::string none = mistakes_of(with_listener("tls: {authority: default}"));
    CHECK(none.starts_with("4: listeners[0].tls.authority: there is no authority in "));
    CHECK(none.contains("/home/.config/lastframe\" yet; run `lastframe ca create`"));
    create("home/.config/lastframe");
    CHECK(authority() == ssl::KeyPairFiles{folder.file("home/.config/lastframe/ca.pem"),
                                           folder.file("home/.config/lastframe/ca-key.pem")});
  }
  {
    const test::EnvironmentVariable config("XDG_CONFIG_HOME", folder.file("conf"));
    create("conf/lastframe");
    CHECK(authority() == ssl::KeyPairFiles{folder.file("conf/lastframe/ca.pem"),
                                           folder.file("conf/lastframe/ca-key.pem")});
  }
  const test::EnvironmentVariable config("XDG_CONFIG_HOME");
  const test::EnvironmentVariable nowhere("HOME");
  check_mistakes(with_listener("tls: {authority: default}"),
                 "4: listeners[0].tls.authority: there is no home folder that would hold the "
                 "default authority; write {cert: ca.pem, key: ca-key.pem}");
}

TEST_CASE("TLS of the server's leg takes each of its keys, paths begin at the file's folder") {
  const auto tls = listener_with(
                       "upstream_tls: {verify: false, allow_public: true, ca: ca.pem, cert: a.pem, "
                       "key: a.key, server_name: chat.example, min_version: \"1.3\", ciphers: "
                       "HIGH}")
                       .upstream_tls;
  ssl::ClientOptions expected;
  expected.is_verified = false;
  expected.ca = "/etc/lastframe/ca.pem";
  expected.certificate = ssl::KeyPairFiles{"/etc/lastframe/a.pem", "/etc/lastframe/a.key"};
  expected.server_name = "chat.example";
  expected.lowest = ssl::LowestVersion::tls1_3;
  expected.ciphers = "HIGH";
  CHECK(tls == expected);
  CHECK(tls.origin.text == "/etc/lastframe/f.yaml:4: listeners[0].upstream_tls");
  CHECK(listener_with("upstream_tls: {verify: true, allow_public: false, ca: system, cert: off, "
                      "key: off, server_name: null, min_version: 1.2, ciphers: auto}")
            .upstream_tls == ssl::ClientOptions{});
}

TEST_CASE("a mistake in TLS of the client's leg is told with its line and what would be right") {
  const std::string pair = "certificates: [{cert: a.pem, key: a.key}]";
  struct Row {
    std::string text;
    std::string_view said = {};
  };
  const auto rows = std::to_array<Row>({
      {"on", ": a single value stands here; write off, or keys such as {certificates:"},
      {"{}", ": there is neither a certificate nor an authority to show to clients; write "},
      {"{certificates: []}", ": there is neither a certificate nor an authority"},
      {"{authority: off}", ": there is neither a certificate nor an authority"},
      {"{pass_through: [a.example]}", ": there is neither a certificate nor an authority"},
      {"{certificates: a.pem}", ".certificates: a single value stands here; write a list such as"},
      {"{certificates: [a.pem]}", ".certificates[0]: a single value stands here; write {cert:"},
      {"{certificates: [{cert: a.pem}]}",
       ".certificates[0].key: this key is missing; write the path of a PEM file"},
      {"{certificates: [{key: a.key}]}", ".certificates[0].cert: this key is missing"},
      {"{certificates: [{cert: 5, key: a.key}]}", ".certificates[0].cert: 5 is a number"},
      {"{certificates: [{cert: a, key: b, chain: c}]}",
       ".certificates[0].chain: this key is not known; known here: cert, key"},
      {"{authority: mine}", ".authority: a single value stands here; write default, or {cert:"},
      {"{authority: {cert: ca.pem}}", ".authority.key: this key is missing"},
      {"{" + pair + ", client_auth: maybe}", ".client_auth: \"maybe\" is not known here"},
      {"{" + pair + ", client_auth: request}",
       ".client_ca: this key is missing; write the path of a PEM file: whose certificates"},
      {"{" + pair + ", client_auth: require, client_ca: off}", ".client_ca: this key is missing"},
      {"{" + pair + ", client_ca: ca.pem}",
       ".client_ca: clients are not asked for a certificate; write client_auth: request or"},
      {"{" + pair + ", alpn: h2}", ".alpn: \"h2\" is not known here; write one of mirror, http1"},
      {"{" + pair + ", min_version: 1.1}", ".min_version: \"1.1\" is not known here"},
      {"{" + pair + ", min_version: 1.20}", ".min_version: \"1.20\" is not known here"},
      {"{" + pair + ", ciphers: [a]}", ".ciphers: a list stands here; write auto, or"},
      {"{" + pair + ", pass_through: a.example}", ".pass_through: a single value stands here"},
      {"{" + pair + ", pass_through: [10.0.0.1]}",
       ".pass_through[0]: \"10.0.0.1\" is not a name that clients of TLS can ask for; write a"},
      {"{" + pair + ", only: [a.example, \"a*\"]}", ".only[1]: \"a*\" is not a name"},
      {"{" + pair + ", verify: true}", ".verify: this key is not known"},
  });
  for (const Row& row : rows) {
    check_mistakes(with_listener("tls: " + row.text),
                   "4: listeners[0].tls" + std::string(row.said));
  }
}

TEST_CASE("a mistake in TLS of the server's leg is told with its line and what would be right") {
  const auto rows = std::to_array<MistakeRow>({
      {"off", ": a single value stands here; write keys such as {verify: true"},
      {"{verify: off}", ".verify: \"off\" is not true or false; write true or false"},
      {"{allow_public: maybe}", ".allow_public: \"maybe\" is not true or false"},
      {"{ca: }", ".ca: nothing stands here; write system, or the path of a PEM file"},
      {"{cert: a.pem}", ".key: this key is missing; write the path of a PEM file"},
      {"{key: a.key, cert: off}", ".cert: this key is missing"},
      {"{server_name: 10.0.0.1}", ".server_name: \"10.0.0.1\" is not a name; write null, or a"},
      {"{server_name: \"*.example\"}", ".server_name: \"*.example\" is not a name"},
      {"{server_name: \"\"}", ".server_name: \"\" is not a name"},
      {"{min_version: 1}", ".min_version: \"1\" is not known here"},
      {"{ciphers: \"\"}", ".ciphers: the text is empty"},
      {"{alpn: http1}", ".alpn: this key is not known"},
  });
  for (const MistakeRow& row : rows) {
    check_mistakes(with_listener("upstream_tls: " + std::string(row.text)),
                   "4: listeners[0].upstream_tls" + std::string(row.said));
  }
}

}  // namespace
}  // namespace lastframe::settings
