#include "admin/route.h"

namespace lastframe::admin {

std::optional<RouteMatch> find_route(std::string_view path) {
  for (const RouteRow& row : kRoutes) {
    const std::size_t placeholder = row.path.find("{id}");
    if (placeholder == std::string_view::npos) {
      if (path == row.path) return RouteMatch{row.route, {}};
      continue;
    }
    if (!path.starts_with(row.path.substr(0, placeholder))) continue;
    const std::string_view id = path.substr(placeholder);
    if (!id.empty() && !id.contains('/')) return RouteMatch{row.route, id};
  }
  return std::nullopt;
}

}  // namespace lastframe::admin
