#include "settings/admin.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "admin/access.h"
#include "admin/route.h"
#include "core/base/words.h"
#include "settings/named_file.h"

namespace lastframe::settings {
namespace {

constexpr const char* kAddressExample = "off, or an address such as 127.0.0.1:9464";
constexpr std::size_t kLongestToken = 4096;

std::vector<std::string_view> paths_that_may_be_public() {
  std::vector<std::string_view> paths;
  for (const admin::RouteRow& row : admin::kRoutes) {
    if (row.may_be_public) paths.push_back(row.path);
  }
  return paths;
}

// Whoever can read it can ask as the operator does.
bool is_for_everybody(const std::string& path) {
  using std::filesystem::perms;
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  const perms others = perms::others_read | perms::others_write;
  return !error && (status.permissions() & others) != perms::none;
}

// RFC 9110 section 5.5: what a field can carry without quotes and doubts.
bool is_visible(char c) { return c > ' ' && c <= '~'; }

void read_token_file(const Value& value, const std::filesystem::path& folder, std::string& token) {
  if (value.kind() == YamlKind::null || value.is("off")) return;
  const auto path = path_at(value, folder, "null, or the path of a file");
  if (!path) return;
  auto text = text_of(value, *path, kLongestToken);
  if (!text) return;
  while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
  if (is_for_everybody(*path)) {
    value.wrong(fmt::format("every user of this machine can read or change {}", in_quotes(*path)),
                fmt::format("chmod 600 {}", printable(*path)));
  } else if (text->size() < admin::kShortestToken) {
    value.wrong(fmt::format("{} holds {}", in_quotes(*path), in_bytes(text->size())),
                fmt::format("a token has {} or more, such as `openssl rand -hex 32` prints",
                            admin::kShortestToken));
  } else if (!std::ranges::all_of(*text, is_visible)) {
    value.wrong(fmt::format("{} holds more than one word of ASCII", in_quotes(*path)),
                "a token is a line without spaces, such as `openssl rand -hex 32` prints");
  } else {
    token = *std::move(text);
  }
}

void read_public(const Value& value, std::vector<std::string>& paths) {
  const auto items = value.items("[/healthz, /readyz]");
  if (!items) return;
  const auto known = paths_that_may_be_public();
  paths.clear();
  for (const Value& item : *items) {
    const auto which = item.one_of(known);
    if (which) paths.emplace_back(known[*which]);
  }
}

// Whether it stands there and is another one than of `listeners`.
void read_listen(const Value& value, std::span<const net::ListenerOptions> listeners,
                 std::optional<net::Address>& listen) {
  if (value.is("off")) return listen.reset();
  const auto text = value.scalar(kAddressExample);
  if (!text) return;
  auto address = net::parse_listen_address(*text);
  if (!address) return value.wrong(std::move(address.error()));
  const auto same = std::ranges::find_if(listeners, [&](const net::ListenerOptions& listener) {
    return net::is_same_listen_address(listener.listen, *address);
  });
  if (same != listeners.end()) {
    return value.wrong(fmt::format("the listener {} has this address", in_quotes(same->name)),
                       "choose another one");
  }
  listen = *std::move(address);
}

}  // namespace

std::optional<Error> admin_address_fault(const admin::Options& options) {
  if (!options.listen || !options.token.empty() || admin::is_local(*options.listen)) {
    return std::nullopt;
  }
  return Error{"", "others reach this address, and no token is asked for",
               "name one by admin: {token_file: FILE} in a configuration file, or listen on "
               "127.0.0.1 or unix:/path"};
}

void read_admin(const Value& value, const std::filesystem::path& folder,
                std::span<const net::ListenerOptions> listeners, admin::Options& options) {
  if (value.is("off")) return options.listen.reset();
  const auto section = value.section("admin", "off, or keys such as {listen: 127.0.0.1:9464}");
  if (!section) return;
  const Value* listen = section->find("listen");
  const Value* token_file = section->find("token_file");
  if (listen != nullptr) read_listen(*listen, listeners, options.listen);
  if (token_file != nullptr) read_token_file(*token_file, folder, options.token);
  if (const Value* paths = section->find("public")) read_public(*paths, options.public_paths);
  const bool is_token_file_named = token_file != nullptr && token_file->kind() != YamlKind::null;
  if (listen == nullptr || is_token_file_named) return;
  if (auto fault = admin_address_fault(options)) listen->wrong(*std::move(fault));
}

}  // namespace lastframe::settings
