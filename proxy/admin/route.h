// What the admin port has to offer, by path.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace lastframe::admin {

enum class Route : unsigned char {
  index,
  healthz,
  readyz,
  metrics,
  version,
  summary,
  sessions,
  session,
  recording,
  events,
};

struct RouteRow {
  Route route;
  std::string_view path;  // what stands for {id} is not empty and has no slash
  bool may_be_public;
  std::string_view says;  // for the page at /
};

inline constexpr auto kRoutes = std::to_array<RouteRow>({
    {Route::index, "/", false, "this page"},
    {Route::healthz, "/healthz", true, "whether the process runs and its workers come round"},
    {Route::readyz, "/readyz", true, "whether new connections are taken"},
    {Route::metrics, "/metrics", true, "metrics for Prometheus"},
    {Route::version, "/version", false, "this program and its libraries"},
    {Route::summary, "/api/v1/summary", false, "closes of late, counted"},
    {Route::sessions, "/api/v1/sessions", false, "open connections, and those that ended of late"},
    {Route::session, "/api/v1/sessions/{id}", false, "one of them"},
    {Route::recording, "/api/v1/sessions/{id}/recording", false,
     "the last frames of one of them; ?format=lastframe, pcapng or har"},
    {Route::events, "/api/v1/events", false, "records as they come, over a WebSocket"},
});

struct RouteMatch {
  Route route;
  std::string_view id;  // of `path`: what stood for {id}
};

// Nothing: there is no such path.
std::optional<RouteMatch> find_route(std::string_view path);

}  // namespace lastframe::admin
