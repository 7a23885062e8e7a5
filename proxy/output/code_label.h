// Close codes as values of a label: any number may come from the wire, few become values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace lastframe::output {

inline constexpr std::size_t kMostListedCodes = 32;

class CodeLabels {
 public:
  // `listed`: codes from 4000 to 4999 that are told apart; at most kMostListedCodes.
  explicit CodeLabels(std::vector<std::uint16_t> listed);

  // 1000 to 1015 and the codes that IANA has assigned beyond, and the listed ones as they are; else
  // `3xxx`, `4xxx` or `other`.
  std::string of(std::uint16_t code) const;

 private:
  std::vector<std::uint16_t> listed_;  // ascending
};

}  // namespace lastframe::output
