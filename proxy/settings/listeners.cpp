#include "settings/listeners.h"

#include <fmt/format.h>

#include <cstddef>
#include <span>
#include <string>
#include <utility>

#include "core/base/words.h"
#include "net/address.h"
#include "settings/listener.h"

namespace lastframe::settings {
namespace {

constexpr std::size_t kMostListeners = 1000;  // each costs a socket in every worker
constexpr const char* kExample = "[{listen: 127.0.0.1:8080, upstream: ws://127.0.0.1:9000}]";

void compare(const Listener& listener, const Listener& earlier) {
  const std::string& name = listener.options.name;
  if (listener.name && !name.empty() && name == earlier.options.name) {
    listener.name->wrong(fmt::format("{} is the name of the listener in line {}", in_quotes(name),
                                     earlier.value.line()),
                         "give each listener its own name");
  }
  if (!listener.listen || !earlier.listen) return;
  if (!net::is_same_listen_address(listener.options.listen, earlier.options.listen)) return;
  listener.listen->wrong(fmt::format("{} is where the listener in line {} listens",
                                     net::to_text(listener.options.listen), earlier.value.line()),
                         "give each listener its own address");
}

}  // namespace

std::vector<net::ListenerOptions> read_listeners(const Value& value,
                                                 const std::filesystem::path& folder) {
  const auto items = value.items(kExample);
  if (!items) return {};
  if (items->empty()) value.wrong("the list is empty", fmt::format("write {}", kExample));
  if (items->size() > kMostListeners) {
    value.wrong(fmt::format("there are {} listeners", items->size()), "write at most 1000");
    return {};
  }

  std::vector<Listener> listeners;
  for (const Value& item : *items) {
    Listener listener = read_listener(item, folder);
    const bool is_map = item.kind() == YamlKind::map;
    if (!listener.name && items->size() == 1) listener.options.name = "default";
    if (!listener.name && items->size() > 1 && is_map) {
      item.missing("name", "write a name; only a single listener may go without");
    }
    for (const Listener& earlier : listeners) compare(listener, earlier);
    listeners.push_back(std::move(listener));
  }
  std::vector<net::ListenerOptions> options;
  for (Listener& listener : listeners) options.push_back(std::move(listener.options));
  return options;
}

}  // namespace lastframe::settings
