// Typed reading of a YAML tree. Whatever is wrong is written down with its line and key, and
// reading goes on: a user sees every mistake at once.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "settings/known_keys.h"
#include "settings/yaml_document.h"

namespace lastframe::settings {

// What is wrong with one file; at most 1,000 mistakes, and then how many there were.
class Mistakes {
 public:
  explicit Mistakes(std::string file) : file_(std::move(file)) {}

  // `error` has no `where` yet; it becomes "FILE:LINE: KEY".
  void add(int line, std::string_view key, Error error);
  std::string place(int line, std::string_view key) const;  // "FILE:LINE: KEY"
  bool is_empty() const { return found_.empty(); }
  bool is_full() const { return found_.size() >= kMost; }

  // In the order of lines; within one, in the order found. Each once.
  std::vector<Error> in_order() const;

 private:
  static constexpr std::size_t kMost = 1000;
  struct Mistake {
    std::pair<int, std::size_t> place;  // line, and how many were found before
    Error error;
  };

  std::string file_;
  std::vector<Mistake> found_;
  std::size_t surplus_ = 0;
};

// lowest <= highest, both allowed.
template <typename Number>
struct Range {
  Number lowest;
  Number highest;
};

// One value of the file and how the user knows it. Borrows the document and the mistakes. Each
// reading function returns nothing when it has written a mistake down.
class Value {
 public:
  Value(const YamlDocument& document, Mistakes& mistakes, std::size_t node, int line,
        std::string path)
      : document_(&document),
        mistakes_(&mistakes),
        node_(node),
        line_(line),
        path_(std::move(path)) {}

  int line() const { return line_; }
  const std::string& path() const { return path_; }                     // "listeners[1].upstream"
  std::string place() const { return mistakes_->place(line_, path_); }  // "FILE:LINE: KEY"
  YamlKind kind() const { return node().kind; }

  void wrong(std::string what, std::string remedy) const;
  void wrong(Error error) const;
  void missing(std::string_view key, std::string remedy) const;  // of this map

  // Whether this is exactly that word, quoted or not.
  bool is(std::string_view word) const;

  // A scalar as it stands, a number, too; for what has its own grammar. `example` is shown where
  // this is no scalar.
  std::optional<std::string> scalar(std::string_view example) const;
  // Text that YAML takes for nothing else.
  std::optional<std::string> text(std::string_view example) const;
  std::optional<bool> yes_or_no() const;
  // Quantities. `word` is what the key takes besides ("auto", "off"); it is only named here.
  std::optional<std::uint64_t> whole_number(Range<std::uint64_t> range,
                                            std::string_view word = {}) const;
  std::optional<std::chrono::milliseconds> duration(Range<std::chrono::milliseconds> range,
                                                    std::string_view word = {}) const;
  std::optional<std::uint64_t> size(Range<std::uint64_t> range) const;
  // The position of this word among `words`.
  std::optional<std::size_t> one_of(std::span<const std::string_view> words) const;
  std::optional<std::vector<Value>> items(std::string_view example) const;

  // The keys of a map as `section` of kKnownKeys or kCatalogueKeys knows them. Unknown and repeated
  // keys, and those of later versions, are mistakes.
  class Section;
  std::optional<Section> section(std::string_view name, std::string_view example) const;
  // The keys of a map that the user chooses; repeated ones are mistakes.
  std::optional<std::vector<std::pair<std::string, Value>>> entries(std::string_view example) const;

 private:
  const YamlNode& node() const { return document_->nodes[node_]; }
  Value child(const YamlEntry& entry, std::string path) const;
  std::optional<std::string> plain_scalar(std::string_view example) const;
  template <typename Number>
  std::optional<Number> quantity(const std::string& text, std::expected<Number, Error> parsed,
                                 Range<Number> range, const std::string& limits,
                                 std::string_view word) const;
  void check_key(const YamlEntry& entry, std::span<const KnownKey> keys) const;

  const YamlDocument* document_;
  Mistakes* mistakes_;
  std::size_t node_;
  int line_;
  std::string path_;
};

class Value::Section {
 public:
  explicit Section(std::vector<std::pair<std::string, Value>> values)
      : values_(std::move(values)) {}

  const Value* find(std::string_view key) const;

 private:
  std::vector<std::pair<std::string, Value>> values_;
};

}  // namespace lastframe::settings
