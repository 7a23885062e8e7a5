#include "tools/written_record.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace lastframe::tools {
namespace {

constexpr auto kPlain = output::Colour::off;

TEST_CASE("a record that was written says again how a connection ended") {
  const auto record = read_written_record(
      R"({"event":"session_end","time":"2026-11-20T19:00:00Z","client":"c:1","server":"s:2",)"
      R"("path":"/chat","close":{"code":1011,"name":"internal_error","initiator":"server",)"
      R"("clean":true,"ending":"closing_handshake","reason":"boom"},"violations":[)"
      R"({"severity":"info","id":"A-1","rule":"r1","side":"client"},)"
      R"({"severity":"deviation","id":"A-2","rule":"r2","side":"server"}],)"
      R"("cause":{"id":"idle_timeout","confidence":"likely","summary":"Why.","party":"server"}})",
      kPlain);
  REQUIRE(record.has_value());
  CHECK(record->event == "session_end");
  CHECK(record->is_of_connection);
  CHECK(record->code == 1011u);
  CHECK(record->worst == ws::Severity::deviation);
  CHECK(record->has_violations);
  for (const std::string_view part :
       {"1011 internal_error", "by server", "c:1 -> s:2/chat", "reason \"boom\"",
        "deviation: A-2 r2 by server", "cause: idle_timeout (likely): Why."}) {
    CAPTURE(part);
    CHECK(record->text.find(part) != std::string::npos);
  }
}

TEST_CASE("events of connections and others are told apart") {
  for (const std::string_view event :
       {"session_end", "handshake_failed", "tls_failed", "connect_failed"}) {
    const auto record = read_written_record("{\"event\":\"" + std::string(event) + "\"}", kPlain);
    REQUIRE(record.has_value());
    CHECK(record->is_of_connection);
    CHECK_FALSE(record->code.has_value());
    CHECK_FALSE(record->has_violations);
  }
  const auto violation =
      read_written_record(R"({"event":"violation","severity":"violation"})", kPlain);
  REQUIRE(violation.has_value());
  CHECK_FALSE(violation->is_of_connection);
  CHECK(violation->worst == ws::Severity::violation);
}

TEST_CASE("lines that are no records are none") {
  for (const std::string_view line : {"", "x", "[]", "1", "null", "{}", "{\"event\":1}",
                                      "{\"event\":\"session_end\"", "{\"Event\":\"a\"}"}) {
    CAPTURE(line);
    CHECK_FALSE(read_written_record(line, kPlain).has_value());
  }
}

TEST_CASE("values of wrong kinds and of any text break neither the reader nor the terminal") {
  for (const std::string_view line :
       {R"({"event":"session_end","close":[],"violations":{},"cause":7,"client":null})",
        R"({"event":"session_end","close":{"code":"1000","clean":1},"violations":[1,null]})",
        R"({"event":"session_end","close":{"code":65536}})",
        R"({"event":"session_end","close":{"code":-1,"reason":"\u001b[2J\n"}})",
        R"({"event":"\u001b[2J","severity":"worst"})",
        R"({"event":"session_end","cause":{"id":"\u0007","evidence":[1,"\u001b"]}})"}) {
    CAPTURE(line);
    const auto record = read_written_record(line, kPlain);
    REQUIRE(record.has_value());
    CHECK_FALSE(record->code.has_value());
    CHECK_FALSE(record->worst.has_value());
    for (const char c : record->text) CHECK((c == '\n' || static_cast<unsigned char>(c) >= 0x20));
  }
}

}  // namespace
}  // namespace lastframe::tools
