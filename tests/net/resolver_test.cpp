#include "net/resolver.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <future>
#include <vector>

#include "net/clock.h"
#include "support/waiting.h"

namespace lastframe::net {
namespace {

using test::kPatience;

// RFC 6761 section 6.4: names under "invalid." never resolve.
constexpr std::string_view kNoName = "no-such-host.invalid";

// Asks, and waits for the answer where it does not come at once.
Resolution ask(Resolver& resolver, const std::string& host) {
  auto answer = std::make_shared<std::promise<Resolution>>();  // with the callback
  auto later = answer->get_future();
  auto known = resolver.resolve(
      host, now(), [answer](Resolution resolution) { answer->set_value(std::move(resolution)); });
  if (known) return *known;
  REQUIRE(later.wait_for(kPatience) == std::future_status::ready);
  return later.get();
}

bool is_loopback(const SocketAddress& address) {
  return address.host_text() == "::1" || address.host_text().starts_with("127.");
}

TEST_CASE("a name has addresses with port 0, each once, the families taking turns") {
  const Resolution resolution = look_up("localhost");
  REQUIRE(resolution.has_value());
  for (const SocketAddress& address : *resolution) {
    CHECK(is_loopback(address));
    CHECK(address.port() == 0);
  }
  for (std::size_t i = 1; i < resolution->size(); ++i) {
    CHECK((*resolution)[i].text() != (*resolution)[i - 1].text());
  }
}

TEST_CASE("a name that does not resolve is an error that names it") {
  const Resolution resolution = look_up(std::string(kNoName));
  REQUIRE_FALSE(resolution.has_value());
  CHECK(resolution.error().contains(kNoName));
}

TEST_CASE("an answer is believed for its time, and given at once") {
  Resolver resolver;
  REQUIRE(ask(resolver, "localhost").has_value());
  const auto never = [](const Resolution&) { FAIL("the answer was known"); };
  const auto known = resolver.resolve("localhost", now(), never);
  REQUIRE(known.has_value());
  CHECK(known->has_value());
}

TEST_CASE("an answer that is too old is asked for again") {
  Resolver resolver;
  resolver.set_ttl(std::chrono::milliseconds(0));
  REQUIRE(ask(resolver, "localhost").has_value());
  std::promise<void> asked;
  const auto known =
      resolver.resolve("localhost", now(), [&](const Resolution&) { asked.set_value(); });
  CHECK_FALSE(known.has_value());
  CHECK(asked.get_future().wait_for(kPatience) == std::future_status::ready);
}

TEST_CASE("a failure is not believed: the next connection asks again") {
  Resolver resolver;
  CHECK_FALSE(ask(resolver, std::string(kNoName)).has_value());
  CHECK_FALSE(ask(resolver, std::string(kNoName)).has_value());
}

TEST_CASE("many who ask for one name at once are all answered") {
  Resolver resolver;
  resolver.set_ttl(std::chrono::milliseconds(0));
  std::vector<std::promise<bool>> answers(50);
  for (auto& answer : answers) {
    const auto known = resolver.resolve("localhost", now(), [&answer](const Resolution& found) {
      answer.set_value(found.has_value());
    });
    if (known) answer.set_value(known->has_value());
  }
  for (auto& answer : answers) {
    auto later = answer.get_future();
    REQUIRE(later.wait_for(kPatience) == std::future_status::ready);
    CHECK(later.get());
  }
}

TEST_CASE("after stop() nobody is called any more") {
  bool was_called_late = false;
  bool is_stopped = false;
  {
    Resolver resolver;
    for (int i = 0; i < 20; ++i) {
      resolver.resolve("host-" + std::to_string(i) + ".invalid", now(),
                       [&](const Resolution&) { was_called_late = is_stopped; });
    }
    resolver.stop();
    is_stopped = true;
  }
  CHECK_FALSE(was_called_late);
}

}  // namespace
}  // namespace lastframe::net
