#include "ssl/stream.h"

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ssl/client_side.h"
#include "ssl/server_side.h"
#include "support/certificates.h"
#include "support/splits.h"

namespace lastframe::ssl {
namespace {

using State = Stream::State;

ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

// A stream with what it heard and wants to say.
class End {
 public:
  explicit End(SslPointer ssl) : stream_(std::move(ssl)) { go_on(); }

  Stream& stream() { return stream_; }
  const std::string& heard() const { return heard_; }
  State state() const { return state_; }

  void hear(std::string_view ciphertext) {
    stream_.feed(as_bytes(ciphertext));
    go_on();
  }
  void hear_end() {
    stream_.end_input();
    go_on();
  }
  void say(std::string_view text) { CHECK(stream_.write(as_bytes(text), out_)); }
  void close() { stream_.close(out_); }
  std::string said() {
    std::string text(reinterpret_cast<const char*>(out_.data()), out_.size());
    out_.clear();
    return text;
  }

 private:
  void go_on() {
    std::array<std::byte, 1000> room{};
    do {
      const Stream::Read read = stream_.read(room, out_);
      heard_.append(reinterpret_cast<const char*>(room.data()), read.size);
      state_ = read.state;
      if (read.size == 0) break;
    } while (true);
  }

  Stream stream_;
  std::vector<std::byte> out_;
  std::string heard_;
  State state_ = State::open;
};

class Pair {
 public:
  explicit Pair(int version = TLS1_3_VERSION, ClientAuth auth = ClientAuth::off) {
    const test::CertificateFiles files;
    const auto root = test::make_test_root();
    const std::string ca = files.write("ca.pem", root.pem());
    ServerOptions options{.certificates = {files.pair("a", test::make_certificate({}, &root))}};
    options.client_auth = auth;
    if (auth != ClientAuth::off) options.client_ca = ca;
    const auto server_side = ServerSide::load(options, nullptr);
    const auto client_side = ClientSide::load({.ca = ca}, nullptr);
    REQUIRE(server_side.has_value());
    REQUIRE(client_side.has_value());
    auto begun = (*client_side)->begin({"chat.example", "chat.example", {}});
    SSL_set_max_proto_version(begun->get(), version);
    client = std::make_unique<End>(*std::move(begun));
    server = std::make_unique<End>(*(*server_side)->begin({"chat.example", "", ""}));
  }

  void talk() {
    while (true) {
      const std::string asked = client->said();
      const std::string answered = server->said();
      if (asked.empty() && answered.empty()) return;
      if (!asked.empty()) server->hear(asked);
      if (!answered.empty()) client->hear(answered);
    }
  }

