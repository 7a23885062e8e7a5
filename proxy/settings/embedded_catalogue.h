// The files of config/catalogue, built into the binary (proxy/embed_catalogue.cmake).
#pragma once

#include <span>
#include <string_view>

namespace lastframe::settings {

// A catalogue file: the name that its mistakes are told with, and its YAML. Both are borrowed.
struct CatalogueText {
  std::string_view name;
  std::string_view text;
};

// In the order of their names; of static life.
std::span<const CatalogueText> embedded_catalogue();

}  // namespace lastframe::settings
