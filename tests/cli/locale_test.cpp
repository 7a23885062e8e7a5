#include "cli/locale.h"

#include <doctest/doctest.h>

namespace lastframe::cli {
namespace {

using catalogue::Language;

TEST_CASE("the first variable that says something decides on the language") {
  struct Row {
    const char* lc_all;
    const char* lc_messages;
    const char* lang;
    Language wanted;
  };
  constexpr Row kRows[] = {
      {nullptr, nullptr, nullptr, Language::en},
      {nullptr, nullptr, "fr_FR.UTF-8", Language::fr},
      {nullptr, "es_MX", "fr_FR.UTF-8", Language::es},
      {"ar", "es_MX", "fr_FR.UTF-8", Language::ar},
      {"", "", "ar_EG.UTF-8", Language::ar},
      {"", "es@euro", "ar_EG.UTF-8", Language::es},
      // C is a choice, too: it is not passed over.
      {"C.UTF-8", "es_ES", "fr_FR", Language::en},
      {"POSIX", nullptr, "fr_FR", Language::en},
      {nullptr, nullptr, "de_DE.UTF-8", Language::en},
      {nullptr, nullptr, "french", Language::en},
      {nullptr, nullptr, "frr_DE", Language::en},
      {nullptr, nullptr, "_", Language::en},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.lc_all);
    CAPTURE(row.lc_messages);
    CAPTURE(row.lang);
    CHECK(language_of({row.lc_all, row.lc_messages, row.lang}) == row.wanted);
  }
}

}  // namespace
}  // namespace lastframe::cli
