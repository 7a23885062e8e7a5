// The catalogue's texts in one language: headings, and the words that rows share.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalogue/catalogue.h"

namespace lastframe::output {

// `rows` must outlive it.
class Wording {
 public:
  Wording(const catalogue::Catalogue& rows, catalogue::Language language)
      : rows_(&rows), language_(language) {}

  const catalogue::Catalogue& rows() const { return *rows_; }
  catalogue::Language language() const { return language_; }

  std::string in_language(const catalogue::Localised& text) const {
    return std::string(catalogue::in(language_, text));
  }

  // A heading that the catalogue lacks is its id with blanks; or `fallback`, where one is given.
  std::string heading(std::string_view id, std::string_view fallback = {}) const;

  // A heading that is a sentence, with a word in each place of `placeholder` ("{a}").
  std::string sentence(std::string_view id, std::string_view placeholder,
                       std::string_view word) const;

  // Who has to act, for people.
  std::string party(catalogue::PartyRule rule) const;
  // "either side", and whether a code may stand in a Close frame.
  std::string sent_by(const catalogue::CodeRow& row) const;
  std::string on_the_wire(const catalogue::CodeRow& row) const;
  // A product's name; its id, where it has no row.
  std::string product(std::string_view id) const;

 private:
  const catalogue::Catalogue* rows_;
  catalogue::Language language_;
};

// `text` with `word` in each place of `placeholder`.
std::string filled(std::string text, std::string_view placeholder, std::string_view word);

// A summary or fix as it reads when nobody has closed yet: {closer} is "closer", {other} "other
// side".
std::string for_any_closer(std::string_view text);

// "1008", or "3000-3999"; several with commas between them.
std::string code_range(const catalogue::CodeRange& range);
std::string code_ranges(const std::vector<catalogue::CodeRange>& ranges);

// In the largest unit that needs no fraction: "250ms", "60s", "10m", "1h"; "1MiB", "64KiB", "1
// byte".
std::string duration_text(std::chrono::milliseconds duration);
std::string size_text(std::uint64_t bytes);

}  // namespace lastframe::output
