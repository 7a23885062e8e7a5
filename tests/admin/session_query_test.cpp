#include "admin/session_query.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace lastframe::admin {
namespace {

TEST_CASE("without filters everything is asked for, a hundred at most") {
  const auto query = parse_session_query({});
  REQUIRE(query);
  CHECK(*query == SessionQuery{});
  CHECK(query->limit == 100);
  CHECK(query->wants_live());
  CHECK(query->wants_ended());
}

TEST_CASE("each filter is taken") {
  const std::vector<std::string> parts{"code=1006",       "cause=idle_timeout", "listener=a b",
                                       "upstream=u:9000", "state=ended",        "limit=1000"};
  const auto query = parse_session_query(parts);
  REQUIRE(query);
  CHECK(*query == SessionQuery{1006, "idle_timeout", "a b", "u:9000", StateWanted::ended, 1000});
}

TEST_CASE("only what has ended has a code and a cause") {
  for (const char* part : {"code=1000", "cause=x", "state=ended"}) {
    CAPTURE(part);
    const auto query = parse_session_query(std::vector<std::string>{part});
    CHECK_FALSE(query->wants_live());
    CHECK(query->wants_ended());
  }
  for (const char* part : {"state=live", "state=opening", "state=open", "state=closing"}) {
    CAPTURE(part);
    const auto query = parse_session_query(std::vector<std::string>{part});
    CHECK(query->wants_live());
    CHECK_FALSE(query->wants_ended());
  }
}

TEST_CASE("states become what workers are asked for") {
  struct Row {
    const char* part;
    std::optional<session::Stage> stage;
  };
  for (const Row& row :
       {Row{"state=any", {}}, Row{"state=live", {}}, Row{"state=opening", session::Stage::opening},
        Row{"state=open", session::Stage::open}, Row{"state=closing", session::Stage::closing}}) {
    CAPTURE(row.part);
    CHECK(parse_session_query(std::vector<std::string>{row.part})->live().stage == row.stage);
  }
}

TEST_CASE("mistakes are named, with what would be right") {
  struct Row {
    std::vector<std::string> parts;
    std::string_view said;
  };
  const auto rows = std::to_array<Row>({
      {{"code="}, "no close code"},
      {{"code=x"}, "no close code"},
      {{"code=65536"}, "no close code"},
      {{"code=-1"}, "no close code"},
      {{"code=1000 "}, "no close code"},
      {{"limit=0"}, "out of range"},
      {{"limit=1001"}, "out of range"},
      {{"limit=99999999999999999999"}, "out of range"},
      {{"state=gone"}, "any, live, opening, open, closing, ended"},
      {{"cause="}, "cause: the value is empty"},
      {{"cause"}, "cause: the value is empty"},
      {{"listener="}, "listener: the value is empty"},
      {{"colour=red"}, "known here: code, cause, listener, upstream, state, limit"},
      {{""}, "is no filter"},
      {{"code=1000", "code=1001"}, "code: it stands here twice"},
  });
  for (const Row& row : rows) {
    CAPTURE(row.parts.front());
    const auto query = parse_session_query(row.parts);
    REQUIRE_FALSE(query);
    CHECK(query.error().status == 400);
    CHECK(query.error().body.contains(row.said));
  }
}

TEST_CASE("a session id is read as records write it") {
  CHECK(parse_session_id("0123456789abcdef") == SessionId{0x0123456789ABCDEFu, 1});
  CHECK(parse_session_id("ffffffffffffffff-2") == SessionId{0xFFFFFFFFFFFFFFFFu, 2});
  CHECK(parse_session_id("0000000000000000-65535") == SessionId{0, 65535});
  for (const char* text :
       {"", "0", "0123456789abcde", "0123456789abcdef0", "0123456789ABCDEF", "0123456789abcdeg",
        "0123456789abcdef-", "0123456789abcdef-1", "0123456789abcdef-02", "0123456789abcdef-x",
        "0123456789abcdef-65536", "0123456789abcdef-2 "}) {
    CAPTURE(text);
    CHECK_FALSE(parse_session_id(text));
  }
}

}  // namespace
}  // namespace lastframe::admin
