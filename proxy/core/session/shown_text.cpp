#include "core/session/shown_text.h"

#include "core/session/privacy.h"
#include "core/ws/utf8.h"

namespace lastframe::session {
namespace {

unsigned byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

}  // namespace

std::string shown_text(std::string_view text, std::size_t most) {
  return shown_redacted(redact_tokens(text), most);
}

std::string shown_redacted(std::string_view text, std::size_t most) {
  std::string shown = ws::with_replacements(text);
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (byte_at(shown, i) < 0x20 || byte_at(shown, i) == 0x7F) shown[i] = ' ';
    // U+0080 to U+009F are control characters, too.
    if (byte_at(shown, i) == 0xC2 && byte_at(shown, i + 1) < 0xA0) shown.replace(i, 2, " ");
  }
  if (shown.size() <= most) return shown;
  while (most > 0 && (byte_at(shown, most) & 0xC0u) == 0x80u) --most;
  shown.resize(most);
  return shown;
}

}  // namespace lastframe::session
