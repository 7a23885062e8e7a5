#include "cli/life_signs.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>

#include "support/environment_variable.h"

namespace lastframe::cli {
namespace {

using namespace std::chrono_literals;
using test::EnvironmentVariable;

// Signs are counted by how often their status is asked for.
struct Watched {
  explicit Watched(std::optional<std::string> usec)
      : socket("NOTIFY_SOCKET", "/nowhere/notify"),
        watchdog("WATCHDOG_USEC", std::move(usec)),
        pid("WATCHDOG_PID"),
        supervisor(*Supervisor::of_environment()),
        signs_of_life(supervisor, {.ask = [this] { ++asked; },
                                   .have_answered = [this] { return have_answered; }}) {}

  void look(std::chrono::microseconds at) {
    signs_of_life.look(Moment(at), [this] {
      ++signs;
      return std::string("relaying");
    });
  }

  EnvironmentVariable socket, watchdog, pid;
  Supervisor supervisor;
  int asked = 0;
  bool have_answered = true;
  int signs = 0;
  LifeSigns signs_of_life;
};

TEST_CASE("signs come twice as often as the watchdog wants them") {
  Watched watched("8000000");
  CHECK(watched.signs_of_life.pause() == 1s);
  for (int second = 0; second <= 80; ++second) watched.look(std::chrono::seconds(second));
  CHECK(watched.signs == 20);
  CHECK(watched.asked == 81);
}

TEST_CASE("a loop that does not answer stops the signs until it does") {
  Watched watched("8000000");
  watched.look(0s);
  watched.look(2s);
  CHECK(watched.signs == 1);
  watched.have_answered = false;
  for (int second = 3; second <= 60; ++second) watched.look(std::chrono::seconds(second));
  CHECK(watched.signs == 1);
  watched.have_answered = true;
  watched.look(61s);
  CHECK(watched.signs == 2);
}

TEST_CASE("a hasty watchdog is looked after more often") {
  CHECK(Watched("400000").signs_of_life.pause() == 50ms);
  CHECK(Watched("1").signs_of_life.pause() == 1ms);
}

TEST_CASE("without a watchdog the status is fresh every ten seconds") {
  Watched watched(std::nullopt);
  for (int second = 0; second <= 100; ++second) watched.look(std::chrono::seconds(second));
  CHECK(watched.signs == 10);
}

TEST_CASE("without a service manager the loops are asked all the same, and nobody is told") {
  const Supervisor nobody;
  int asked = 0;
  int told = 0;
  LifeSigns signs(nobody, {.ask = [&] { ++asked; }, .have_answered = [] { return true; }});
  for (int second = 0; second <= 100; ++second) {
    signs.look(Moment(std::chrono::seconds(second)), [&] {
      ++told;
      return std::string();
    });
  }
  CHECK(asked == 101);
  CHECK(told == 0);
}

}  // namespace
}  // namespace lastframe::cli
