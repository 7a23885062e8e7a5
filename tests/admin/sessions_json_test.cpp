#include "admin/sessions_json.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "admin/ended.h"

namespace lastframe::admin {
namespace {

using nlohmann::json;

net::LiveAnswer two_live() {
  net::LiveAnswer live;
  for (const std::uint64_t id : {2u, 1u}) {
    net::LiveSession seen;
    seen.so_far = ended(id, 1006);
    seen.so_far.texts.set(session::Text::client, "203.0.113.9:50122");
    seen.stage = session::Stage::open;
    live.sessions.push_back(std::move(seen));
  }
  live.matching = {{"chat", 2}, {"other", 5}};
  return live;
}

TEST_CASE("live sessions come before those that ended, and the limit holds for both") {
  RecentSessions recent;
  recent.add(ended(7, 1000), R"({"event":"session_end","session":"0000000000000007"})");
  recent.add(ended(8, 1001), R"({"event":"session_end","session":"0000000000000008"})");
  SessionQuery query;
  const auto all = json::parse(sessions_json(two_live(), recent.all(), query));
  REQUIRE(all["sessions"].size() == 4);
  CHECK(all["sessions"][0]["session"] == "0000000000000002");
  CHECK(all["sessions"][0]["state"] == "open");
  CHECK(all["sessions"][1]["session"] == "0000000000000001");
  CHECK(all["sessions"][2] ==
        json{{"state", "ended"}, {"event", "session_end"}, {"session", "0000000000000008"}});
  CHECK(all["matching"] == json{{"live", 7}, {"ended", 2}});

  query.limit = 3;
  CHECK(json::parse(sessions_json(two_live(), recent.all(), query))["sessions"].size() == 3);
  query.limit = 1;
  const auto one = json::parse(sessions_json(two_live(), recent.all(), query));
  CHECK(one["sessions"].size() == 1);
  CHECK(one["matching"] == json{{"live", 7}, {"ended", 2}});
  query = {};
  query.code = 1000;
  const auto filtered = json::parse(sessions_json({}, recent.all(), query));
  REQUIRE(filtered["sessions"].size() == 1);
  CHECK(filtered["sessions"][0]["session"] == "0000000000000007");
}

TEST_CASE("the summary counts, the most frequent first") {
  RecentSessions recent;
  CHECK(json::parse(summary_json({1.5, 9, two_live(), recent.all()})) ==
        json::parse(R"({"uptime_s":1.5,"connections_open":9,
            "live":{"count":7,"by_listener":[{"listener":"other","count":5},
                                             {"listener":"chat","count":2}]},
            "ended":{"count":0,"since":null,"by_code":[],"by_cause":[],"by_initiator":[],
                     "by_listener":[]}})"));
  recent.add(ended(1, 1000), "{}");
  recent.add(ended(2, 1006, "idle_timeout"), "{}");
  recent.add(ended(3, 1006, "idle_timeout", "other"), "{}");
  session::SessionReport sealed = ended(4, 1006, "idle_timeout", "other \"quoted\"");
  sealed.is_sealed = true;
  recent.add(sealed, "{}");
  const auto summary = json::parse(summary_json({1.5, 9, {}, recent.all()}));
  const auto& counted = summary["ended"];
  CHECK(counted["count"] == 4);
  CHECK(counted["since"].is_string());
  CHECK(counted["by_code"] == json::parse(R"([{"code":1006,"count":2},{"code":null,"count":1},
                                              {"code":1000,"count":1}])"));
  CHECK(counted["by_cause"] == json::parse(R"([{"cause":"idle_timeout","count":3},
                                               {"cause":null,"count":1}])"));
  CHECK(counted["by_initiator"] == json::parse(R"([{"initiator":"server","count":4}])"));
  CHECK(counted["by_listener"][0] == json{{"listener", "chat"}, {"count", 2}});
  CHECK(counted["by_listener"].size() == 3);
}

}  // namespace
}  // namespace lastframe::admin
