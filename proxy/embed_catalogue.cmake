# Writes OUTPUT, a source file that holds FILES (separated by `|`) byte for byte, as raw strings.
# cmake -D OUTPUT=... -D FILES=... -P embed_catalogue.cmake

set(delimiter "catalogue_yaml")
set(rows "")
set(count 0)
string(REPLACE "|" ";" FILES "${FILES}")
foreach(path IN LISTS FILES)
  file(READ "${path}" text)
  string(FIND "${text}" ")${delimiter}\"" end)
  if(NOT end EQUAL -1)
    message(FATAL_ERROR "${path} holds the end of a raw string, )${delimiter}\"")
  endif()
  get_filename_component(name "${path}" NAME)
  string(APPEND rows
         "    {\"config/catalogue/${name}\",\n     R\"${delimiter}(${text})${delimiter}\"},\n")
  math(EXPR count "${count} + 1")
endforeach()

file(WRITE "${OUTPUT}" "// Written by embed_catalogue.cmake.
#include <array>

#include \"settings/embedded_catalogue.h\"

namespace lastframe::settings {
namespace {

constexpr std::array<CatalogueText, ${count}> kTexts{{
${rows}}};

}  // namespace

std::span<const CatalogueText> embedded_catalogue() { return kTexts; }

}  // namespace lastframe::settings
")
