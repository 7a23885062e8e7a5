#include "cli/knowledge.h"

#include "settings/catalogue_file.h"

namespace lastframe::cli {

Knowledge knowledge(std::span<const std::string> user_files) {
  return settings::load_catalogue(user_files);
}

}  // namespace lastframe::cli
