#include "settings/yaml_document.h"

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace lastframe::settings {
namespace {

const YamlNode& value_of(const YamlDocument& document, std::string_view key) {
  for (const YamlEntry& entry : document.nodes[document.root].entries) {
    if (entry.key == key) return document.nodes[entry.value];
  }
  FAIL("no key " << key);
  return document.nodes[document.root];
}

TEST_CASE("each value keeps its kind, its text and its line") {
  const YamlDocument document = parse_yaml(
      "# comment\n"
      "plain: 010\n"
      "quoted: \"010\"\n"
      "nothing:\n"
      "list: [a,\n"
      "  b]\n"
      "map:\n"
      "  key: value\n");
  REQUIRE(document.faults.empty());
  const YamlNode& root = document.nodes[document.root];
  REQUIRE(root.kind == YamlKind::map);
  REQUIRE(root.entries.size() == 5);
  CHECK(root.entries[0].line == 2);
  CHECK(root.entries[2].line == 4);
  CHECK(root.entries[4].line == 7);
  CHECK(value_of(document, "plain").kind == YamlKind::plain);
  CHECK(value_of(document, "plain").text == "010");
  CHECK(value_of(document, "quoted").kind == YamlKind::quoted);
  CHECK(value_of(document, "quoted").text == "010");
  CHECK(value_of(document, "nothing").kind == YamlKind::null);
  const YamlNode& list = value_of(document, "list");
  REQUIRE(list.entries.size() == 2);
  CHECK(list.entries[1].line == 6);
  const YamlNode& map = value_of(document, "map");
  REQUIRE(map.entries.size() == 1);
  CHECK(map.entries[0].line == 8);
}

TEST_CASE("duplicate keys are both kept, and an alias is the value that it names") {
  const YamlDocument document = parse_yaml("a: &x [1]\na: 2\nb: *x\n");
  REQUIRE(document.faults.empty());
  const auto& entries = document.nodes[document.root].entries;
  REQUIRE(entries.size() == 3);
  CHECK(entries[0].key == entries[1].key);
  CHECK(entries[0].value == entries[2].value);
}

TEST_CASE("an empty file has no values") {
  for (const std::string_view text : {"", "\n", "# only a comment\n", "   "}) {
    CAPTURE(text);
    const YamlDocument document = parse_yaml(text);
    CHECK(document.nodes.empty());
    CHECK(document.faults.empty());
  }
}

TEST_CASE("what configuration does not need is refused with its line") {
  struct Row {
    std::string_view text;
    int line;
    std::string_view what;
    std::string_view remedy = "";
  };
  const auto rows = std::to_array<Row>({
      {"a: 1\nb: [\n", 3, "not valid YAML"},
      {"a: 1\n b: 2\n", 2, "not valid YAML"},
      {"a: 1\n\tb: 2\n", 2, "not valid YAML"},
      {"a: \"b", 1, "not valid YAML"},
      {"a: *nobody\n", 1, "not valid YAML"},
      {"listen: [::1]:8080\n", 1, "not valid YAML", "needs quotes"},
      {"a: 1\n---\nb: 2\n", 2, "second document"},
      {"a: !!int 5\n", 1, "has no meaning here"},
      {"a: 1\nb: !mine {c: 1}\n", 2, "has no meaning here"},
      {"a: !mine [1]\n", 1, "has no meaning here"},
      {"[a]: 1\n", 1, "a key is not plain text"},
      {"a: 1\n{b: c}: 1\n", 2, "a key is not plain text"},
      {"a: &x [*x]\n", 1, "within its own anchor"},
      {"a: 1\nb: &x {c: *x}\n", 2, "within its own anchor"},
  });
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const YamlDocument document = parse_yaml(row.text);
    REQUIRE_FALSE(document.faults.empty());
    CHECK(document.faults[0].line == row.line);
    CHECK(document.faults[0].what.contains(row.what));
    CHECK(document.faults[0].remedy.contains(row.remedy));
    CHECK_FALSE(document.faults[0].remedy.empty());
  }
}

TEST_CASE("aliases of aliases are counted written out, not written out") {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int j = 0; j < 9; ++j) text += ", " + before;
    text += "]\n";
  }
  const YamlDocument document = parse_yaml(text);
  REQUIRE(document.faults.size() == 1);
  CHECK(document.faults[0].what.contains("more than 100000 values"));
  CHECK(document.nodes.size() < 1000);
}

TEST_CASE("100000 values are read, one more is refused") {
  // The list itself is a value.
  const auto list_of = [](std::uint64_t values) {
    std::string text;
    for (std::uint64_t i = 1; i < values; ++i) text += "- a\n";
    return text;
  };
  CHECK(parse_yaml(list_of(kMostYamlValues)).faults.empty());
  CHECK(parse_yaml(list_of(kMostYamlValues + 1)).faults.size() == 1);
}

TEST_CASE("deep nesting is refused before it costs the stack") {
  CHECK(parse_yaml(std::string(100, '[') + std::string(100, ']')).faults.empty());
  for (const std::string_view part : {"[", "{", "- ", "? ", "[a: {"}) {
    CAPTURE(part);
    std::string text;
    while (text.size() < 100'000) text += part;
    const YamlDocument document = parse_yaml(text);
    REQUIRE(document.faults.size() == 1);
    CHECK(document.faults[0].what.contains("nested too deep"));
  }
}

TEST_CASE("4 MiB are read, one byte more is refused") {
  std::string text = "a: 1\n#";
  text.resize(kLargestYaml, 'x');
  CHECK(parse_yaml(text).faults.empty());
  text += 'x';
  const YamlDocument document = parse_yaml(text);
  REQUIRE(document.faults.size() == 1);
  CHECK(document.faults[0].what.contains("more than 4 MiB"));
}

TEST_CASE("a file full of faults does not grow without bound") {
  std::string text;
  while (text.size() < 100'000) text += "- !x a\n";
  CHECK(parse_yaml(text).faults.size() == 100);
}

}  // namespace
}  // namespace lastframe::settings
