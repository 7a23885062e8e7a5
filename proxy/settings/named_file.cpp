#include "settings/named_file.h"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "core/base/words.h"
#include "settings/text_file.h"

namespace lastframe::settings {

std::optional<std::string> path_at(const Value& value, const std::filesystem::path& folder,
                                   std::string_view example) {
  const auto written = value.text(example);
  if (!written) return std::nullopt;
  if (written->contains('\0')) {
    value.wrong(fmt::format("{} holds a NUL byte", in_quotes(*written)),
                fmt::format("write {}", example));
    return std::nullopt;
  }
  return (folder / *written).string();
}

std::optional<std::string> text_of(const Value& value, const std::string& path, std::size_t most) {
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored) && !std::filesystem::is_regular_file(path, ignored)) {
    value.wrong(fmt::format("{} is not a file", in_quotes(path)), "write the path of a file");
    return std::nullopt;
  }
  auto text = read_text_file(path, most);
  if (text) return *std::move(text);
  value.wrong(std::move(text.error()));
  return std::nullopt;
}

std::optional<std::string> key_of(const Value& value, const std::string& path,
                                  std::string_view wanted) {
  constexpr std::size_t kShortest = 16;
  constexpr std::size_t kLongest = 4096;
  auto key = text_of(value, path, kLongest);
  if (!key) return std::nullopt;
  while (key->ends_with('\n') || key->ends_with('\r')) key->pop_back();
  if (key->size() >= kShortest) return key;
  value.wrong(fmt::format("{} holds {} bytes", in_quotes(path), key->size()),
              fmt::format("a key has {} or more, {}", kShortest, wanted));
  return std::nullopt;
}

}  // namespace lastframe::settings
