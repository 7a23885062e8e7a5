// The texts of one session (host, path, user agent, ...), kept in a single allocation: a connection
// may live for days, and ten strings would cost it more than everything else it holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lastframe::session {

enum class Text : std::uint8_t {
  client,  // addresses as numbers
  server,
  host,
  path,
  subprotocol,
  extensions,
  user_agent,
  origin,
  forwarded_for,
  request_via,
  trace_id,
  user,
  response_server,
  response_via,
  // Products recognised in the heads: two bytes each, the high one first, of their position in the
  // catalogue. Those of the request stand before this tap, those of the response behind it.
  request_products,
  response_products,
  upstream,  // the configured name of the one that was chosen, where there are several
};

class Texts {
 public:
  // Longer texts are cut, and end in an ellipsis (U+2026).
  static constexpr std::size_t kLongest = 1024;  // bytes

  void set(Text which, std::string_view text);
  void replace(Text which, std::string_view text);  // whether it was set before or not
  std::optional<std::string_view> operator[](Text which) const;

  // Gives back what the growth of the store has left over.
  void shrink() { store_.shrink_to_fit(); }

  bool operator==(const Texts&) const = default;

 private:
  std::string store_;  // for each text: which (1 byte), length (2 bytes), bytes
};

}  // namespace lastframe::session
