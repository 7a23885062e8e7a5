#include "settings/certificates.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "support/certificates.h"

namespace lastframe::settings {
namespace {

const net::Upstream kPlain{net::TcpAddress{"h", 80}};
const net::Upstream kTls{net::TcpAddress{"h", 443}, true};

net::RelayOptions relay_with(std::vector<net::ListenerOptions> listeners) {
  net::RelayOptions relay;
  relay.listeners = std::move(listeners);
  return relay;
}

net::ListenerOptions listener_with(net::Upstream upstream) {
  net::ListenerOptions listener;
  listener.upstreams = {std::move(upstream)};
  return listener;
}

std::vector<std::string> places(const CertificateCheck& check) {
  std::vector<std::string> found;
  for (const Error& mistake : check.mistakes) {
    CHECK_FALSE(mistake.what.empty());
    CHECK_FALSE(mistake.remedy.empty());
    found.push_back(mistake.where);
  }
  return found;
}

ssl::KeyPairFiles missing(const std::string& where) {
  return {"/none/a.pem", "/none/a.key", {where}};
}

TEST_CASE("good files have no mistakes") {
  const test::CertificateFiles files;
  const auto root = test::make_test_root();
  const auto leaf = test::make_certificate({}, &root);
  net::ListenerOptions listener = listener_with(kTls);
  listener.tls.emplace();
  listener.tls->certificates = {
      files.pair("leaf", test::chain_pem({&leaf, &root}), leaf.key_pem())};
  listener.tls->authority = files.pair("root", root);
  listener.upstream_tls.ca = files.path("root.pem");
  CHECK(check_certificates(relay_with({listener})).mistakes.empty());
  CHECK(check_certificates(relay_with({listener_with(kTls)})).mistakes.empty());
  CHECK(check_certificates(relay_with({listener_with(kPlain)})).mistakes.empty());
}

TEST_CASE("a mistake in a file is told with the place that names the file") {
  net::ListenerOptions listener = listener_with(kTls);
  listener.tls.emplace();
  listener.tls->certificates = {missing("f.yaml:3: certificates[0]"),
                                missing("f.yaml:4: certificates[1]")};
  listener.tls->authority = missing("f.yaml:5: authority");
  listener.upstream_tls.ca = "/none/ca.pem";
  listener.upstream_tls.origin = {"f.yaml:6: upstream_tls"};
  const auto found = places(check_certificates(relay_with({listener})));
  for (const std::string expected : {"f.yaml:3: certificates[0]", "f.yaml:4: certificates[1]",
                                     "f.yaml:5: authority", "f.yaml:6: upstream_tls"}) {
    CAPTURE(expected);
    CHECK(std::ranges::count(found, expected) >= 1);
  }
}

TEST_CASE("the server's leg is tried where it may be needed, and where something was written") {
  const auto with_bad_ca = [](net::ListenerOptions listener) {
    listener.upstream_tls.ca = "/none/ca.pem";
    return listener;
  };
  CHECK(places(check_certificates(relay_with({with_bad_ca(listener_with(kTls))}))).size() == 1);
  CHECK(places(check_certificates(relay_with({with_bad_ca(listener_with(kPlain))}))).size() == 1);
  net::ListenerOptions routed;
  routed.routes.push_back({"", "h", "", {kPlain, kTls}});
  CHECK(places(check_certificates(relay_with({with_bad_ca(routed)}))).size() == 1);
}

TEST_CASE("options that occur several times are tried once") {
  auto listener = listener_with(kTls);
  listener.upstream_tls.ca = "/none/ca.pem";
  auto other = listener;
  other.upstream_tls.ca = "/none/b.pem";
  CHECK(places(check_certificates(relay_with({listener, listener, other, listener}))).size() == 2);
}

TEST_CASE("what is no mistake but worth knowing is a note with its place") {
  const test::CertificateFiles files;
  const auto root = test::make_test_root();
  const auto intermediate = test::make_intermediate(root);
  const auto leaf = test::make_certificate({}, &intermediate);
  net::ListenerOptions listener = listener_with(kPlain);
  listener.tls.emplace();
  listener.tls->origin = {"f.yaml:3: listeners[0].tls"};
  listener.tls->certificates = {files.pair("leaf", leaf)};  // the intermediate one is not there
  const auto check = check_certificates(relay_with({listener}));
  CHECK(check.mistakes.empty());
  REQUIRE(check.notes.size() == 1);
  CHECK(check.notes[0].starts_with("f.yaml:3: listeners[0].tls: "));
}

}  // namespace
}  // namespace lastframe::settings
