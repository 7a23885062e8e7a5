// From the YAML of config/catalogue to a catalogue, with every mistake at once.
#pragma once

#include <expected>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/catalogue/catalogue.h"
#include "settings/embedded_catalogue.h"

namespace lastframe::settings {

// Rows of a later text replace those of the same id (codes: of the same range) of an earlier one.
// What comes back has a row for every catalogue::Cause, and each row that another one names.
// Mistakes come text by text, in the order of lines: "NAME:LINE: KEY: what; what would be right".
std::expected<catalogue::Catalogue, std::vector<Error>> read_catalogue(
    std::span<const CatalogueText> texts);

// The built-in files, then the user's; one that cannot be read is a mistake as well.
std::expected<std::shared_ptr<const catalogue::Catalogue>, std::vector<Error>> load_catalogue(
    std::span<const std::string> user_files,
    std::span<const CatalogueText> built_in = embedded_catalogue());

}  // namespace lastframe::settings
