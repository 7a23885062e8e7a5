#include "net/listener_runtime.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "support/certificates.h"

namespace lastframe::net {
namespace {

ListenerOptions leading_to(const std::vector<std::string>& upstreams) {
  ListenerOptions options;
  options.name = "test";
  options.listen = TcpAddress{"127.0.0.1", 0};
  for (const std::string& text : upstreams) options.upstreams.push_back(*parse_upstream(text));
  return options;
}

auto made(const ListenerOptions& options) { return make_runtime(options, {}, nullptr); }

TEST_CASE("an upstream is an address that is known, or a name to be resolved") {
  struct Row {
    std::string upstream;
    std::string_view text;     // as the record says it
    std::string_view address;  // empty: a name
    std::string_view host;
    TlsUse tls;
  };
  const auto rows = std::to_array<Row>({
      {"ws://10.0.0.7:9000", "10.0.0.7:9000", "10.0.0.7:9000", "10.0.0.7", TlsUse::never},
      {"wss://[2001:db8::1]:443", "wss://[2001:db8::1]:443", "[2001:db8::1]:443", "2001:db8::1",
       TlsUse::always},
      {"wss://chat.example:8443", "wss://chat.example:8443", "", "chat.example", TlsUse::always},
      {"unix:/run/chat.sock", "unix:/run/chat.sock", "unix:/run/chat.sock", "", TlsUse::never},
  });
  for (const Row& row : rows) {
    CAPTURE(row.upstream);
    const auto runtime = made(leading_to({row.upstream}));
    REQUIRE(runtime.has_value());
    REQUIRE((*runtime)->upstreams.size() == 1);
    const UpstreamTarget& target = (*runtime)->upstreams.front();
    CHECK(target.text == row.text);
    CHECK(target.host == row.host);
    CHECK(target.tls == row.tls);
    CHECK(((*runtime)->client_side != nullptr) == (row.tls == TlsUse::always));
    const auto* address = std::get_if<SocketAddress>(&target.address);
    CHECK((address != nullptr ? address->text() : "") == row.address);
  }
}

TEST_CASE("routes keep their order, and the order of their upstreams") {
  ListenerOptions options = leading_to({"ws://10.0.0.1:1"});
  options.routes.push_back(
      {.server_name = "",
       .host = "chat.example",
       .path = "/a",
       .upstreams = leading_to({"ws://10.0.0.2:2", "ws://10.0.0.3:3"}).upstreams});
  options.routes.push_back({.server_name = "secure.example",
                            .host = "",
                            .path = "",
                            .upstreams = leading_to({"wss://10.0.0.4:4"}).upstreams});
  const auto runtime = made(options);
  REQUIRE(runtime.has_value());
  REQUIRE((*runtime)->routes.size() == 2);
  CHECK((*runtime)->routes[0].route.path == "/a");
  REQUIRE((*runtime)->routes[0].targets.size() == 2);
  CHECK((*runtime)->routes[0].targets[1].text == "10.0.0.3:3");
  CHECK((*runtime)->client_side != nullptr);  // the second route's
  CHECK((*runtime)->watches_hello);           // by server name
  options.routes.pop_back();
  const auto plain = made(options);
  REQUIRE(plain.has_value());
  CHECK((*plain)->client_side == nullptr);
  CHECK_FALSE((*plain)->watches_hello);
}

TEST_CASE("where clients choose and TLS ends here, servers are spoken to in TLS") {
  const auto certificate = test::make_certificate({});
  const test::CertificateFiles files;
  for (const Mode mode : {Mode::reverse, Mode::forward, Mode::socks5, Mode::transparent}) {
    CAPTURE(static_cast<int>(mode));
    ListenerOptions options = leading_to({});
    options.mode = mode;
    options.tls.emplace().certificates = {files.pair("own", certificate)};
    const auto runtime = made(options);
    REQUIRE(runtime.has_value());
    CHECK((*runtime)->server_side != nullptr);
    CHECK((*runtime)->watches_hello);
    CHECK(((*runtime)->client_side != nullptr) == (mode != Mode::reverse));
  }
}

TEST_CASE("all mistakes are told at once") {
  ListenerOptions options = leading_to({});
  options.upstreams = {{.address = UnixPath{"/" + std::string(200, 'x')}}};
  options.routes.push_back({.server_name = "",
                            .host = "",
                            .path = "/",
                            .upstreams = {{.address = UnixPath{"/" + std::string(201, 'y')}}}});
  options.access.clients = {"10.0.0.0/33"};
  options.source_addresses = {"10.0.0.5", "localhost"};
  options.tls.emplace().certificates = {{"/nowhere/a.pem", "/nowhere/a-key.pem", {"x:1: tls"}}};
  const auto runtime = made(options);
  REQUIRE_FALSE(runtime.has_value());
  CHECK(runtime.error().size() >= 5);
  for (const Error& error : runtime.error()) {
    CAPTURE(to_text(error));
    CHECK_FALSE(error.what.empty());
  }
}

TEST_CASE("TPROXY has a port of its own, or it could not know itself") {
  ListenerOptions options = leading_to({});
  options.mode = Mode::tproxy;
  CHECK_FALSE(made(options).has_value());
  options.listen = TcpAddress{"127.0.0.1", 15001};
  CHECK(made(options).has_value());
}

}  // namespace
}  // namespace lastframe::net
