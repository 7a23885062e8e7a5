#include "probe/echo_connection.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

#include "net/clock.h"
#include "net/sockets.h"
#include "probe/echo_server.h"
#include "probe/request.h"
#include "probe/wire.h"

using namespace lastframe;
using namespace lastframe::probe;
using namespace std::chrono_literals;
using ws::Opcode;

namespace {

constexpr ws::MaskingKey kKey{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};

std::unique_ptr<EchoServer> started() {
  auto server = EchoServer::start({.listen = net::TcpAddress{"127.0.0.1", 0}, .tls = {}});
  REQUIRE(server.has_value());
  return *std::move(server);
}

// A client that says exactly what it is told to.
class Client {
 public:
  Client(const EchoServer& server, const std::string& target, bool is_probe,
         const std::string& extensions = "")
      : wire_(connected(server)) {
    RequestDraft draft{.target = target, .host = "echo.test", .key = drawn_key()};
    if (is_probe) draft.subprotocols = {std::string(kSubprotocol)};
    draft.extensions = extensions;
    send(request_head(draft));
    answer = read_answer([this](std::string& into) { return wire_.receive(into, deadline()); });
    input_ = answer.rest;
  }

  void send(const std::string& bytes) { CHECK(wire_.send(as_bytes(bytes), deadline())); }
  void send(Opcode opcode, const std::string& payload, Last last = Last::yes) {
    send(wire_bytes(make_frame(opcode, payload, kKey, last)));
  }
  void tell(const Instruction& instruction) { send(Opcode::text, to_json(instruction)); }

  // An empty frame with a reserved opcode where the stream ends before one comes.
  Frame next() {
    while (true) {
      ByteView rest = as_bytes(input_);
      auto frame = reader_.next(rest);
      input_.erase(0, input_.size() - rest.size());
      if (frame) return *std::move(frame);
      if (wire_.receive(input_, deadline()) != Wire::Got::bytes) {
        return make_frame(static_cast<Opcode>(3), "", std::nullopt);
      }
    }
  }

  std::optional<session::EndKind> end_of_server() {
    std::string rest;
    while (wire_.receive(rest, deadline()) == Wire::Got::bytes) {
    }
    return wire_.ended();
  }

  Account account() {
    tell(Report{});
    const auto account = parse_account(next().payload);
    REQUIRE(account.has_value());
    return *account;
  }

  Wire& wire() { return wire_; }
  Answer answer;

 private:
  static Moment deadline() { return net::now() + 20s; }
  static net::FileDescriptor connected(const EchoServer& server) {
    const auto port = static_cast<std::uint16_t>(
        std::stoi(server.address().substr(server.address().rfind(':') + 1)));
    auto begun = net::begin_connect(*net::SocketAddress::of_numeric("127.0.0.1", port),
                                    std::nullopt, std::nullopt);
    REQUIRE(begun.error == 0);
    return std::move(begun.socket);
  }

  Wire wire_;
  FrameReader reader_{std::size_t{1} << 20};
  std::string input_;
};

}  // namespace

TEST_CASE("frames come back as they went: opcode, FIN and cuts, without the mask") {
  const auto server = started();
  Client client(*server, "/", false);
  REQUIRE(client.answer.head.starts_with("HTTP/1.1 101 "));
  client.send(Opcode::text, "Hel", Last::no);
  client.send(Opcode::ping, "between");
  client.send(Opcode::continuation, "", Last::no);
  client.send(Opcode::continuation, "lo");
  client.send(Opcode::binary, std::string(70000, 'b'));
  CHECK(client.next() == make_frame(Opcode::text, "Hel", std::nullopt, Last::no));
  CHECK(client.next() == make_frame(Opcode::pong, "between", std::nullopt));
  CHECK(client.next() == make_frame(Opcode::continuation, "", std::nullopt, Last::no));
  CHECK(client.next() == make_frame(Opcode::continuation, "lo", std::nullopt));
  CHECK(client.next() == make_frame(Opcode::binary, std::string(70000, 'b'), std::nullopt));
  client.send(Opcode::close, close_body(4001, "gone"));
  CHECK(client.next() == make_frame(Opcode::close, close_body(4001, ""), std::nullopt));
  CHECK(client.end_of_server() == session::EndKind::fin);
}

