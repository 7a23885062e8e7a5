#include "settings/access.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/base/words.h"
#include "core/proxying/access.h"
#include "settings/named_file.h"

namespace lastframe::settings {
namespace {

constexpr std::size_t kLongestCredentialsFile = 1024 * 1024;
constexpr std::size_t kLongestCredential = 255;  // a user or a password; RFC 1929 section 2
constexpr const char* kCredentialsForm = "write one user:password a line; # begins a comment";

// Rules that the relay can obey; `mistake_in` is told one by itself.
void read_rules(const Value& value, const char* list, const char* example,
                std::optional<Error> (*mistake_in)(const std::string&),
                std::vector<std::string>& rules) {
  const auto items = value.items(list);
  if (!items) return;
  for (const Value& item : *items) {
    auto text = item.scalar(example);
    if (!text) continue;
    if (auto mistake = mistake_in(*text)) {
      item.wrong(*std::move(mistake));
    } else {
      rules.push_back(*std::move(text));
    }
  }
}

std::optional<Error> mistake_in_client(const std::string& text) {
  auto access = proxying::Access::of(std::span(&text, 1), {});
  return access ? std::nullopt : std::optional(std::move(access.error()));
}

std::optional<Error> mistake_in_destination(const std::string& text) {
  auto access = proxying::Access::of({}, std::span(&text, 1));
  return access ? std::nullopt : std::optional(std::move(access.error()));
}

// RFC 7617 section 2: no colon in the user, no control characters in either.
bool is_credential(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::size_t password = line.size() - colon - 1;
  return colon <= kLongestCredential && password >= 1 && password <= kLongestCredential &&
         std::ranges::none_of(line, [](unsigned char c) { return c < ' ' || c == 0x7F; });
}

// Nothing of a bad line is shown: it may well be a password.
void take_credentials(const Value& value, const std::string& path, std::string_view text,
                      std::vector<std::string>& credentials) {
  for (int number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with('#') || line.find_first_not_of(" \t") == std::string_view::npos) continue;
    if (is_credential(line)) {
      credentials.emplace_back(line);
    } else {
      value.wrong(fmt::format("line {} of {} is not user:password, with 1 to {} bytes each", number,
                              in_quotes(path), kLongestCredential),
                  kCredentialsForm);
    }
  }
}

void read_credentials(const Value& value, const std::filesystem::path& folder,
                      std::vector<std::string>& credentials) {
  const auto path = path_at(value, folder, "off, or the path of a file");
  if (!path) return;
  const auto text = text_of(value, *path, kLongestCredentialsFile);
  if (!text) return;
  struct stat status{};
  if (stat(path->c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0) {
    value.wrong(fmt::format("everybody on this machine may read {}", in_quotes(*path)),
                fmt::format("run chmod o= {}", printable(*path)));
    return;
  }
  const std::size_t before = credentials.size();
  take_credentials(value, *path, *text, credentials);
  // Without any, nobody would be asked for credentials.
  if (credentials.size() == before) {
    value.wrong(fmt::format("{} names no user", in_quotes(*path)), kCredentialsForm);
  }
}

}  // namespace

std::vector<std::string> read_ranges(const Value& value) {
  std::vector<std::string> ranges;
  read_rules(value, "[10.0.0.0/8]", "a range such as 10.0.0.0/8", mistake_in_client, ranges);
  return ranges;
}

Access read_access(const Value& value, const std::filesystem::path& folder) {
  Access access;
  const auto section = value.section("listeners[].access", "keys such as {clients: [10.0.0.0/8]}");
  if (!section) return access;
  if (const Value* clients = section->find("clients")) {
    access.rules.clients = read_ranges(*clients);
    const bool names_some = clients->kind() == YamlKind::list && !clients->items("")->empty();
    access.limits_clients = names_some;
  }
  if (const Value* destinations = section->find("destinations")) {
    read_rules(*destinations, "[chat.example, \"*.example:443\", \"10.0.0.0/8:9000\"]",
               "chat.example, *.example:443 or 10.0.0.0/8:9000", mistake_in_destination,
               access.rules.destinations);
  }
  if (const Value* file = section->find("credentials_file"); file != nullptr && !file->is("off")) {
    read_credentials(*file, folder, access.rules.credentials);
    access.limits_clients = true;
  }
  if (const Value* open = section->find("open")) {
    access.is_open = open->yes_or_no().value_or(false);
  }
  return access;
}

}  // namespace lastframe::settings
