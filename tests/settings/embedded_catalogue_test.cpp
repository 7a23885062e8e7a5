#include "settings/embedded_catalogue.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <string>

#include "settings/catalogue_file.h"
#include "settings/text_file.h"
#include "settings/yaml_document.h"

namespace lastframe::settings {
namespace {

TEST_CASE("the built-in files are those of config/catalogue, byte for byte, in order") {
  const auto folder = std::filesystem::path(LASTFRAME_ROOT) / "config" / "catalogue";
  std::map<std::string, std::string> files;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() != ".yaml") continue;
    files["config/catalogue/" + file.path().filename().string()] =
        read_text_file(file.path().string(), kLargestYaml).value();
  }
  REQUIRE(embedded_catalogue().size() == files.size());
  auto file = files.begin();
  for (const CatalogueText& text : embedded_catalogue()) {
    CHECK(text.name == file->first);
    CHECK((text.text == file->second));  // too long to be shown
    ++file;
  }
}

TEST_CASE("the built-in catalogue has no mistakes") {
  const auto loaded = load_catalogue({});
  if (!loaded) {
    for (const Error& error : loaded.error()) MESSAGE(to_text(error));
  }
  CHECK(loaded.has_value() != embedded_catalogue().empty());
}

}  // namespace
}  // namespace lastframe::settings
