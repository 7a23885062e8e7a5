#include "admin/route.h"

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <string_view>

namespace lastframe::admin {
namespace {

TEST_CASE("each path has its route") {
  struct Row {
    std::string_view path;
    Route route;
    std::string_view id;
  };
  const auto rows = std::to_array<Row>({
      {"/", Route::index, ""},
      {"/healthz", Route::healthz, ""},
      {"/readyz", Route::readyz, ""},
      {"/metrics", Route::metrics, ""},
      {"/version", Route::version, ""},
      {"/api/v1/summary", Route::summary, ""},
      {"/api/v1/sessions", Route::sessions, ""},
      {"/api/v1/sessions/00ff", Route::session, "00ff"},
      {"/api/v1/sessions/00ff-2", Route::session, "00ff-2"},
      {"/api/v1/sessions/00ff/recording", Route::recording, "00ff"},
      {"/api/v1/events", Route::events, ""},
  });
  for (const Row& row : rows) {
    CAPTURE(row.path);
    const auto found = find_route(row.path);
    REQUIRE(found);
    CHECK(found->route == row.route);
    CHECK(found->id == row.id);
  }
}

TEST_CASE("other paths have none") {
  for (const char* path :
       {"", "//", "/healthz/", "/HEALTHZ", "/health", "/api", "/api/v1", "/api/v1/sessions/",
        "/api/v1/sessions/a/b", "/api/v1/sessions//recording", "/api/v1/sessions/a/b/recording",
        "/api/v1/sessions/a/recording/", "/api/v1/sessionsx", "/../metrics", "metrics"}) {
    CAPTURE(path);
    CHECK_FALSE(find_route(path));
  }
}

TEST_CASE("what says nothing but its state may be public, and metrics may") {
  for (const RouteRow& row : kRoutes) {
    CAPTURE(row.path);
    CHECK(row.may_be_public ==
          (row.path == "/healthz" || row.path == "/readyz" || row.path == "/metrics"));
  }
}

}  // namespace
}  // namespace lastframe::admin
