#include "settings/text_file.h"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>
#include <utility>

#include "core/base/words.h"

namespace lastframe::settings {
namespace {

std::unexpected<Error> mistake(std::string what, std::string remedy) {
  return std::unexpected(Error{"", std::move(what), std::move(remedy)});
}

std::unexpected<Error> cannot_read(const std::string& path, int error) {
  return mistake(in_quotes(path) + " cannot be read: " + std::generic_category().message(error),
                 "check the path and who may read it");
}

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

std::expected<std::string, Error> read_text_file(const std::string& path, std::size_t most) {
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rbe"));
  if (!file) return cannot_read(path, errno);
  std::string text(most + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) return cannot_read(path, errno);  // a directory, for one
  if (text.size() > most) {
    return mistake(in_quotes(path) + " has more than " + std::to_string(most) + " bytes",
                   "check the path");
  }
  return text;
}

}  // namespace lastframe::settings
