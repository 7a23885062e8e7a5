#include "settings/listeners.h"

#include <doctest/doctest.h>

#include <array>
#include <string>

#include "settings/reading.h"

namespace lastframe::settings {
namespace {

std::string two(std::string_view first, std::string_view second) {
  return "listeners:\n  - " + std::string(first) + "\n  - " + std::string(second) + "\n";
}

TEST_CASE("listeners keep the file's order") {
  const Settings settings =
      settings_from(two("{name: b, listen: \"127.0.0.1:2\", upstream: ws://h}",
                        "{name: a, listen: \"127.0.0.1:1\", upstream: ws://h}"));
  REQUIRE(settings.relay.listeners.size() == 2);
  CHECK(settings.relay.listeners[0].name == "b");
  CHECK(settings.relay.listeners[1].name == "a");
}

TEST_CASE("no two listeners have one name or one address") {
  struct Row {
    const char* name;
    std::string text;
    std::string_view said = {};
  };
  const auto rows = std::to_array<Row>({
      {"different",
       two("{name: a, listen: :1, upstream: ws://h}", "{name: b, listen: :2, upstream: ws://h}")},
      {"port 0 twice",
       two("{name: a, listen: :0, upstream: ws://h}", "{name: b, listen: :0, upstream: ws://h}")},
      {"one upstream for both is fine",
       two("{name: a, listen: :1, upstream: ws://h}", "{name: b, listen: :2, upstream: ws://h}")},
      {"one name",
       two("{name: a, listen: :1, upstream: ws://h}", "{name: a, listen: :2, upstream: ws://h}"),
       "3: listeners[1].name: \"a\" is the name of the listener in line 2; give each listener its "
       "own"},
      {"one address",
       two("{name: a, listen: :1, upstream: ws://h}",
           "{name: b, listen: \"[::]:1\", upstream: ws://h}"),
       "3: listeners[1].listen: [::]:1 is where the listener in line 2 listens; give each "
       "listener"},
      {"no name for the first",
       two("{listen: :1, upstream: ws://h}", "{name: b, listen: :2, upstream: ws://h}"),
       "2: listeners[0].name: this key is missing; write a name; only a single listener may go "
       "without"},
      {"no name for the second",
       two("{name: a, listen: :1, upstream: ws://h}", "{listen: :2, upstream: ws://h}"),
       "3: listeners[1].name: this key is missing"},
      {"empty list", "listeners: []\n", "1: listeners: the list is empty; write [{listen:"},
      {"no list", "listeners: {name: a}\n",
       "1: listeners: a map of keys stands here; write a list"},
      {"nothing", "listeners:\n", "1: listeners: nothing stands here; write a list"},
  });
  for (const Row& row : rows) {
    CAPTURE(row.name);
    check_mistakes(row.text, row.said);
  }
}

TEST_CASE("listeners that lead to each other are a mistake, told once; a chain is none") {
  const auto listener = [](std::string_view name, std::string_view listen,
                           std::string_view upstream) {
    return "  - {name: " + std::string(name) + ", listen: \"" + std::string(listen) +
           "\", upstream: " + std::string(upstream) + "}\n";
  };
  const auto check = [](const std::string& rows, std::string_view said) {
    check_mistakes("listeners:\n" + rows, said);
  };
  const std::string b_to_service = listener("b", "127.0.0.1:81", "ws://10.0.0.7:9000");
  check(listener("a", "127.0.0.1:80", "ws://127.0.0.1:81") + b_to_service, "");
  check(listener("a", ":80", "ws://localhost:81") + listener("b", ":81", "ws://127.0.0.1:80"),
        "2: listeners[0].listen: every connection would come back to this listener for ever: "
        "\"a\" -> \"b\" -> \"a\"; let one of their upstreams be the service itself\n");
  check(listener("z", ":79", "ws://127.0.0.1:80") + listener("a", ":80", "\"ws://[::1]:82\"") +
            b_to_service + listener("c", ":82", "ws://0.0.0.0:80"),
        "3: listeners[1].listen: every connection would come back to this listener for ever: "
        "\"a\" -> \"c\" -> \"a\";");
  check(listener("a", "unix:/a", "unix:/b") + listener("b", "unix:/b", "unix:/a"),
        "2: listeners[0].listen: every connection would come back");
  check(listener("a", ":80", "[ws://10.0.0.7:9000, ws://127.0.0.1:81]") +
            listener("b", "127.0.0.1:81", "ws://127.0.0.1:80"),
        "2: listeners[0].listen: every connection would come back");
}

TEST_CASE("an alias of a whole listener is told as what it is: the same listener twice") {
  const std::string said =
      mistakes_of("listeners:\n  - &a {name: a, listen: :1, upstream: ws://h}\n  - *a\n");
  CHECK(said.contains("listeners[1].name: \"a\" is the name of the listener in line 2"));
  CHECK(said.contains("listeners[1].listen: :1 is where the listener in line 2 listens"));
}

TEST_CASE("1000 listeners are taken, one more is refused") {
  const auto listeners = [](int count) {
    std::string text = "listeners:\n";
    for (int i = 1; i <= count; ++i) {
      const std::string number = std::to_string(i);
      text += "  - {name: n" + number + ", listen: :" + number + ", upstream: ws://h}\n";
    }
    return text;
  };
  check_mistakes(listeners(1000), "");
  check_mistakes(listeners(1001), "1: listeners: there are 1001 listeners; write at most 1000");
}

}  // namespace
}  // namespace lastframe::settings
