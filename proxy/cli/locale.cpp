#include "cli/locale.h"

#include <cstdlib>
#include <string_view>

namespace lastframe::cli {

catalogue::Language language_of(const std::array<const char*, 3>& locales) {
  for (const char* const locale : locales) {
    if (locale == nullptr || *locale == '\0') continue;
    const std::string_view text = locale;
    const std::string_view language = text.substr(0, text.find_first_of("_.@"));
    for (const catalogue::Language known : catalogue::kLanguages) {
      if (language == name(known)) return known;
    }
    break;
  }
  return catalogue::Language::en;
}

catalogue::Language locale_language() {
  return language_of({std::getenv("LC_ALL"), std::getenv("LC_MESSAGES"), std::getenv("LANG")});
}

}  // namespace lastframe::cli
