// Reads a piece of a catalogue for a test, and tells its mistakes.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "settings/catalogue_file.h"
#include "support/catalogue_text.h"

namespace lastframe::settings {

// A catalogue of the causes that must be there, a product called nginx, and `text`.
inline std::expected<catalogue::Catalogue, std::vector<Error>> reading_of(std::string_view text) {
  const std::string causes = test::causes_text();
  const std::string products =
      "products: [{id: nginx, name: nginx, role: proxy, " + std::string(test::kRowSource) + "}]\n";
  const std::vector<CatalogueText> texts{
      {"causes.yaml", causes}, {"products.yaml", products}, {"f.yaml", text}};
  return read_catalogue(texts);
}

inline catalogue::Catalogue catalogue_from(const std::string& text) {
  CAPTURE(text);
  auto catalogue = reading_of(text);
  if (!catalogue) {
    for (const Error& error : catalogue.error()) MESSAGE(to_text(error));
  }
  REQUIRE(catalogue.has_value());
  return *std::move(catalogue);
}

// The mistakes of `text` as lines without the file's name: "3: limits[0].bytes: ...".
inline std::string catalogue_mistakes_of(std::string_view text) {
  const auto catalogue = reading_of(text);
  if (catalogue) return "";
  std::string said;
  for (const Error& error : catalogue.error()) {
    const std::string line = to_text(error);
    CAPTURE(line);
    REQUIRE(line.starts_with("f.yaml:"));
    said += line.substr(7) + "\n";
  }
  return said;
}

}  // namespace lastframe::settings