TEST_CASE("what RFC 6455 forbids ends with 1002 or 1007") {
  struct Row {
    std::string name;
    std::string bytes;
    std::uint16_t code;
  };
  const std::string masked = wire_bytes(make_frame(Opcode::text, "x", kKey));
  for (const Row& row : {
           Row{"5.1: a client masks", wire_bytes(make_frame(Opcode::text, "x", std::nullopt)),
               1002},
           Row{"5.2: reserved bits", "\xC1" + masked.substr(1), 1002},
           Row{"5.2: reserved opcodes", "\x83" + masked.substr(1), 1002},
           Row{"5.4: nothing to continue", "\x80" + masked.substr(1), 1002},
           Row{"5.5: control frames are whole", "\x09" + masked.substr(1), 1002},
           Row{"5.5.1: a Close of one byte", "\x88" + masked.substr(1), 1002},
           Row{"8.1: text is UTF-8", wire_bytes(make_frame(Opcode::text, "\xff", kKey)), 1007},
           Row{"8.1: text ends with a character",
               wire_bytes(make_frame(Opcode::text, "\xc3", kKey)), 1007},
       }) {
    CAPTURE(row.name);
    const auto server = started();
    Client client(*server, "/", false);
    client.send(row.bytes);
    Frame frame = client.next();
    while (!ws::is_control(frame.header.opcode) && frame.header.opcode != Opcode{3}) {
      frame = client.next();
    }
    CHECK(frame.header.opcode == Opcode::close);
    CHECK(frame.payload.substr(0, 2) == close_body(row.code, ""));
    CHECK(client.end_of_server() == session::EndKind::fin);
  }
}

TEST_CASE("a report tells what arrived since the last one") {
  const auto server = started();
  Client client(*server, "/room?a=1", true);
  CHECK(client.answer.head.contains("Sec-WebSocket-Protocol: lastframe-probe.1\r\n"));
  const Account first = client.account();
  CHECK(first.head.starts_with("GET /room?a=1 HTTP/1.1\r\nHost: echo.test\r\n"));
  CHECK(first.frame_count == 0);
  const std::vector<Frame> sent{make_frame(Opcode::text, "one", kKey, Last::no),
                                make_frame(Opcode::pong, "two", kKey),
                                make_frame(Opcode::continuation, "three", kKey)};
  for (const Frame& frame : sent) client.send(wire_bytes(frame));
  client.next();
  client.next();
  const Account second = client.account();
  CHECK(second.frames == forms_of(sent));
  CHECK(second.frame_count == 3);
  CHECK(client.account().frame_count == 0);
}

TEST_CASE("instructions are texts like others where the subprotocol was not asked for") {
  const auto server = started();
  Client client(*server, "/", false);
  client.tell(ResetNow{});
  CHECK(client.next().payload == R"({"do":"reset"})");
}

