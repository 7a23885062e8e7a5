// A catalogue with a row for every cause, and little else.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "core/catalogue/catalogue.h"

namespace lastframe::test {

inline std::shared_ptr<const catalogue::Catalogue> small_catalogue() {
  auto rows = std::make_shared<catalogue::Catalogue>();
  for (std::size_t i = 0; i < catalogue::kCauseCount; ++i) {
    catalogue::CauseRow row;
    row.id = name(static_cast<catalogue::Cause>(i));
    row.title = row.id;
    row.summary = "The {closer} ended it: " + row.id + ".";
    row.fix = "Do something about it.";
    rows->causes.push_back(std::move(row));
  }
  std::ranges::sort(rows->causes, {}, &catalogue::CauseRow::id);
  catalogue::ProductRow nginx;
  nginx.id = "nginx";
  nginx.name = "nginx";
  nginx.role = catalogue::Role::proxy;
  nginx.signs = {{catalogue::Sign::Where::response_header, "server", "nginx"}};
  rows->products.push_back(std::move(nginx));
  catalogue::FarewellRow farewell;
  farewell.id = "disconnect";
  farewell.starts = "{\"type\":\"disconnect\"";
  farewell.field = "reason";
  rows->farewells.push_back(std::move(farewell));
  return rows;
}

}  // namespace lastframe::test
