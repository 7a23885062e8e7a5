#include "core/proxying/socks5_messages.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "support/hex.h"

namespace lastframe::proxying {
namespace {

using test::hex;

// Calls `read` with each beginning that is shorter, and holds that nothing is read of it.
template <typename Read>
void check_needs_all(const std::string& message, Read&& read) {
  for (std::size_t size = 0; size < message.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(read(std::string_view(message).substr(0, size)));
  }
}

TEST_CASE("greetings have as many methods as they say") {
  const std::string greeting = hex("05 02 00 02");
  check_needs_all(greeting, [](std::string_view part) { return read_socks_greeting(part); });
  const std::string more = greeting + "more";
  const auto read = read_socks_greeting(more);
  REQUIRE(read);
  CHECK(read->methods == hex("00 02"));
  CHECK(read->size == 4);
  CHECK(read_socks_greeting(hex("05 00"))->size == 2);
}

TEST_CASE("users and passwords are as long as they say") {
  const std::string shown = hex("01 03") + "ann" + hex("02") + "pw";
  check_needs_all(shown, [](std::string_view part) { return read_socks_password(part); });
  const std::string more = shown + "more";
  const auto read = read_socks_password(more);
  REQUIRE(read);
  CHECK(read->user == "ann");
  CHECK(read->password == "pw");
  CHECK(read->size == shown.size());
}

TEST_CASE("addresses are numbers or names") {
  using State = SocksAddress::State;
  const auto check = [](const std::string& message, std::string_view host, bool is_name) {
    check_needs_all(message, [](std::string_view part) {
      return read_socks_address(part).state != State::incomplete;
    });
    const SocksAddress read = read_socks_address(message + "more");
    CHECK(read.state == State::complete);
    CHECK(read.size == message.size());
    CHECK(read.host == host);
    CHECK(read.port == 443);
    CHECK(read.is_name == is_name);
  };
  check(hex("05 01 00 01 c0 00 02 01 01 bb"), "192.0.2.1", false);
  check(hex("05 01 00 04 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 01 bb"), "2001:db8::1",
        false);
  check(hex("05 01 00 03 01") + "a" + hex("01 bb"), "a", true);
  CHECK(read_socks_address(hex("05 01 00 02")).state == State::unknown_type);
}

}  // namespace
}  // namespace lastframe::proxying
