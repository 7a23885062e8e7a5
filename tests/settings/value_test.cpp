#include "settings/value.h"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace lastframe::settings {
namespace {

using namespace std::chrono_literals;

// A file, read, and what is wrong with it.
struct File {
  explicit File(std::string_view text) : document(parse_yaml(text)) {}

  Value top() { return Value(document, mistakes, document.root, 1, ""); }
  // The value of the first key of the top map.
  Value first() {
    const YamlEntry& entry = document.nodes[document.root].entries.at(0);
    return Value(document, mistakes, entry.value, entry.line, entry.key);
  }
  std::string said() const {
    std::string text;
    for (const Error& error : mistakes.in_order()) text += to_text(error) + "\n";
    return text;
  }

  YamlDocument document;
  Mistakes mistakes{"f.yaml"};
};

TEST_CASE("mistakes come in the order of lines, each once, with file, line and key") {
  Mistakes mistakes("f.yaml");
  CHECK(mistakes.is_empty());
  mistakes.add(7, "b", {"", "second", "mend it"});
  mistakes.add(2, "a", {"", "first", "mend it"});
  mistakes.add(7, "c", {"", "third", "mend it"});
  mistakes.add(7, "b", {"", "second", "mend it"});
  const auto found = mistakes.in_order();
  REQUIRE(found.size() == 3);
  CHECK(to_text(found[0]) == "f.yaml:2: a: first; mend it");
  CHECK(to_text(found[1]) == "f.yaml:7: b: second; mend it");
  CHECK(to_text(found[2]) == "f.yaml:7: c: third; mend it");
}

TEST_CASE("a thousand mistakes are told, and how many there are more") {
  Mistakes mistakes("f.yaml");
  for (int line = 1; line <= 1000; ++line) mistakes.add(line, "a", {"", "bad", "mend it"});
  CHECK(mistakes.is_full());
  CHECK(mistakes.in_order().size() == 1000);
  mistakes.add(1001, "a", {"", "bad", "mend it"});
  const auto found = mistakes.in_order();
  REQUIRE(found.size() == 1001);
  CHECK(found.back().what == "there are 1 mistakes more");
}

TEST_CASE("each kind of value takes what it takes and says what it would take") {
  static constexpr auto kWords = std::to_array<std::string_view>({"reset", "http_502"});
  const auto text = [](const Value& v) { return v.text("a name").has_value(); };
  const auto scalar = [](const Value& v) { return v.scalar("an address").has_value(); };
  const auto truth = [](const Value& v) { return v.yes_or_no().has_value(); };
  const auto number = [](const Value& v) { return v.whole_number({1, 64}, "auto").has_value(); };
  const auto time = [](const Value& v) { return v.duration({1ms, 1h}, "off").has_value(); };
  const auto size = [](const Value& v) { return v.size({1024, 1 << 20}).has_value(); };
  const auto word = [](const Value& v) { return v.one_of(kWords).has_value(); };
  const auto list = [](const Value& v) { return v.items("[a, b]").has_value(); };
  struct Row {
    bool (*read)(const Value&);
    std::string_view value;
    std::string_view said;  // "" where nothing is wrong
  };
  const auto rows = std::vector<Row>({
      {text, "chat", ""},
      {text, "\"8080\"", ""},
      {text, "off", ""},
      {text, "1a", ""},
      {text, "8080", "8080 is a number, not a text; write a name, or \"8080\" in quotes"},
      {text, "-1.5", "-1.5 is a number, not a text"},
      {text, "true", "true is true or false, not a text"},
      {text, "\"\"", "the text is empty; write a name"},
      {text, "", "nothing stands here; write a name"},
      {text, "~", "nothing stands here"},
      {text, "[a]", "a list stands here; write a name"},
      {text, "{a: b}", "a map of keys stands here; write a name"},
      {scalar, "8080", ""},
      {scalar, "[8080]", "a list stands here; write an address"},
      {truth, "true", ""},
      {truth, "false", ""},
      {truth, "yes", "\"yes\" is not true or false; write true or false"},
      {truth, "off", "\"off\" is not true or false"},
      {truth, "True", "\"True\" is not true or false"},
      {truth, "\"true\"", "the text \"true\" stands here; write true or false, without quotes"},
      {truth, "1", "\"1\" is not true or false"},
      {number, "1", ""},
      {number, "64", ""},
      {number, "0", "0 is out of range; write a number from 1 to 64, or auto"},
      {number, "65", "65 is out of range; write a number from 1 to 64, or auto"},
      {number, "08", "08 starts with a zero"},
      {number, "\"8\"", "the text \"8\" stands here"},
      {number, "many", "\"many\" is not a whole number; write digits only, or auto"},
      {number, "", "nothing stands here; write a number from 1 to 64, or auto"},
      {time, "1ms", ""},
      {time, "1h", ""},
      {time, "\"60m\"", ""},
      {time, "0s", "0s is out of range; write a time from 1ms to 1h, or off"},
      {time, "3600001ms", "3600001ms is out of range"},
      {time, "25", "\"25\" has no unit"},
      {time, "[1s]", "a list stands here; write a time from 1ms to 1h, or off"},
      {size, "1KiB", ""},
      {size, "1MiB", ""},
      {size, "1023B", "1023B is out of range; write a size from 1KiB to 1MiB"},
      {size, "1048577B", "1048577B is out of range"},
      {word, "reset", ""},
      {word, "\"http_502\"", ""},
      {word, "rset", "\"rset\" is not known here; did you mean reset?"},
      {word, "weep", "\"weep\" is not known here; write one of reset, http_502"},
      {word, "[reset]", "a list stands here; write one of reset, http_502"},
      {list, "[]", ""},
      {list, "[a]", ""},
      {list, "a", "a single value stands here; write a list such as [a, b]"},
      {list, "", "nothing stands here; write a list such as [a, b]"},
  });
  for (const Row& row : rows) {
    CAPTURE(row.value);
    File file("key: " + std::string(row.value) + "\n");
    CHECK(row.read(file.first()) == row.said.empty());
    if (row.said.empty()) {
      CHECK(file.said() == "");
    } else {
      CHECK(file.said().starts_with("f.yaml:1: key: " + std::string(row.said)));
    }
  }
}

TEST_CASE("a text of 4096 bytes is taken, a longer one is refused without being repeated") {
  File longest("key: " + std::string(4096, 'a') + "\n");
  CHECK(longest.first().text("a name").has_value());
  File longer("key: " + std::string(4097, 'a') + "\n");
  CHECK_FALSE(longer.first().text("a name").has_value());
  CHECK(longer.said() ==
        "f.yaml:1: key: a text of 4097 bytes stands here; write a name, with at most 4096 bytes\n");
}

TEST_CASE("a section finds its keys and names those that do not belong") {
  File file(
      "ttl: 30s\n"
      "tll: 1s\n"
      "ttl: 5s\n"
      "something_else: 1\n"
      "<<: {ttl: 1s}\n"
      "\"\\e[31m\": 1\n");
  const auto section = file.top().section("dns", "keys");
  REQUIRE(section.has_value());
  REQUIRE(section->find("ttl") != nullptr);
  CHECK(section->find("ttl")->is("30s"));
  CHECK(section->find("listen") == nullptr);
  CHECK(file.said() ==
        "f.yaml:2: tll: this key is not known; did you mean ttl?\n"
        "f.yaml:3: ttl: this key is already in line 1; keep one of the two\n"
        "f.yaml:4: something_else: this key is not known; known here: ttl\n"
        "f.yaml:5: <<: merge keys are not supported; write the keys out, or give a whole value by "
        "its "
        "alias\n"
        "f.yaml:6: \\x1b[31m: this key is not known; known here: ttl\n");
}

TEST_CASE("a missing key is named") {
  File file("token_file: a\n");
  CHECK(file.top().section("admin", "keys").has_value());
  file.top().missing("listen", "write it");
  CHECK(file.said() == "f.yaml:1: listen: this key is missing; write it\n");
}

TEST_CASE("a map whose keys the user chooses gives them in its order, each once") {
  File file("map:\n  b: 1\n  a: 2\n  b: 3\n");
  const auto entries = file.first().entries("{a: b}");
  REQUIRE(entries.has_value());
  REQUIRE(entries->size() == 2);
  CHECK(entries->at(0).first == "b");
  CHECK(entries->at(0).second.is("1"));
  CHECK(entries->at(1).first == "a");
  CHECK(entries->at(1).second.path() == "map.a");
  CHECK(file.said() == "f.yaml:4: map.b: this key is already in line 2; keep one of the two\n");
  File list("list: [a]\n");
  CHECK_FALSE(list.first().entries("{a: b}").has_value());
  CHECK(list.said() == "f.yaml:1: list: a list stands here; write {a: b}\n");
}

TEST_CASE("items are known by their position and their line") {
  File file("list:\n  - a\n  - [b]\n");
  const auto items = file.first().items("[a]");
  REQUIRE(items.has_value());
  REQUIRE(items->size() == 2);
  CHECK(items->at(1).path() == "list[1]");
  CHECK(items->at(1).line() == 3);
  CHECK_FALSE(items->at(1).text("a name").has_value());
  CHECK(file.said() == "f.yaml:3: list[1]: a list stands here; write a name\n");
}

}  // namespace
}  // namespace lastframe::settings
