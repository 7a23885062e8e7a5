#include "cli/knowledge.h"

namespace lastframe::cli {

// A stand-in: settings::load_catalogue(user_files) has the same result.
Knowledge knowledge(std::span<const std::string> user_files) {
  const std::string where = user_files.empty() ? "catalogue" : user_files.front();
  return std::unexpected(std::vector{Error{where, "no catalogue", "only rules are explained"}});
}

}  // namespace lastframe::cli
