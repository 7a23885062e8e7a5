#include "admin/route.h"

namespace lastframe::admin {
namespace {

constexpr std::string_view kPlaceholder = "{id}";

}  // namespace

std::optional<RouteMatch> find_route(std::string_view path) {
  for (const RouteRow& row : kRoutes) {
    const std::size_t placeholder = row.path.find(kPlaceholder);
    if (placeholder == std::string_view::npos) {
      if (path == row.path) return RouteMatch{row.route, {}};
      continue;
    }
    if (!path.starts_with(row.path.substr(0, placeholder))) continue;
    const std::string_view behind = row.path.substr(placeholder + kPlaceholder.size());
    std::string_view id = path.substr(placeholder);
    if (!id.ends_with(behind)) continue;
    id.remove_suffix(behind.size());
    if (!id.empty() && !id.contains('/')) return RouteMatch{row.route, id};
  }
  return std::nullopt;
}

}  // namespace lastframe::admin
