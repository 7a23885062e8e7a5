#include "core/session/tls_privacy.h"

#include <doctest/doctest.h>

#include <string_view>

namespace lastframe::session {
namespace {

TlsLeg leg_with(std::string_view subject, std::string_view issuer) {
  TlsLeg leg;
  leg.chain.resize(2);
  leg.chain[0].subject = subject;
  leg.chain[0].issuer = issuer;
  leg.chain[0].names = {"ann@example.org"};
  leg.chain[0].name_count = 1;
  leg.chain[0].key = "EC 256 bits";
  leg.chain[1].subject = "CN=Users CA";
  return leg;
}

TEST_CASE("a client's certificate says who issued it, and not whose it is") {
  TlsLeg leg = leg_with("CN=Ann Example", "CN=Users CA");
  redact(leg, Endpoint::client);
  CHECK(leg.chain[0].subject == "[redacted, 14 bytes]");
  CHECK(leg.chain[0].issuer == "CN=Users CA");
  CHECK(leg.chain[0].names.empty());
  CHECK(leg.chain[0].name_count == 1);
  CHECK(leg.chain[0].key == "EC 256 bits");
  CHECK(leg.chain[1].subject == "CN=Users CA");

  TlsLeg self_signed = leg_with("CN=Ann Example", "CN=Ann Example");
  redact(self_signed, Endpoint::client);
  CHECK(self_signed.chain[0].issuer == "[redacted, 14 bytes]");

  TlsLeg nameless = leg_with("", "CN=Users CA");
  redact(nameless, Endpoint::client);
  CHECK(nameless.chain[0].subject == "");

  TlsLeg none;
  redact(none, Endpoint::client);
  CHECK(none == TlsLeg{});
}

TEST_CASE("a server's certificate is public") {
  TlsLeg leg = leg_with("CN=chat.example", "CN=CA");
  redact(leg, Endpoint::server);
  CHECK(leg == leg_with("CN=chat.example", "CN=CA"));
}

TEST_CASE("a server name is redacted like a Host") {
  for (const Endpoint peer : kEndpoints) {
    TlsLeg leg;
    leg.server_name = "chat.example";
    redact(leg, peer);
    CHECK(leg.server_name == "chat.example");
    leg.server_name = "550e8400-e29b-41d4-a716-446655440000.chat.example";
    redact(leg, peer);
    CHECK(leg.server_name.starts_with("[redacted"));
  }
}

TEST_CASE("what came in place of TLS is shown without its secrets") {
  struct Row {
    std::string_view name;
    std::string_view bytes;
    std::string_view shown;
  };
  for (const Row& row :
       {Row{"a request", "GET /chat HTTP/1.1", "GET /chat HTTP/1.1"},
        Row{"its fields are left out", "GET /chat HTTP/1.1\\r\\nCookie: id=ann",
            "GET /chat HTTP/1.1"},
        Row{"fields behind blanks too", "GET /chat HTTP/1.1  Cookie: id=ann", "GET /chat HTTP/1.1"},
        Row{"a query", "GET /chat?token=ann&EIO=4 HTTP/1.1",
            "GET /chat?token=[redacted, 3 bytes]&EIO=4 HTTP/1.1"},
        Row{"a query that is cut off", "GET /chat?token=an", "GET /chat?token=[redacted, 2 bytes]"},
        Row{"a path that is cut off", "GET /users/an", "GET /users/"},
        Row{"nothing of a target", "GET ", "GET "},
        Row{"no HTTP version", "GET /chat secret", "GET /chat"},
        Row{"a response", "HTTP/1.1 400 Bad Request", "HTTP/1.1 400 Bad Request"},
        Row{"another protocol", "SSH-2.0-OpenSSH_9.2p1", "SSH-2.0-OpenSSH_9.2p1"},
        Row{"nothing", "", ""}}) {
    CAPTURE(row.name);
    CHECK(shown_first_bytes(row.bytes, {}) == row.shown);
  }
  CHECK(shown_first_bytes("x 550e8400-e29b-41d4-a716-446655440000", {}).contains("[redacted"));
}

}  // namespace
}  // namespace lastframe::session
