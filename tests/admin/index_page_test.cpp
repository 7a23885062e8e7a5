#include "admin/index_page.h"

#include <doctest/doctest.h>

#include <string>

#include "admin/route.h"

namespace lastframe::admin {
namespace {

TEST_CASE("the page names every path, links what a click can show, and loads nothing") {
  const std::string page = index_page();
  for (const RouteRow& row : kRoutes) {
    CAPTURE(row.path);
    CHECK(page.contains(row.path));
    const bool is_plain = !row.path.contains('{') && row.route != Route::events;
    CHECK(page.contains("href=\"" + std::string(row.path) + "\"") == is_plain);
  }
  for (const char* tag : {"<script", "<style", "<img", "<link", "style=", "http:", "https:"}) {
    CAPTURE(tag);
    CHECK_FALSE(page.contains(tag));
  }
}

}  // namespace
}  // namespace lastframe::admin