TEST_CASE("each instruction does what it says") {
  const auto server = started();
  SUBCASE("close") {
    Client client(*server, "/", true);
    client.tell(SendClose{1011, "why"});
    CHECK(client.next() == make_frame(Opcode::close, close_body(1011, "why"), std::nullopt));
    client.send(Opcode::close, close_body(1011, ""));
    CHECK(client.end_of_server() == session::EndKind::fin);
  }
  SUBCASE("send") {
    Client client(*server, "/", true);
    client.tell(SendBytes{std::string("\x8A\x01x", 3)});
    CHECK(client.next() == make_frame(Opcode::pong, "x", std::nullopt));
  }
  SUBCASE("burst") {
    Client client(*server, "/", true);
    client.tell(Burst{3, 2});
    for (int i = 0; i < 3; ++i) CHECK(client.next().payload == "bb");
  }
  SUBCASE("silence") {
    Client client(*server, "/", true);
    client.tell(PingAfter{std::chrono::milliseconds(20)});
    CHECK(client.next().header.opcode == Opcode::ping);
  }
  SUBCASE("reset") {
    Client client(*server, "/", true);
    client.tell(ResetNow{});
    CHECK(client.end_of_server() == session::EndKind::reset);
  }
  SUBCASE("fin") {
    Client client(*server, "/", true);
    client.tell(EndNow{});
    CHECK(client.end_of_server() == session::EndKind::fin);
  }
  SUBCASE("on_fin") {
    Client client(*server, "/", true);
    client.tell(SendAtEnd{std::string("\x81\x01z", 3)});
    client.account();
    client.wire().end();
    CHECK(client.next() == make_frame(Opcode::text, "z", std::nullopt));
    CHECK(client.end_of_server() == session::EndKind::fin);
  }
  SUBCASE("nonsense is refused with 1008") {
    Client client(*server, "/", true);
    client.send(Opcode::text, R"({"do":"dance"})");
    CHECK(client.next().payload.substr(0, 2) == close_body(1008, ""));
  }
}

TEST_CASE("another connection tells how one ended") {
  const auto server = started();
  Client asking(*server, "/", true);
  struct Row {
    const char* ended;
    void (*end)(Client&);
  };
  for (const Row& row : {Row{"fin", [](Client& client) { client.wire().end(); }},
                         Row{"reset", [](Client& client) { client.wire().reset(); }}}) {
    CAPTURE(row.ended);
    Client client(*server, "/", true);
    const std::string id = client.account().connection;
    row.end(client);
    asking.tell(Report{id, true});
    const auto account = parse_account(asking.next().payload);
    REQUIRE(account.has_value());
    CHECK(account->ended == row.ended);
  }
}

TEST_CASE("a path asks for a frame behind the 101, or for permessage-deflate") {
  const auto server = started();
  Client glued(*server, "/a/glue?b", false);
  CHECK(glued.next().payload == "behind the 101");
  Client deflate(*server, "/deflate", false, "permessage-deflate");
  CHECK(deflate.answer.head.contains("Sec-WebSocket-Extensions: permessage-deflate\r\n"));
  // RFC 7692 section 7.2.3.1: "Hello".
  deflate.send(std::string("\xc1\x87\0\0\0\0\xf2\x48\xcd\xc9\xc9\x07\0", 13));
  CHECK(deflate.next().payload == std::string("\xf2\x48\xcd\xc9\xc9\x07\0", 7));
  Client declined(*server, "/", false, "permessage-deflate");
  CHECK_FALSE(declined.answer.head.contains("Extensions"));
}

TEST_CASE("what asks for no WebSocket is told what this is") {
  const auto server = started();
  struct Row {
    std::string request;
    const char* status;
  };
  for (const Row& row :
       {Row{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 "},
        Row{"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n", "HTTP/1.1 400 "},
        Row{"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 8\r\n\r\n",
            "HTTP/1.1 426 "},
        Row{"SSH-2.0-x\r\n\r\n", "HTTP/1.1 400 "}}) {
    CAPTURE(row.request);
    Client client(*server, "/", false);
    client.wire().reset();
    const auto port = static_cast<std::uint16_t>(
        std::stoi(server->address().substr(server->address().rfind(':') + 1)));
    auto begun = net::begin_connect(*net::SocketAddress::of_numeric("127.0.0.1", port),
                                    std::nullopt, std::nullopt);
    Wire wire(std::move(begun.socket));
    CHECK(wire.send(as_bytes(row.request), net::now() + 20s));
    std::string answer;
    while (wire.receive(answer, net::now() + 20s) == Wire::Got::bytes) {
    }
    CHECK(answer.starts_with(row.status));
  }
}
