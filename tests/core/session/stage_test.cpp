#include "core/session/stage.h"

#include <doctest/doctest.h>

#include <chrono>

#include "core/base/endpoint.h"
#include "core/session/session.h"
#include "support/frames.h"
#include "support/handshake.h"
#include "support/recording_observer.h"
#include "support/session_start.h"

namespace lastframe::session {
namespace {

using namespace std::chrono_literals;

struct Looked {
  void say(Endpoint endpoint, std::string_view bytes) {
    session.handle(Moment{100s}, BytesRelayed{direction_from(endpoint), as_bytes(bytes)});
  }

  SessionOptions options{.listener = "chat", .upstream = "chat-a", .privacy = {}, .interest = {}};
  test::RecordingObserver observer;
  Session session{test::kSomeStart, options, observer};
};

TEST_CASE("a session begins with its request, opens with the 101, and closes with a Close") {
  for (const Endpoint closer : kEndpoints) {
    Looked looked;
    CHECK_FALSE(looked.session.has_begun());
    looked.say(Endpoint::client, test::kUpgradeRequest);
    CHECK(looked.session.has_begun());
    CHECK(looked.session.stage() == Stage::opening);
    looked.say(Endpoint::server, test::kAcceptingResponse);
    CHECK(looked.session.stage() == Stage::open);
    looked.say(closer, test::frame(closer, ws::Opcode::close, "\x03\xE8"));
    CHECK(looked.session.stage() == Stage::closing);
  }
}

TEST_CASE("a session closes with the end of either stream, too") {
  for (const Endpoint ender : kEndpoints) {
    Looked looked;
    looked.say(Endpoint::client, test::kUpgradeRequest);
    looked.say(Endpoint::server, test::kAcceptingResponse);
    looked.session.handle(Moment{101s}, StreamEnded{ender, EndKind::fin});
    CHECK(looked.session.stage() == Stage::closing);
  }
}

TEST_CASE("a look at a session changes nothing of its report") {
  Looked plain;
  Looked looked;
  for (Looked* each : {&plain, &looked}) {
    each->say(Endpoint::client, test::kUpgradeRequest);
    each->say(Endpoint::server, test::kAcceptingResponse);
    each->say(Endpoint::client, test::frame(Endpoint::client, ws::Opcode::text, "hello"));
    if (each == &looked) {
      const SessionReport seen = looked.session.so_far(Moment{160s});
      CHECK(seen.ended == Moment{160s});
      CHECK(seen.traffic[index(Direction::client_to_server)].messages == 1);
      CHECK(seen.texts[Text::path] == "/chat");
    }
    each->session.handle(Moment{200s}, StreamEnded{Endpoint::client, EndKind::fin});
    each->session.handle(Moment{200s}, Finished{});
  }
  REQUIRE(plain.observer.reports.size() == 1);
  REQUIRE(looked.observer.reports.size() == 1);
  const SessionReport& a = plain.observer.reports.front();
  const SessionReport& b = looked.observer.reports.front();
  CHECK(a.ended == b.ended);
  CHECK(a.ending == b.ending);
  CHECK(a.initiator == b.initiator);
  CHECK(a.texts == b.texts);
  CHECK(a.violation_count == b.violation_count);
}

TEST_CASE("stages have their words") {
  CHECK(name(Stage::opening) == "opening");
  CHECK(name(Stage::open) == "open");
  CHECK(name(Stage::closing) == "closing");
}

}  // namespace
}  // namespace lastframe::session
