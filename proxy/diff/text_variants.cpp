#include "diff/text_variants.h"

#include "capture/digest.h"
#include "core/base/bytes.h"
#include "core/ws/utf8.h"

namespace lastframe::diff {
namespace {

constexpr std::string_view kMark = "\xEF\xBB\xBF";  // U+FEFF
constexpr std::string_view kWhiteSpace = " \t\r\n";

std::string with_bare_line_ends(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && text.substr(i + 1).starts_with('\n')) continue;
    result += text[i];
  }
  return result;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kWhiteSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kWhiteSpace) + 1 - first);
}

}  // namespace

std::uint64_t digest_of(std::string_view bytes) {
  capture::Digest digest;
  digest.take(as_bytes(bytes));
  return digest.value();
}

std::string latin1_as_utf8(std::string_view bytes) {
  std::string result;
  result.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      result += c;
      continue;
    }
    result += static_cast<char>(0xC0 | byte >> 6);
    result += static_cast<char>(0x80 | (byte & 0x3F));
  }
  return result;
}

std::optional<std::string> utf8_as_latin1(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) {
      result += text[i];
      continue;
    }
    if ((byte != 0xC2 && byte != 0xC3) || i + 1 == text.size()) return std::nullopt;
    const auto next = static_cast<unsigned char>(text[++i]);
    if ((next & 0xC0) != 0x80) return std::nullopt;
    result += static_cast<char>((byte & 3) << 6 | (next & 0x3F));
  }
  return result;
}

std::optional<TextVariants> variants_of(std::string_view text) {
  TextVariants variants;
  bool has_any = false;
  const auto note = [&](std::optional<std::uint64_t>& variant, std::string_view changed) {
    if (changed == text) return;
    variant = digest_of(changed);
    has_any = true;
  };
  if (!ws::is_ascii(as_bytes(text))) {
    note(variants.latin1_read_as_utf8, latin1_as_utf8(text));
    note(variants.replaced, ws::with_replacements(text));
    if (const auto bytes = utf8_as_latin1(text)) note(variants.utf8_as_latin1, *bytes);
  }
  if (text.find('\r') != std::string_view::npos) {
    note(variants.bare_line_ends, with_bare_line_ends(text));
  }
  if (text.starts_with(kMark)) note(variants.without_mark, text.substr(kMark.size()));
  note(variants.trimmed, trimmed(text));
  if (!has_any) return std::nullopt;
  return variants;
}

}  // namespace lastframe::diff
