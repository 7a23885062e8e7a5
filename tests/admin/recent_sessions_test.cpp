#include "admin/recent_sessions.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "admin/ended.h"

namespace lastframe::admin {
namespace {

std::vector<std::string> ids(const RecentSessions& recent) {
  std::vector<std::string> found;
  for (const auto& session : recent.all()) found.push_back(session->id);
  return found;
}

TEST_CASE("records are kept with what they are found by, the last one first") {
  RecentSessions recent;
  recent.add(ended(0xA, 1006, "idle_timeout"), "{\"n\":1}");
  session::SessionReport second = ended(0xB, 1000);
  second.attempt = 2;
  recent.add(second, "{\"n\":2}");
  CHECK(ids(recent) == std::vector<std::string>{"000000000000000b-2", "000000000000000a"});
  const auto found = recent.find("000000000000000a");
  REQUIRE(found);
  CHECK(found->code == 1006);
  CHECK(found->cause == "idle_timeout");
  CHECK(found->listener == "chat");
  CHECK(found->upstream == "chat-a");
  CHECK(found->initiator == "server");
  CHECK(found->record == "{\"n\":1}");
  CHECK(recent.find("000000000000000b") == nullptr);
  CHECK(recent.find("") == nullptr);
}

TEST_CASE("what passed sealed has no code") {
  RecentSessions recent;
  session::SessionReport report = ended(1, 1006);
  report.is_sealed = true;
  recent.add(report, "{}");
  CHECK(recent.all().front()->code == std::nullopt);
}

TEST_CASE("number and bytes are bounded: the oldest goes first, the last one never") {
  RecentSessions few(2);
  for (std::uint64_t id = 1; id <= 5; ++id) few.add(ended(id, 1000), "{}");
  CHECK(ids(few) == std::vector<std::string>{"0000000000000005", "0000000000000004"});
  RecentSessions small(100, 10);
  for (std::uint64_t id = 1; id <= 4; ++id) small.add(ended(id, 1000), "12345");
  CHECK(ids(small) == std::vector<std::string>{"0000000000000004", "0000000000000003"});
  small.add(ended(5, 1000), std::string(100, 'x'));
  CHECK(ids(small) == std::vector<std::string>{"0000000000000005"});
}

TEST_CASE("recordings are kept for as long as their bytes have room, the last one always") {
  RecentSessions recent(100, 250);
  recent.add(ended(1, 1000), "{}");
  CHECK_FALSE(recent.find_recording("0000000000000001"));
  for (std::uint64_t id = 2; id <= 4; ++id) recent.add(ended_with_recording(id), "{}");
  CHECK_FALSE(recent.find_recording("0000000000000002"));
  CHECK(recent.find("0000000000000002"));
  const auto kept = recent.find_recording("0000000000000003");
  REQUIRE(kept);
  CHECK(kept->session->id == "0000000000000003");
  recent.add(ended_with_recording(5, 1000), "{}");
  CHECK_FALSE(recent.find_recording("0000000000000004"));
  CHECK(recent.find_recording("0000000000000005"));
}

TEST_CASE("each filter is held against a record") {
  RecentSessions recent;
  recent.add(ended(1, 1006, "idle_timeout"), "{}");
  const EndedSession& session = *recent.all().front();
  const auto matching = [&](auto set) {
    SessionQuery query;
    set(query);
    return matches(session, query);
  };
  CHECK(matching([](SessionQuery&) {}));
  CHECK(matching([](SessionQuery& q) { q.code = 1006; }));
  CHECK_FALSE(matching([](SessionQuery& q) { q.code = 1000; }));
  CHECK(matching([](SessionQuery& q) { q.cause = "idle_timeout"; }));
  CHECK_FALSE(matching([](SessionQuery& q) { q.cause = "idle"; }));
  CHECK(matching([](SessionQuery& q) { q.listener = "chat"; }));
  CHECK_FALSE(matching([](SessionQuery& q) { q.listener = "other"; }));
  CHECK(matching([](SessionQuery& q) { q.upstream = "chat-a"; }));
  CHECK_FALSE(matching([](SessionQuery& q) { q.upstream = "chat-b"; }));
  CHECK(matching([](SessionQuery& q) { q.state = StateWanted::ended; }));
  CHECK_FALSE(matching([](SessionQuery& q) { q.state = StateWanted::live; }));
}

}  // namespace
}  // namespace lastframe::admin