  std::unique_ptr<End> client;
  std::unique_ptr<End> server;
};

// No context of ours has such ciphers: a guard, should one come to.
TEST_CASE("a server that must show a certificate does not come through without one") {
  const test::CertificateFiles files;
  const auto server_side =
      ServerSide::load({.certificates = {files.pair("a", test::make_certificate({}))}}, nullptr);
  REQUIRE(server_side.has_value());
  for (const bool is_verified : {true, false}) {
    CAPTURE(is_verified);
    const auto client_side = ClientSide::load({.is_verified = is_verified}, nullptr);
    REQUIRE(client_side.has_value());
    auto asking = (*client_side)->begin({"chat.example", "chat.example", {}});
    auto answering = (*server_side)->begin({"chat.example", "", ""});
    for (SSL* const ssl : {asking->get(), answering->get()}) {
      SSL_set_max_proto_version(ssl, TLS1_2_VERSION);
      REQUIRE(SSL_set_cipher_list(ssl, "aNULL:@SECLEVEL=0") == 1);
    }
    End client(*std::move(asking));
    End server(*std::move(answering));
    for (int i = 0; i < 4; ++i) {
      if (const auto said = client.said(); !said.empty()) server.hear(said);
      if (const auto said = server.said(); !said.empty()) client.hear(said);
    }
    CHECK(server.stream().is_established());
    CHECK(client.stream().is_established() == !is_verified);
    CHECK((client.state() == State::failed) == is_verified);
    session::TlsLeg leg;
    client.stream().describe(leg);
    CHECK(leg.cipher.contains("_anon_"));  // (EC)DH without a certificate
    CHECK(leg.certificate_fault == session::CertificateFault::missing);
    if (!is_verified) continue;
    CHECK(client.stream().failure().fault == session::TlsFault::certificate_refused);
    CHECK_FALSE(client.stream().failure().is_after_handshake);
  }
}

constexpr auto kVersions = std::to_array({TLS1_2_VERSION, TLS1_3_VERSION});

TEST_CASE("plain text comes out as it went in, at every split of its records") {
  const std::string text = "GET /chat HTTP/1.1\r\n\r\n";
  for (const int version : kVersions) {
    CAPTURE(version);
    Pair pair(version);
    pair.talk();
    CHECK(pair.client->stream().is_established());
    CHECK(pair.server->stream().is_established());
    std::string expected;
    pair.client->say(text);
    const std::size_t length = pair.client->said().size();
    CHECK(length > text.size());
    Pair again(version);
    again.talk();
    // Records cannot be played twice: each split has records of its own, of the same length.
    test::at_every_split(std::string(length, ' '), [&](const test::Split& split) {
      CAPTURE(split.name);
      again.client->say(text);
      const std::string records = again.client->said();
      REQUIRE(records.size() == length);
      std::size_t at = 0;
      for (const std::string_view part : split.parts) {
        const std::vector<char> copy(
            records.begin() + static_cast<std::ptrdiff_t>(at),
            records.begin() + static_cast<std::ptrdiff_t>(at + part.size()));
        again.server->hear({copy.data(), copy.size()});
        at += part.size();
      }
      expected += text;
      CHECK(again.server->heard() == expected);
    });
    CHECK(again.server->state() == State::open);
  }
}

TEST_CASE("a long text passes in both directions") {
  std::string text(1 << 20, '\0');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 31 >> 3);
  Pair pair;
  pair.talk();
  pair.client->say(text);
  pair.server->say(text);
  pair.talk();
  CHECK((pair.server->heard() == text));
  CHECK((pair.client->heard() == text));
}

TEST_CASE("an end with close_notify is in order, one without is a truncation") {
  for (const int version : kVersions) {
    CAPTURE(version);
    for (const bool is_in_order : {false, true}) {
      CAPTURE(is_in_order);
      Pair pair(version);
      pair.talk();
      pair.client->say("last words");
      if (is_in_order) pair.client->close();
      pair.talk();
      CHECK(pair.server->heard() == "last words");
      pair.server->hear_end();
      CHECK(pair.server->state() == (is_in_order ? State::closed : State::truncated));
      CHECK(pair.server->stream().is_established());
      // The other direction goes on, either way.
      pair.server->say("an answer");
      pair.client->hear(pair.server->said());
      CHECK(pair.client->heard() == "an answer");
      CHECK(pair.client->state() == State::open);
    }
  }
}

TEST_CASE("a stream cut within a record is a truncation, too") {
  Pair pair;
  pair.talk();
  pair.client->say("never whole");
  const std::string record = pair.client->said();
  pair.server->hear(record.substr(0, record.size() - 1));
  pair.server->hear_end();
  CHECK(pair.server->heard().empty());
  CHECK(pair.server->state() == State::truncated);
}

TEST_CASE("an end within the handshake is a failure") {
  for (const bool is_server : {false, true}) {
    Pair pair;
    End& end = is_server ? *pair.server : *pair.client;
    end.hear_end();
    CHECK(end.state() == State::failed);
    CHECK(name(end.stream().failure().fault) == name(session::TlsFault::ended));
    CHECK_FALSE(end.stream().failure().is_after_handshake);
  }
}

TEST_CASE("a refusal that comes when the handshake is over for us is told as such") {
  for (const int version : kVersions) {
    CAPTURE(version);
    Pair pair(version, ClientAuth::require);  // and the client has no certificate
    pair.talk();
    CHECK(pair.server->state() == State::failed);
    CHECK(pair.client->state() == State::failed);
    const session::TlsFailure& failure = pair.client->stream().failure();
    CHECK(name(failure.fault) == name(session::TlsFault::alert_received));
    CHECK(failure.is_after_handshake == (version == TLS1_3_VERSION));
  }
}

}  // namespace
}  // namespace lastframe::ssl
