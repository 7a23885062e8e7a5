#include "core/verdict/timers.h"

#include <doctest/doctest.h>

using namespace lastframe;
using namespace std::chrono_literals;
using verdict::Case;

namespace {

catalogue::Catalogue catalogue_with_timers() {
  catalogue::Catalogue rows;
  const auto add_product = [&](const char* id, catalogue::Role role) {
    catalogue::ProductRow row;
    row.id = id;
    row.name = id;
    row.role = role;
    rows.products.push_back(row);
  };
  add_product("apache", catalogue::Role::proxy);
  add_product("cowboy", catalogue::Role::server);
  add_product("nginx", catalogue::Role::proxy);
  const auto add_timer = [&](const char* product, std::chrono::seconds after, const char* how,
                             std::vector<unsigned> codes, bool is_default = true) {
    catalogue::TimeoutRow row;
    row.id = product;
    row.product = product;
    row.after = after;
    row.how = how;
    row.codes = std::move(codes);
    row.is_default = is_default;
    row.counts = codes.empty() ? catalogue::Counts::either : catalogue::Counts::client;
    rows.timeouts.push_back(row);
  };
  add_timer("apache", 60s, "fin", {}, false);
  add_timer("cowboy", 60s, "close", {1000});
  add_timer("nginx", 60s, "fin", {});
  return rows;
}

session::SessionReport ended_after(std::chrono::milliseconds idle, Endpoint who) {
  session::SessionReport report;
  const Moment last{100s};
  report.circumstances.emplace();
  report.circumstances->directions[0].last_byte_at = last;
  report.circumstances->directions[1].last_byte_at = last;
  report.initiator =
      who == Endpoint::client ? session::Initiator::client : session::Initiator::server;
  report.stream_ends.push_back({.endpoint = who, .how = session::EndKind::fin, .at = last + idle});
  return report;
}

}  // namespace

TEST_CASE("a timer fits within a second, or two per cent") {
  CHECK(verdict::is_near(60.9, 60));
  CHECK_FALSE(verdict::is_near(61.3, 60));
  CHECK(verdict::is_near(59.1, 60));
  CHECK(verdict::is_near(3670, 3600));
  CHECK_FALSE(verdict::is_near(3680, 3600));
}

TEST_CASE("a candidate names the setting, or says that there is none") {
  auto rows = catalogue_with_timers();
  rows.timeouts[2].setting = "proxy_read_timeout";
  verdict::TimerMatch match{
      .row = &rows.timeouts[2], .product = &rows.products[2], .measured = 60, .is_on_path = true};
  CHECK(candidate_text(match) ==
        "nginx: proxy_read_timeout is 60.0 s by default, and it is on the path");
  match.row = &rows.timeouts[0];
  match.is_on_path = false;
  CHECK(candidate_text(match) == "nginx: its idle time-out is 60.0 s");
}

TEST_CASE("timers that fit are listed, defaults before others") {
  const auto rows = catalogue_with_timers();
  const auto report = ended_after(60'200ms, Endpoint::server);
  const auto found = matching_timers(Case(report, rows), catalogue::TimeoutKind::idle);
  REQUIRE(found.size() == 2);
  CHECK(found[0].product->id == "nginx");
  CHECK(found[1].product->id == "apache");
  CHECK_FALSE(found[0].is_on_path);
}

TEST_CASE(
    "a timer that sends a Close explains none without one, and a server's library no client") {
  const auto rows = catalogue_with_timers();
  auto report = ended_after(60s, Endpoint::server);
  report.close_frames[1] = session::CloseSeen{.code = 1000,
                                              .reported = ws::CloseCode::normal_closure,
                                              .reason = "",
                                              .frame = 1,
                                              .at = Moment{160s}};
  report.code = ws::CloseCode::normal_closure;
  auto found = matching_timers(Case(report, rows), catalogue::TimeoutKind::idle);
  REQUIRE(found.size() == 1);
  CHECK(found[0].product->id == "cowboy");

  report.close_frames[0] = report.close_frames[1];
  report.close_frames[1].reset();
  report.initiator = session::Initiator::client;
  CHECK(matching_timers(Case(report, rows), catalogue::TimeoutKind::idle).empty());
}

TEST_CASE("no timer fits another time, nor an end of our own") {
  const auto rows = catalogue_with_timers();
  auto report = ended_after(45s, Endpoint::client);
  CHECK(matching_timers(Case(report, rows), catalogue::TimeoutKind::idle).empty());
  report = ended_after(60s, Endpoint::client);
  report.initiator = session::Initiator::proxy;
  CHECK(matching_timers(Case(report, rows), catalogue::TimeoutKind::idle).empty());
}
