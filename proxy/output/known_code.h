// All that the catalogue knows of one close code, found in its lists.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/catalogue/catalogue.h"
#include "output/wording.h"

namespace lastframe::output {

// What one application means by a code.
struct ApplicationMeaning {
  const catalogue::ApplicationRow* application = nullptr;  // not null, as the next
  const catalogue::ApplicationCode* code = nullptr;
};

// Points into the catalogue, which must outlive it.
struct KnownCode {
  unsigned code = 0;
  const catalogue::CodeRow* row = nullptr;  // its own, else that of its range; not null
  std::vector<ApplicationMeaning> applications;
  std::vector<const catalogue::ReasonRow*> reasons;          // that name this code
  std::vector<const catalogue::DifferenceRow*> differences;  // between it and another code

  bool has_own_row() const { return row->codes.first == row->codes.last; }
  // Whether anybody has given it a meaning, or may. The numbers between the ranges have none.
  bool is_in_use() const;
};

// Whether the row sets this code apart from another one.
bool is_between(const catalogue::DifferenceRow& row, unsigned code);

// Nothing for a number that no row has.
std::optional<KnownCode> known_code(const catalogue::Catalogue& rows, unsigned code);

// The code in use that `digits` was probably meant to be; "" where none is near.
std::string nearest_code(const catalogue::Catalogue& rows, std::string_view digits);

// "1008 Policy Violation", and the name in the page's language behind it where that is another.
std::string title_of(const KnownCode& known, const Wording& wording);

// What the page says of it. A code of a range that applications give a meaning to is said with
// theirs, "graphql-transport-ws, Unauthorized: ...", one a line.
std::string meaning_of(const KnownCode& known, const Wording& wording);
std::string fix_of(const KnownCode& known, const Wording& wording);

// "lastframe compare 1002 1008", for each pair that the catalogue sets apart.
std::vector<std::string> comparisons_of(const KnownCode& known);

}  // namespace lastframe::output
