#include "settings/catalogue_file.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "settings/catalogue_keys.h"
#include "settings/catalogue_reading.h"
#include "settings/text_file.h"
#include "settings/yaml_document.h"
#include "support/temporary_file.h"

namespace lastframe::settings {
namespace {

std::string limit_row(std::string_view keys) {
  return "  - {" + std::string(keys) + ", " + test::kRowSource + "}\n";
}

std::string said(const std::vector<Error>& errors) {
  std::string text;
  for (const Error& error : errors) text += to_text(error) + "\n";
  return text;
}

TEST_CASE("rows are sorted by id, codes by their first code, pairs of codes by both") {
  const std::string source = test::kRowSource;
  const auto code = [&](std::string_view codes) {
    return "  - {codes: " + std::string(codes) +
           ", name: {en: a}, meaning: {en: a}, when: {en: a}, fix: {en: a}, sent_by: either, " +
           source + "}\n";
  };
  const auto difference = [&](std::string_view between) {
    return "  - {between: " + std::string(between) + ", difference: {en: a}, which: {en: a}, " +
           source + "}\n";
  };
  const auto catalogue = catalogue_from(
      "limits:\n" + limit_row("id: b, product: nginx, bytes: 2") +
      limit_row("id: a, product: nginx, bytes: 1") + "codes:\n" + code("3000-3999") + code("1008") +
      code("3000") + "differences:\n" + difference("[1002, 1008]") + difference("[1001, 1012]"));
  REQUIRE(catalogue.limits.size() == 2);
  CHECK(catalogue.limits[0].id == "a");
  REQUIRE(catalogue.codes.size() == 3);
  CHECK(catalogue.codes[0].codes == catalogue::CodeRange{1008, 1008});
  CHECK(catalogue.codes[1].codes == catalogue::CodeRange{3000, 3000});
  CHECK(catalogue.codes[2].codes == catalogue::CodeRange{3000, 3999});
  REQUIRE(catalogue.differences.size() == 2);
  CHECK(catalogue.differences[0].between == std::vector<unsigned>{1001, 1012});
  CHECK(std::ranges::is_sorted(catalogue.causes, {}, &catalogue::CauseRow::id));
}

TEST_CASE("a later file replaces rows of the same id, and leaves the others") {
  const std::string causes = test::causes_text();
  const std::string products =
      "products: [{id: p, name: p, role: proxy, " + std::string(test::kRowSource) + "}]\n";
  const std::string first = "limits:\n" + limit_row("id: a, product: p, bytes: 1, note: first") +
                            limit_row("id: b, product: p, bytes: 2, note: first");
  const std::string second = "limits:\n" + limit_row("id: c, product: p, bytes: 4") +
                             limit_row("id: a, product: p, bytes: 3, setting: max");
  const auto read = read_catalogue(
      std::vector<CatalogueText>{{"1", first}, {"2", causes}, {"3", products}, {"4", second}});
  REQUIRE(read.has_value());
  REQUIRE(read->limits.size() == 3);
  CHECK(read->limits[0].bytes == 3);
  CHECK(read->limits[0].setting == "max");
  CHECK(read->limits[0].note == "");  // the whole row is replaced
  CHECK(read->limits[1].note == "first");
  CHECK(read->limits[2].id == "c");
}

TEST_CASE("codes of the same range and pairs of codes are replaced as well") {
  const auto rows = [](std::string_view text) {
    return "codes: [{codes: 4000-4999, name: {en: " + std::string(text) +
           "}, meaning: {en: a}, when: {en: a}, fix: {en: a}, sent_by: application, " +
           test::kRowSource +
           "}]\ndifferences: [{between: [1, 2], difference: {en: " + std::string(text) +
           "}, which: {en: a}, " + test::kRowSource + "}]\n";
  };
  const std::string causes = test::causes_text();
  const std::string first = rows("first");
  const std::string second = rows("second");
  const auto read =
      read_catalogue(std::vector<CatalogueText>{{"1", causes}, {"2", first}, {"3", second}});
  REQUIRE(read.has_value());
  REQUIRE(read->codes.size() == 1);
  CHECK(read->codes[0].name[0] == "second");
  REQUIRE(read->differences.size() == 1);
  CHECK(read->differences[0].difference[0] == "second");
}

TEST_CASE("the same id twice in one file is a mistake") {
  CHECK(catalogue_mistakes_of("limits:\n" + limit_row("id: a, product: nginx, bytes: 1") +
                              limit_row("id: a, product: nginx, bytes: 2")) ==
        "3: limits[1]: a has a row already, in line 2; keep one of the two\n");
  const std::string code =
      "  - {codes: 1008, name: {en: a}, meaning: {en: a}, when: {en: a}, fix: {en: a}, sent_by: "
      "either, " +
      std::string(test::kRowSource) + "}\n";
  CHECK(catalogue_mistakes_of("codes:\n" + code + code) ==
        "3: codes[1]: 1008 has a row already, in line 2; keep one of the two\n");
}

TEST_CASE("a row may name one of any file, earlier or later") {
  const std::string limits = "limits:\n" + limit_row("id: a, product: p, bytes: 1");
  const std::string products =
      "products: [{id: p, name: p, role: proxy, " + std::string(test::kRowSource) + "}]\n";
  const std::string causes = test::causes_text();
  const std::vector<CatalogueText> texts{{"1", limits}, {"2", products}, {"3", causes}};
  CHECK(read_catalogue(texts).has_value());
}

TEST_CASE("a name that no row has is a mistake where it stands") {
  const std::string source = test::kRowSource;
  const std::string cause =
      "party: nobody, title: a, summary: a, meaning: a, found_by: a, fix: a, " + source;
  struct Row {
    std::string text;
    std::string_view said;
  };
  const auto rows = std::to_array<Row>({
      {"causes:\n  - {id: mine, see: [idle_timeout, FR-01, client_frame_unmasked], " + cause +
           "}\n",
       ""},
      {"causes:\n  - {id: mine, fixes: {nginx: a, code: b}, " + cause + "}\n", ""},
      {"causes:\n  - {id: mine, see: [idle_timeot], " + cause + "}\n",
       "2: causes[0].see[0]: there is no cause or rule \"idle_timeot\"; did you mean "
       "idle_timeout?\n"},
      {"causes:\n  - {id: mine, fixes: {ngnix: a, code: b}, " + cause + "}\n",
       "2: causes[0].fixes.ngnix: there is no product \"ngnix\"; did you mean nginx?\n"},
      {"limits:\n" + limit_row("id: a, product: code, bytes: 1"),
       "2: limits[0].product: there is no product \"code\"; write the id of a row of these "
       "files\n"},
      {"codes:\n  - {codes: 1008, name: {en: a}, meaning: {en: a}, when: {en: a}, fix: {en: a}, "
       "sent_by: either, causes: [rate_limited, FR-01], " +
           source + "}\n",
       "2: codes[0].causes[1]: there is no cause \"FR-01\""},
      {"reasons:\n  - id: a\n    text: b\n    cause: mine\n    product: apache\n    confidence: "
       "certain\n    says: c\n" +
           std::string(test::kSourceLines),
       "4: reasons[0].cause: there is no cause \"mine\"; write the id of a row of these files\n"
       "5: reasons[0].product: there is no product \"apache\""},
  });
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const std::string found = catalogue_mistakes_of(row.text);
    CAPTURE(found);
    CHECK((row.said.empty() ? found.empty() : found.starts_with(row.said)));
  }
}

TEST_CASE("a cause of the user's own can be named by all lists") {
  const auto catalogue = catalogue_from(
      "causes: [{id: mine, party: hop_at_closer, title: a, summary: b, meaning: c, found_by: d, "
      "fix: e, " +
      std::string(test::kRowSource) + "}]\n" +
      "reasons: [{id: r, text: bye, cause: mine, confidence: certain, says: f, " +
      test::kRowSource + "}]\n");
  REQUIRE(catalogue.cause("mine") != nullptr);
  CHECK(catalogue.cause("mine")->party == catalogue::PartyRule::hop_at_closer);
  CHECK(catalogue.reasons.at(0).cause == "mine");
}

TEST_CASE("each cause that the diagnosis can name has a row") {
  const std::string text = test::causes_text();
  REQUIRE(read_catalogue(std::vector<CatalogueText>{{"c", text}}).has_value());
  for (std::size_t i = 0; i < catalogue::kCauseCount; ++i) {
    const std::string id(name(static_cast<catalogue::Cause>(i)));
    CAPTURE(id);
    std::string without = text;
    const std::size_t begin = without.find("  - {id: " + id + ",");
    REQUIRE(begin != std::string::npos);
    without.erase(begin, without.find('\n', begin) - begin + 1);
    const auto read = read_catalogue(std::vector<CatalogueText>{{"c", without}});
    REQUIRE_FALSE(read.has_value());
    CHECK(said(read.error()) ==
          "catalogue: causes: no row for " + id +
              "; the program is built with a row for each, config/catalogue/causes.yaml\n");
  }
}

TEST_CASE("without any file there is a mistake, and no catalogue") {
  const auto none = read_catalogue({});
  REQUIRE_FALSE(none.has_value());
  REQUIRE(none.error().size() == 1);
  CHECK(to_text(none.error()[0]).starts_with("catalogue: causes: there are no built-in causes; "));
  const auto loaded = load_catalogue({}, {});
  REQUIRE_FALSE(loaded.has_value());
  CHECK(loaded.error() == none.error());
}

TEST_CASE("a file that is no catalogue says what it lacks") {
  const auto rows = std::to_array<std::pair<std::string_view, std::string_view>>({
      {"", "1: yaml: the file is empty; write a list such as causes:\n"},
      {"# nothing\n", "1: yaml: the file is empty"},
      {"{}\n", ""},
      {"limits: []\n", ""},
      {"- a\n", "1: yaml: a list stands here; write lists, such as causes:\n"},
      {"limits: {a: 1}\n", "1: limits: a map of keys stands here; write a list such as [{...}]\n"},
      {"limits: [1]\n", "1: limits[0]: a single value stands here; write a row of keys"},
      {"limit: []\n", "1: limit: this key is not known; did you mean limits?\n"},
      {"limits: []\nlimits: []\n", "2: limits: this key is already in line 1; keep one"},
      {"listeners: []\n", "1: listeners: this key is not known; known here: codes, causes, "},
  });
  for (const auto& [text, expected] : rows) {
    CAPTURE(text);
    const std::string found = catalogue_mistakes_of(text);
    CAPTURE(found);
    CHECK((expected.empty() ? found.empty() : found.starts_with(expected)));
  }
}

TEST_CASE("where a file is no YAML, rows that it may hold are not missed") {
  const std::string limits = "limits:\n" + limit_row("id: a, product: p, bytes: 1");
  const auto read = read_catalogue(
      std::vector<CatalogueText>{{"causes.yaml", "causes: [\n"}, {"limits.yaml", limits}});
  REQUIRE_FALSE(read.has_value());
  REQUIRE(read.error().size() == 1);
  CHECK(read.error()[0].where == "causes.yaml:2: yaml");
}

TEST_CASE("mistakes of all files are told at once, file by file, in the order of lines") {
  const std::string first = "limits:\n" + limit_row("id: a, product: p, bytes: x") +
                            limit_row("id: B, product: nginx, byte: 1");
  const std::string second = test::causes_text() + "limits:\n  - {}\n";
  const auto read =
      read_catalogue(std::vector<CatalogueText>{{"one.yaml", first}, {"two.yaml", second}});
  REQUIRE_FALSE(read.has_value());
  const auto line = std::to_string(std::ranges::count(second, '\n'));
  std::vector<std::string> places;
  for (const Error& error : read.error()) places.push_back(error.where);
  CHECK(places ==
        std::vector<std::string>{
            "one.yaml:2: limits[0].bytes", "one.yaml:2: limits[0].product",
            "one.yaml:3: limits[1].byte", "one.yaml:3: limits[1].id", "one.yaml:3: limits[1].bytes",
            "one.yaml:3: limits[1].product", "two.yaml:" + line + ": limits[0].id",
            "two.yaml:" + line + ": limits[0].product", "two.yaml:" + line + ": limits[0].bytes",
            "two.yaml:" + line + ": limits[0].source",
            "two.yaml:" + line + ": limits[0].version_seen",
            "two.yaml:" + line + ": limits[0].verified_on"});
}

TEST_CASE("the user's files come behind the built-in ones, in their order") {
  const std::string causes = test::causes_text();
  const std::vector<CatalogueText> built_in{{"causes.yaml", causes}};
  const auto heading = [](std::string_view text) {
    return "headings: [{id: h, text: {en: " + std::string(text) + "}}]\n";
  };
  const TemporaryFile first(heading("first"));
  const TemporaryFile second(heading("second"));
  const auto loaded = load_catalogue(std::vector{first.path(), second.path()}, built_in);
  REQUIRE(loaded.has_value());
  CHECK((*loaded)->headings.at(0).text[0] == "second");
  CHECK(load_catalogue({}, built_in).value()->headings.empty());
}

TEST_CASE("a file of the user that cannot be read, and one with mistakes, are told together") {
  const std::string causes = test::causes_text();
  const std::vector<CatalogueText> built_in{{"causes.yaml", causes}};
  const TemporaryFile bad("headings: [{id: h}]\n");
  const auto loaded =
      load_catalogue(std::vector<std::string>{"/nonexistent/a.yaml", bad.path()}, built_in);
  REQUIRE_FALSE(loaded.has_value());
  REQUIRE(loaded.error().size() == 2);
  CHECK(to_text(loaded.error()[0]).starts_with("/nonexistent/a.yaml: "));
  CHECK(loaded.error()[1].where == bad.path() + ":1: headings[0].text");
}

TEST_CASE("every key is explained in the catalogue's README") {
  const auto path = std::filesystem::path(LASTFRAME_ROOT) / "config" / "catalogue" / "README.md";
  const auto readme = read_text_file(path.string(), kLargestYaml);
  REQUIRE(readme.has_value());
  for (const KnownKey& known : kCatalogueKeys) {
    CAPTURE(known.section);
    CAPTURE(known.key);
    CHECK(readme->contains(std::string(known.key) + ":"));
  }
}

}  // namespace
}  // namespace lastframe::settings
