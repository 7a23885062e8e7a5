#include "admin/index_page.h"

#include <fmt/format.h>

#include <iterator>

#include "admin/route.h"

namespace lastframe::admin {

std::string index_page() {
  std::string page =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<title>Lastframe</title></head>\n<body><h1>Lastframe</h1>\n<ul>\n";
  for (const RouteRow& row : kRoutes) {
    // What needs more than a click is named, not linked.
    const bool is_link = !row.path.contains('{') && row.route != Route::events;
    fmt::format_to(std::back_inserter(page),
                   is_link ? fmt::runtime("<li><a href=\"{0}\">{0}</a> {1}</li>\n")
                           : fmt::runtime("<li>{0} {1}</li>\n"),
                   row.path, row.says);
  }
  page += "</ul></body></html>\n";
  return page;
}

}  // namespace lastframe::admin
