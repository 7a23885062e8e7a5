#include "settings/catalogue_fields.h"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace lastframe::settings {
namespace {

using namespace std::chrono_literals;

// One map of keys, read as a row of `section`.
struct Row {
  explicit Row(std::string_view text, std::string_view section = "reasons[]")
      : document(parse_yaml(text)),
        fields(Value(document, mistakes, document.root, 1, "row"), section, references) {}

  std::string said() const {
    std::string text;
    for (const Error& error : mistakes.in_order()) text += to_text(error) + "\n";
    return text;
  }

  YamlDocument document;
  Mistakes mistakes{"f"};
  std::vector<Reference> references;
  CatalogueFields fields;
};

TEST_CASE("a field that is there is read, one that may be left out is empty") {
  const Row row("{id: a_1, text: b, codes: [1, 2-3], cause: x, verified_on: 2024-02-29}");
  CHECK(row.fields.id() == "a_1");
  CHECK(row.fields.text("text") == "b");
  CHECK(row.fields.ranges("codes") == std::vector<catalogue::CodeRange>{{1, 1}, {2, 3}});
  CHECK(row.fields.text("fix", Need::may) == "");
  CHECK(row.fields.scalar("fix", Need::may) == "");
  CHECK(row.fields.ranges("sender").empty());
  CHECK_FALSE(row.fields.word<Endpoint>("sender", Need::may).has_value());
  CHECK(row.fields.duration("says", Need::may) == 0ms);
  CHECK(row.fields.yes_or_no("says", true));
  CHECK_FALSE(row.fields.code("says").has_value());
  CHECK(row.fields.reference("product", Reference::To::product, Need::may) == "");
  CHECK(row.references.empty());
  CHECK(row.fields.reference("cause", Reference::To::cause) == "x");
  REQUIRE(row.references.size() == 1);
  CHECK(row.references[0].id == "x");
  CHECK(row.references[0].from.path() == "row.cause");
  CHECK(row.said() == "");
}

TEST_CASE("each field that must be there is missed by its name") {
  const Row row("{}");
  CHECK(row.fields.id() == "");
  CHECK(row.fields.text("text") == "");
  CHECK(row.fields.bytes("bytes") == 0);
  CHECK(row.fields.duration("after") == 0ms);
  CHECK(row.fields.range("codes") == catalogue::CodeRange{});
  CHECK(row.fields.localised("name")[0] == "");
  CHECK(row.fields.reference("cause", Reference::To::cause) == "");
  CHECK(row.fields.rows("values", "logs[]").empty());
  CHECK_FALSE(row.fields.word<Endpoint>("sender").has_value());
  CHECK(row.fields.source() == catalogue::Source{});
  CHECK(row.references.empty());
  std::vector<std::string> missed;
  for (const Error& error : row.mistakes.in_order()) {
    CHECK(error.what == "this key is missing");
    CHECK(error.remedy.starts_with("write "));
    missed.push_back(error.where);
  }
  CHECK(missed == std::vector<std::string>{"f:1: row.id", "f:1: row.text", "f:1: row.bytes",
                                           "f:1: row.after", "f:1: row.codes", "f:1: row.name",
                                           "f:1: row.cause", "f:1: row.values", "f:1: row.sender",
                                           "f:1: row.source", "f:1: row.version_seen",
                                           "f:1: row.verified_on"});
}

TEST_CASE("what is no map is one mistake") {
  const Row row("[a]");
  CHECK(row.fields.id() == "");
  CHECK(row.fields.source() == catalogue::Source{});
  CHECK(row.said() ==
        "f:1: row: a list stands here; write a row of keys, such as {id: mine, ...}\n");
}

// A value of one key, read by one function.
struct FieldRow {
  std::string_view value;
  std::string_view said;  // how the mistake goes on behind the key; "" where there is none
};

template <typename Read>
void check_fields(std::string_view key, Read read, std::span<const FieldRow> rows) {
  for (const FieldRow& each : rows) {
    CAPTURE(each.value);
    const Row row("{" + std::string(key) + ": " + std::string(each.value) + "}", "codes[]");
    read(row.fields);
    const std::string found = row.said();
    CAPTURE(found);
    if (each.said.empty()) {
      CHECK(found == "");
    } else {
      CHECK(found.starts_with("f:1: row." + std::string(key)));
      CHECK(found.contains(": " + std::string(each.said)));
    }
  }
}

TEST_CASE("an id is at most 64 lower-case letters, digits and underscores") {
  const std::string longest(64, 'a');
  const std::string too_long(65, 'a');
  for (const std::string& id : {std::string("a"), std::string("0_z9"), longest}) {
    const Row row("{id: " + id + "}");
    CHECK(row.fields.id() == id);
    CHECK(row.said() == "");
  }
  for (const std::string& id : {std::string("A"), std::string("a-b"), std::string("a b"),
                                std::string("\"\""), std::string("\xC3\xA9"), too_long}) {
    CAPTURE(id);
    const Row row("{id: " + id + "}");
    CHECK(row.fields.id() == "");
    CHECK(row.said().contains(" is no id; write at most 64 lower-case letters"));
  }
}

TEST_CASE("codes are numbers of 16 bits, ranges go up") {
  check_fields(
      "codes", [](const CatalogueFields& f) { f.range("codes"); },
      std::to_array<FieldRow>({
          {"1008", ""},
          {"0-999", ""},
          {"\"3000-3999\"", ""},
          {"1008-1008", ""},
          {"65535", ""},
          {"65536", "\"65536\" is no close code; write a close code such as 1008, or a "},
          {"0-65536", "\"0-65536\" is no close code"},
          {"3999-3000", "3999-3000 ends before it begins; write 3000-3999"},
          {"3000-", "\"3000-\" is no close code"},
          {"-1", "\"-1\" is no close code"},
          {"3xxx", "\"3xxx\" is no close code"},
          {"1000-2000-3000", "\"1000-2000-3000\" is no close code"},
          {"01008", "\"01008\" is no close code"},
          {"[1008]", "a list stands here; write a close code"},
      }));
}

TEST_CASE("a day is one that there is") {
  const auto read = [](const CatalogueFields& fields) { fields.source(); };
  const auto said = [&](std::string_view day) {
    const Row row("{source: a, version_seen: 1.2, verified_on: " + std::string(day) + "}");
    read(row.fields);
    return row.said();
  };
  for (const char* day : {"2026-11-20", "2024-02-29", "\"2026-01-01\""}) CHECK(said(day) == "");
  for (const char* day : {"2026-02-29", "2026-13-01", "2026-00-01", "2026-11-31", "20261120",
                          "2026-1-2", "2026/11/20", "yesterday", "2026-11-20T10:00:00"}) {
    CAPTURE(day);
    CHECK(said(day).starts_with("f:1: row.verified_on: \""));
    CHECK(said(day).contains(" is no day; write the day on which it was checked, such as "));
  }
}

TEST_CASE("a version is taken as it stands, and is not empty") {
  const auto version = [](std::string_view text) {
    return Row("{version_seen: " + std::string(text) + ", source: a, verified_on: 2026-11-20}");
  };
  CHECK(version("1.10").fields.source().version_seen == "1.10");
  CHECK(version("\"-\"").fields.source().version_seen == "-");
  const Row empty = version("\"\"");
  empty.fields.source();
  CHECK(empty.said() == "f:1: row.version_seen: the text is empty; write a text\n");
}

TEST_CASE("a size has a unit or is a number of bytes") {
  const auto bytes = [](std::string_view text) {
    return Row("{bytes: " + std::string(text) + "}", "limits[]").fields.bytes("bytes");
  };
  CHECK(bytes("1") == 1);
  CHECK(bytes("65535") == 65'535);
  CHECK(bytes("64KiB") == 65'536);
  CHECK(bytes("1MiB") == 1'048'576);
  for (const char* text : {"0", "0B", "64kb", "1.5MiB", "064", "x"}) {
    CAPTURE(text);
    const Row row("{bytes: " + std::string(text) + "}", "limits[]");
    CHECK(row.fields.bytes("bytes") == 0);
    CHECK(row.said().starts_with("f:1: row.bytes: "));
  }
}

TEST_CASE("English must be there, other languages may, and no others") {
  const Row row("{name: {en: a, ar: d}, when: {fr: b}, fix: {en: a, de: c}, meaning: a}",
                "codes[]");
  CHECK(row.fields.localised("name") == catalogue::Localised{"a", "", "", "d"});
  row.fields.localised("when");
  row.fields.localised("fix");
  row.fields.localised("meaning");
  CHECK(row.said() ==
        "f:1: row.when.en: this key is missing; write a text\n"
        "f:1: row.fix.de: this key is not known; known here: en, fr, es, ar\n"
        "f:1: row.meaning: a single value stands here; write a row of keys, such as {id: mine, "
        "...}\n");
}

TEST_CASE("keys that a row does not know, and keys twice, are mistakes") {
  CHECK(Row("{id: a, idd: b, text: c, id: d}").said() ==
        "f:1: row.idd: this key is not known; did you mean id?\n"
        "f:1: row.id: this key is already in line 1; keep one of the two\n");
}

TEST_CASE("fixes are by product, each once") {
  const Row row("{fixes: {nginx: a, code: b, nginx: c, caddy: [d]}}", "causes[]");
  CHECK(row.fields.fixes() ==
        std::vector<catalogue::ProductFix>{{"nginx", "a"}, {"code", "b"}, {"caddy", ""}});
  CHECK(row.said() ==
        "f:1: row.fixes.nginx: this key is already in line 1; keep one of the two\n"
        "f:1: row.fixes.caddy: a list stands here; write a text\n");
  REQUIRE(row.references.size() == 3);
  CHECK(row.references[1].id == "code");
}

}  // namespace
}  // namespace lastframe::settings
