// A prelude that is looked at as both sides speak, one after the other, their bytes in parts.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/endpoint.h"
#include "core/proxying/prelude.h"
#include "support/splits.h"

namespace lastframe::test {

// What one side says before the other speaks again.
struct Turn {
  Direction direction;
  std::string bytes;
};
inline Turn up(std::string bytes) { return {Direction::client_to_server, std::move(bytes)}; }
inline Turn down(std::string bytes) { return {Direction::server_to_client, std::move(bytes)}; }

struct Spectated {
  proxying::Prelude::State state = proxying::Prelude::State::needs_more;
  std::string client;
  std::string destination;
  std::string error;
  // Where it is over: what is the connection's own, of all that was said.
  std::array<std::string, 2> rest;

  bool operator==(const Spectated&) const = default;
};

using MakePrelude = std::function<std::unique_ptr<proxying::Prelude>()>;

// `splits`: one for each turn.
inline Spectated spectated(proxying::Prelude& prelude, const std::vector<Turn>& turns,
                           const std::vector<Split>& splits) {
  using State = proxying::Prelude::State;
  Spectated all;
  for (std::size_t i = 0; i < turns.size(); ++i) {
    feed_parts(splits[i], [&](std::string_view part) {
      const Direction direction = turns[i].direction;
      all.rest[index(direction)] += part;
      if (all.state == State::is_none || all.state == State::over) return;
      all.state = prelude.take(direction, as_bytes(part));
      if (all.state == State::refused) all.rest = {};
    });
  }
  all.client = prelude.client();
  all.destination = prelude.destination();
  all.error = prelude.error();
  const bool is_over = all.state == State::over;
  for (const Direction direction : kDirections) {
    std::string& rest = all.rest[index(direction)];
    rest = is_over ? rest.substr(prelude.own_bytes()[index(direction)]) : "";
  }
  return all;
}

// Calls `check` with what is seen of these turns, cut in every way: all of them byte by byte and
// whole, and each of them at each place.
template <typename Check>
void at_every_cut(const MakePrelude& make, const std::vector<Turn>& turns, Check&& check) {
  std::vector<Split> splits;
  for (const Turn& turn : turns) splits.push_back(whole(turn.bytes));
  const auto see = [&] { check(spectated(*make(), turns, splits)); };
  see();
  for (std::size_t i = 0; i < turns.size(); ++i) {
    for (std::size_t at = 1; at < turns[i].bytes.size(); ++at) {
      splits[i] = cut_at(turns[i].bytes, at);
      see();
    }
    splits[i] = whole(turns[i].bytes);
  }
  for (std::size_t i = 0; i < turns.size(); ++i) splits[i] = in_parts_of(turns[i].bytes, 1);
  see();
}

}  // namespace lastframe::test
