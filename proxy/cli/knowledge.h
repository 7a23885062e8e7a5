// Where explain, compare and lookup have the catalogue from.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/catalogue/catalogue.h"
#include "output/colour.h"

namespace lastframe::cli {

// The rows, or every mistake in the files. Shared with nobody else by the loader.
using Knowledge = std::expected<std::shared_ptr<const catalogue::Catalogue>, std::vector<Error>>;

// The built-in catalogue, with the rows of the user's own files in place of those of the same id.
Knowledge knowledge(std::span<const std::string> user_files);

// What a command is given besides its arguments. It loads the catalogue only if it needs one: a
// rule is explained without.
struct Surroundings {
  std::function<Knowledge(std::span<const std::string>)> knowledge;
  catalogue::Language language = catalogue::Language::en;  // where no flag says another
  output::Colour colour = output::Colour::off;
};

}  // namespace lastframe::cli
