#include "admin/access.h"

#include <doctest/doctest.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace lastframe::admin {
namespace {

const std::string kToken = "0123456789abcdef";

Request asking(std::string_view path, std::optional<std::string> host,
               std::optional<std::string> origin = {},
               std::optional<std::string> authorization = {}) {
  Request request;
  request.path = path;
  request.host = std::move(host);
  request.origin = std::move(origin);
  request.authorization = std::move(authorization);
  request.local_host = "10.0.0.7";
  return request;
}

Options options(std::string token = {}) {
  Options result;
  result.token = std::move(token);
  return result;
}

// 0: it may be answered.
unsigned status(const Request& request, const Options& given) {
  const auto refused = access_refusal(request, given);
  return refused ? refused->status : 0;
}

TEST_CASE("only addresses that no DNS can give away are loopback") {
  for (const char* host : {"localhost", "LocalHost", "127.0.0.1", "127.255.1.2", "::1"}) {
    CAPTURE(host);
    CHECK(is_loopback(host));
  }
  for (const char* host : {"", "localhost.", "localhost.evil.example", "128.0.0.1", "127.1",
                           "0.0.0.0", "::", "::2", "evil.example", "127.0.0.1.nip.io"}) {
    CAPTURE(host);
    CHECK_FALSE(is_loopback(host));
  }
}

TEST_CASE("an address is local where only this machine reaches it") {
  CHECK(is_local(net::UnixPath{"/run/admin.sock"}));
  CHECK(is_local(net::TcpAddress{"127.0.0.1", 9464}));
  CHECK(is_local(net::TcpAddress{"::1", 9464}));
  CHECK_FALSE(is_local(net::TcpAddress{"", 9464}));
  CHECK_FALSE(is_local(net::TcpAddress{"0.0.0.0", 9464}));
  CHECK_FALSE(is_local(net::TcpAddress{"10.0.0.7", 9464}));
}

TEST_CASE("a Host that may be a name made to lead here is refused") {
  struct Row {
    std::optional<std::string> host;
    unsigned status;
  };
  const auto rows = std::to_array<Row>({
      {"localhost", 0},
      {"localhost:9464", 0},
      {"127.0.0.1:9464", 0},
      {"[::1]:9464", 0},
      {"10.0.0.7:9464", 0},  // the address that the client reached
      {"10.0.0.8:9464", 403},
      {"evil.example", 403},
      {"evil.example:9464", 403},
      {"localhost.evil.example", 403},
      {"localhost, evil.example", 403},
      {"evil.example@localhost", 403},
      {"[::1", 403},
      {"localhost:99999", 403},
      {"", 403},
      {std::nullopt, 403},
  });
  for (const Row& row : rows) {
    CAPTURE(row.host.value_or("none"));
    CHECK(status(asking("/api/v1/sessions", row.host), options()) == row.status);
    // Probes and Prometheus come by whatever address leads here.
    CHECK(status(asking("/healthz", row.host), options()) == 0);
    CHECK(status(asking("/readyz", row.host), options()) == 0);
  }
}

TEST_CASE("a page of another origin is refused, whatever it asks for") {
  struct Row {
    std::string host;
    std::string origin;
    unsigned status;
  };
  const auto rows = std::to_array<Row>({
      {"localhost:9464", "http://localhost:9464", 0},
      {"localhost:9464", "HTTP://LOCALHOST:9464", 0},
      {"127.0.0.1", "http://127.0.0.1", 0},
      {"127.0.0.1", "http://127.0.0.1:80", 0},
      {"[::1]:9464", "http://[::1]:9464", 0},
      {"10.0.0.7:9464", "https://10.0.0.7:9464", 0},
      {"localhost:9464", "http://localhost:3000", 403},
      {"localhost:9464", "http://127.0.0.1:9464", 403},
      {"localhost:9464", "http://evil.example", 403},
      {"localhost:9464", "null", 403},
      {"localhost:9464", "", 403},
      {"localhost:9464", "file://", 403},
      {"evil.example:9464", "http://evil.example:9464", 403},
  });
  for (const Row& row : rows) {
    CAPTURE(row.host);
    CAPTURE(row.origin);
    CHECK(status(asking("/api/v1/events", row.host, row.origin), options()) == row.status);
    CHECK(status(asking("/healthz", row.host, row.origin), options()) == row.status);
  }
}

TEST_CASE("where there is a token it is asked for, and opens any Host") {
  struct Row {
    std::string_view name;
    std::optional<std::string> authorization;
    unsigned status;
  };
  const auto rows = std::to_array<Row>({
      {"right", "Bearer " + kToken, 0},
      {"the scheme's case does not matter", "bearer " + kToken, 0},
      {"blanks around it", "Bearer   " + kToken + " ", 0},
      {"missing", std::nullopt, 401},
      {"empty", "", 401},
      {"the scheme alone", "Bearer ", 401},
      {"wrong", "Bearer 0123456789abcdeF", 401},
      {"too short", "Bearer 0123456789abcde", 401},
      {"too long", "Bearer " + kToken + "0", 401},
      {"another scheme", "Basic " + kToken, 401},
      {"no scheme", kToken, 401},
  });
  for (const Row& row : rows) {
    CAPTURE(row.name);
    for (const char* host : {"localhost", "admin.example:9464"}) {
      CAPTURE(host);
      CHECK(status(asking("/metrics", host, {}, row.authorization), options(kToken)) == row.status);
      CHECK(status(asking("/healthz", host, {}, row.authorization), options(kToken)) == 0);
    }
  }
  const auto refused = access_refusal(asking("/metrics", "localhost"), options(kToken));
  REQUIRE(refused);
  REQUIRE(refused->fields.size() == 1);
  CHECK(refused->fields.front().first == "www-authenticate:");
  CHECK(refused->fields.front().second.starts_with("Bearer"));
}

TEST_CASE("without a token in the settings none that is shown opens anything") {
  CHECK(status(asking("/metrics", "evil.example", {}, "Bearer " + kToken), options()) == 403);
  CHECK(status(asking("/metrics", "evil.example", {}, "Bearer "), options()) == 403);
}

TEST_CASE("a token does not let a page of another origin in") {
  const auto from = [](std::string origin) {
    return asking("/metrics", "admin.example", std::move(origin), "Bearer " + kToken);
  };
  CHECK(status(from("http://evil.example"), options(kToken)) == 403);
  CHECK(status(from("https://admin.example"), options(kToken)) == 0);
}

TEST_CASE("paths are public as the settings say") {
  Options given = options(kToken);
  given.public_paths = {"/metrics"};
  CHECK(status(asking("/metrics", "10.1.2.3:9464"), given) == 0);
  CHECK(status(asking("/healthz", "localhost"), given) == 401);
  CHECK(status(asking("/metrics/", "localhost"), given) == 401);
}

}  // namespace
}  // namespace lastframe::admin
