#include "capture/tls_keys.h"

#include <doctest/doctest.h>

#include <string>

using namespace lastframe;
using capture::SecretLabel;
using capture::TlsKeys;
using capture::TlsRandom;
using capture::TlsSecret;

namespace {

TlsRandom random_of(std::uint32_t number) {
  TlsRandom random{};
  for (std::size_t i = 0; i < 4; ++i) random[28 + i] = static_cast<std::byte>(number >> 8 * i);
  return random;
}

TlsSecret secret_of(char c) {
  const std::string bytes(32, c);
  return TlsSecret(as_bytes(bytes));
}

}  // namespace

TEST_CASE("secrets of one connection are found together, by its random") {
  TlsKeys keys;
  keys.add(random_of(1), SecretLabel::client_traffic, secret_of('c'));
  keys.add(random_of(1), SecretLabel::server_traffic, secret_of('s'));
  keys.add(random_of(2), SecretLabel::client_traffic, secret_of('x'));
  const auto* found = keys.find(random_of(1));
  REQUIRE(found != nullptr);
  CHECK((*found)[static_cast<std::size_t>(SecretLabel::client_traffic)] == secret_of('c'));
  CHECK((*found)[static_cast<std::size_t>(SecretLabel::server_traffic)] == secret_of('s'));
  CHECK_FALSE((*found)[static_cast<std::size_t>(SecretLabel::master)]);
  CHECK(keys.find(random_of(3)) == nullptr);
}

TEST_CASE("where there are too many the oldest go") {
  TlsKeys keys(100);
  for (std::uint32_t i = 0; i < 1000; ++i) {
    keys.add(random_of(i), SecretLabel::client_traffic, secret_of('c'));
    keys.add(random_of(i), SecretLabel::server_traffic, secret_of('s'));
  }
  CHECK(keys.size() == 100);
  CHECK(keys.find(random_of(899)) == nullptr);
  CHECK(keys.find(random_of(900)) != nullptr);
}

TEST_CASE("sessions are remembered by their names, within bounds") {
  TlsKeys keys;
  keys.remember_session(as_bytes("one"), secret_of('1'));
  keys.remember_session(as_bytes("one"), secret_of('2'));
  keys.remember_session({}, secret_of('x'));
  const std::string too_long(TlsKeys::kLongestName + 1, 'n');
  keys.remember_session(as_bytes(too_long), secret_of('x'));
  REQUIRE(keys.session(as_bytes("one")) != nullptr);
  CHECK(*keys.session(as_bytes("one")) == secret_of('2'));
  CHECK(keys.session({}) == nullptr);
  CHECK(keys.session(as_bytes(too_long)) == nullptr);
  for (std::size_t i = 0; i < TlsKeys::kMostSessions; ++i) {
    keys.remember_session(as_bytes(std::to_string(i)), secret_of('m'));
  }
  CHECK(keys.session(as_bytes("one")) == nullptr);
}
