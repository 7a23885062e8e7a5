// Reading one row of a catalogue file, field by field. What is wrong is written down with its line,
// and reading goes on.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalogue/catalogue.h"
#include "core/catalogue/words.h"
#include "settings/value.h"

namespace lastframe::settings {

// A row that names another one; looked for when every file has been read.
struct Reference {
  enum class To : std::uint8_t { cause, product, product_or_code, cause_or_rule };
  Value from;
  To to;
  std::string id;
};

// Whether a field may be left out.
enum class Need : std::uint8_t { must, may };

// The fields of one map. A field that is left out, or that cannot be read, has its type's empty
// value.
class CatalogueFields {
 public:
  // `section` of kCatalogueKeys. A value that is no map is a mistake, and so is all that it lacks.
  // `references` outlives the fields.
  CatalogueFields(const Value& value, std::string_view section, std::vector<Reference>& references);

  const Value& row() const { return row_; }
  const Value* find(std::string_view key) const;

  std::string id() const;  // lower case, digits, "_"
  std::string text(std::string_view key, Need need = Need::must) const;
  // As it stands, a number too.
  std::string scalar(std::string_view key, Need need = Need::must) const;
  std::vector<std::string> texts(std::string_view key) const;
  catalogue::Localised localised(std::string_view key) const;
  bool yes_or_no(std::string_view key, bool by_default) const;

  std::string one_of(std::string_view key, std::span<const std::string_view> words,
                     Need need = Need::must) const;
  template <typename Enum>
  std::optional<Enum> word(std::string_view key, Need need = Need::must) const {
    const auto position = position_of(key, catalogue::kWords<Enum>, need);
    return position ? std::optional(static_cast<Enum>(*position)) : std::nullopt;
  }

  std::chrono::milliseconds duration(std::string_view key, Need need = Need::must) const;
  std::uint64_t bytes(std::string_view key) const;         // "64KiB", or a number of bytes
  catalogue::CodeRange range(std::string_view key) const;  // 1008, or 3000-3999
  std::vector<catalogue::CodeRange> ranges(std::string_view key) const;
  std::optional<unsigned> code(std::string_view key, Need need = Need::may) const;
  std::vector<unsigned> numbers(std::string_view key, Range<std::uint64_t> range,
                                Need need = Need::may) const;

  std::string reference(std::string_view key, Reference::To to, Need need = Need::must) const;
  std::vector<std::string> references(std::string_view key, Reference::To to) const;

  std::vector<catalogue::ProductFix> fixes() const;
  catalogue::Source source() const;

  // The maps of a list, as `section` of kCatalogueKeys.
  std::vector<CatalogueFields> rows(std::string_view key, std::string_view section,
                                    Need need = Need::must) const;

 private:
  const Value* find(std::string_view key, Need need, std::string_view example) const;
  std::optional<std::size_t> position_of(std::string_view key,
                                         std::span<const std::string_view> words, Need need) const;
  std::vector<Value> items(std::string_view key, Need need, std::string_view example) const;
  std::string refer(const Value& value, Reference::To to) const;

  Value row_;
  std::optional<Value::Section> section_;
  std::vector<Reference>* references_;
};

inline constexpr Range<std::uint64_t> kCodes{0, 65'535};

}  // namespace lastframe::settings
