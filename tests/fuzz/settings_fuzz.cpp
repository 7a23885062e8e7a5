// Any bytes as a configuration: settings or mistakes, each mistake with its line, the lines in
// order; the same answer for the same bytes; and no control character in a message.
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "settings/settings.h"

namespace {

using lastframe::Error;

void require(bool holds) {
  if (!holds) std::abort();
}

// The line in "fuzz.yaml:LINE: KEY"; at least 1.
int line_of(const Error& mistake) {
  constexpr std::string_view kFile = "fuzz.yaml:";
  require(mistake.where.starts_with(kFile));
  const std::string_view rest = std::string_view(mistake.where).substr(kFile.size());
  int line = 0;
  const auto [end, fault] = std::from_chars(rest.data(), rest.data() + rest.size(), line);
  require(fault == std::errc{} && line >= 1);
  const std::string_view key = rest.substr(static_cast<std::size_t>(end - rest.data()));
  require(key.starts_with(": "));
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto settings = lastframe::settings::read_settings(text, "fuzz.yaml");
  require(settings == lastframe::settings::read_settings(text, "fuzz.yaml"));
  if (settings) {
    require(!settings->relay.listeners.empty());
    for (const auto& listener : settings->relay.listeners) {
      const bool is_reverse = listener.mode == lastframe::net::Mode::reverse;
      const bool has_destination = !listener.upstreams.empty() || !listener.routes.empty();
      require(!listener.name.empty() && has_destination == is_reverse);
      for (const auto& route : listener.routes) require(!route.upstreams.empty());
    }
    return 0;
  }
  require(!settings.error().empty());
  const auto lines = 1 + std::ranges::count(text, '\n') + std::ranges::count(text, '\r');
  int last = 1;
  for (const Error& mistake : settings.error()) {
    const int line = line_of(mistake);
    require(line >= last && line <= lines + 1);
    last = line;
    require(!mistake.what.empty() && !mistake.remedy.empty());
    const std::string shown = to_text(mistake);
    require(std::ranges::none_of(shown, [](unsigned char c) { return c < 0x20 || c == 0x7F; }));
  }
  return 0;
}
