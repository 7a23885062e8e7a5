#include "settings/named_file.h"

#include <doctest/doctest.h>

#include <string>

#include "support/temporary_file.h"
#include "support/temporary_folder.h"

namespace lastframe::settings {
namespace {

// The value of `a` in a file with this one line, and what was wrong with it.
struct Reading {
  explicit Reading(const std::string& text) : document(parse_yaml("a: " + text + "\n")) {}

  Value value() { return Value(document, mistakes, document.nodes[0].entries[0].value, 1, "a"); }
  std::string said() const {
    return mistakes.is_empty() ? "" : to_text(mistakes.in_order().front());
  }

  YamlDocument document;
  Mistakes mistakes{"f.yaml"};
};

TEST_CASE("a path begins at the folder unless it is absolute") {
  CHECK(Reading("b.pem").value().is("b.pem"));
  CHECK(path_at(Reading("b.pem").value(), "/etc/lastframe", "a path") == "/etc/lastframe/b.pem");
  CHECK(path_at(Reading("/srv/b.pem").value(), "/etc", "a path") == "/srv/b.pem");
  CHECK(path_at(Reading("b.pem").value(), "", "a path") == "b.pem");
}

TEST_CASE("what is no path is a mistake") {
  Reading number("5");
  CHECK_FALSE(path_at(number.value(), "", "a path"));
  CHECK(number.said() ==
        "f.yaml:1: a: 5 is a number, not a text; write a path, or \"5\" in quotes");
  Reading nul("\"b\\0c\"");
  CHECK_FALSE(path_at(nul.value(), "", "a path"));
  CHECK(nul.said() == "f.yaml:1: a: \"b\\x00c\" holds a NUL byte; write a path");
}

TEST_CASE("a file's text is read; a folder, a missing file and a large one are mistakes") {
  const TemporaryFile file("text");
  const test::TemporaryFolder folder;
  const auto read = [](const std::string& path, std::size_t most, std::string& said) {
    Reading reading("b");
    const auto text = text_of(reading.value(), path, most);
    said = reading.said();
    return text;
  };
  std::string said;
  CHECK(read(file.path(), 4, said) == "text");
  CHECK(said == "");
  CHECK_FALSE(read(file.path(), 3, said));
  CHECK(said.contains("has more than 3 bytes"));
  CHECK_FALSE(read(folder.file("."), 4, said));
  CHECK(said.contains("is not a file; write the path of a file"));
  CHECK_FALSE(read(folder.file("none"), 4, said));
  CHECK(said.contains("cannot be read: "));
}

TEST_CASE("a key has 16 bytes or more, not counting the ends of lines behind it") {
  const auto read = [](const std::string& bytes, std::string& said) {
    const TemporaryFile file(bytes);
    Reading reading("b");
    const auto key = key_of(reading.value(), file.path(), "all random");
    said = reading.said();
    return key;
  };
  const std::string shortest = "0123456789abcdef";
  std::string said;
  CHECK(read(shortest, said) == shortest);
  CHECK(read(shortest + "\r\n\n", said) == shortest);
  CHECK(said == "");
  CHECK_FALSE(read(shortest.substr(1) + "\n", said));
  CHECK(said.contains("holds 15 bytes; a key has 16 or more, all random"));
  CHECK(read(std::string(4096, 'a'), said));
  CHECK_FALSE(read(std::string(4097, 'a'), said));
  CHECK(said.contains("has more than 4096 bytes"));
}

}  // namespace
}  // namespace lastframe::settings
