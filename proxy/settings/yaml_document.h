// A YAML file as a tree in which each value knows its line. It hides yaml-cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lastframe::settings {

enum class YamlKind { null, plain, quoted, list, map };

struct YamlEntry {
  std::string key;        // of a map; "" in a list
  int line = 1;           // of the key, or of the list's item
  std::size_t value = 0;  // index in YamlDocument::nodes
};

struct YamlNode {
  YamlKind kind = YamlKind::null;
  std::string text;                // of a plain or quoted scalar
  std::vector<YamlEntry> entries;  // of a list or a map, in the file's order, duplicates included
  int line = 1;                    // counted from 1
};

// What is wrong with the YAML itself.
struct YamlFault {
  int line = 1;
  std::string what;
  std::string remedy;
};

// An alias is an index that occurs twice, so a file of aliases of aliases stays small; what it
// would be written out is bounded as well. No node holds itself.
struct YamlDocument {
  std::vector<YamlNode> nodes;
  std::size_t root = 0;           // meaningful when nodes is not empty
  std::vector<YamlFault> faults;  // in order; when not empty, the tree may be incomplete
};

inline constexpr std::size_t kLargestYaml = 4 * 1024 * 1024;  // bytes of a file
inline constexpr std::uint64_t kMostYamlValues = 100'000;     // with aliases written out

// Refuses tags, several documents and keys that are not plain text: configuration needs none.
YamlDocument parse_yaml(std::string_view text);

}  // namespace lastframe::settings
