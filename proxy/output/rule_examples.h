// For every rule the bytes that break it, and the legal edge beside it. The same rows feed
// `lastframe explain` and docs/rules.md, and a test plays each of them through a session.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "core/ws/rule.h"

namespace lastframe::output {

// What went before an example's lines.
enum class Setup : unsigned char {
  opened,               // an opening handshake without extensions
  opened_with_deflate,  // one that negotiates permessage-deflate, 15 window bits, with takeover
  own_handshake,        // nothing: the lines begin with the connection's first byte
};

constexpr std::string_view name(Setup setup) {
  constexpr std::array<std::string_view, 3> kNames{"opened", "opened_with_deflate",
                                                   "own_handshake"};
  return kNames[static_cast<unsigned>(setup)];
}

// Lines in the language of tests/scenarios/README.md: "client 81 02 68 69", "server fin",
// "time +11s", "client | GET / HTTP/1.1". Each ends in a line feed.
struct Example {
  Setup setup = Setup::opened;
  std::string_view says;  // one sentence: what the bytes are
  std::string_view lines;
};

struct RuleExample {
  ws::Rule rule;
  Example breach;  // breaks the rule; of an `info` row, shows what is noted
  Example edge;    // as near to it as is legal, and not noted
};

const RuleExample& example_of(ws::Rule rule);

// The lines of a setup, to be played before the example's; none for `own_handshake`.
std::string_view setup_lines(Setup setup);

// One line each, without line feeds; views into `lines`.
std::vector<std::string_view> split_lines(std::string_view lines);

}  // namespace lastframe::output
