#include "core/session/seen_code.h"

#include <doctest/doctest.h>

using namespace lastframe;
using session::SessionReport;

namespace {

unsigned seen(Endpoint endpoint, const SessionReport& report) {
  return static_cast<unsigned>(session::code_seen_by(endpoint, report));
}

SessionReport with_close_of(Endpoint sender, unsigned code) {
  SessionReport report;
  session::CloseSeen close;
  close.code = static_cast<std::uint16_t>(code);
  close.reported = static_cast<ws::CloseCode>(code);
  report.close_frames[index(sender)] = close;
  return report;
}

}  // namespace

TEST_CASE("an endpoint reports the code that it received, and 1006 without one") {
  const SessionReport report = with_close_of(Endpoint::server, 1011);
  CHECK(seen(Endpoint::client, report) == 1011);
  CHECK(seen(Endpoint::server, report) == 1006);
}

TEST_CASE("an endpoint that saw a MUST broken reports 1006, whatever Close follows") {
  SessionReport report = with_close_of(Endpoint::server, 1000);
  report.violations.push_back({.rule = ws::Rule::server_frame_masked,
                               .side = Endpoint::server,
                               .frame = 3,
                               .offset = 0,
                               .detail = {}});
  CHECK(seen(Endpoint::client, report) == 1006);
  SUBCASE("but not for what the other side broke") {
    report.violations.front().side = Endpoint::client;
    CHECK(seen(Endpoint::client, report) == 1000);
  }
  SUBCASE("nor for data behind a Close, which is ignored") {
    report.violations.front().rule = ws::Rule::data_after_close;
    CHECK(seen(Endpoint::client, report) == 1000);
  }
  SUBCASE("nor for a fault of the handshake that was taken") {
    report.violations.front().frame = 0;
    CHECK(seen(Endpoint::client, report) == 1000);
  }
}
